// What every test may need: a folder that goes away, free ports, running a program, the shared data set where it is present.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace qianli::test {

// A new folder below the system's temporary folder; removed with everything in it at the end.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(TemporaryFolder const&) = delete;
    TemporaryFolder& operator=(TemporaryFolder const&) = delete;
    std::filesystem::path const& path() const { return path_; }
    std::filesystem::path operator/(std::string const& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

// A TCP port on 127.0.0.1 that was free a moment ago; never the same twice in one process.
std::uint16_t freePort();

struct ProgramResult {
    int exitCode = -1; // 128 + signal when it was killed
    std::string output; // standard output
    std::string errors; // standard error
};
// Runs a program to its end (found on PATH); killed after `timeout`. `input` goes to standard input.
ProgramResult run(std::vector<std::string> const& command, std::string const& input = {},
                  std::chrono::seconds timeout = std::chrono::seconds(60), std::map<std::string, std::string> const& environment = {});

// A program in the background; killed (SIGKILL) and waited for when it goes.
class RunningProgram {
public:
    // Standard output and error go to the file `log`.
    RunningProgram(std::vector<std::string> const& command, std::filesystem::path log, std::map<std::string, std::string> const& environment = {});
    ~RunningProgram();
    RunningProgram(RunningProgram const&) = delete;
    RunningProgram& operator=(RunningProgram const&) = delete;
    pid_t pid() const { return pid_; }
    // Waits until the log holds `text`; false when the time is over or the program ended before.
    bool waitForLog(std::string const& text, std::chrono::seconds timeout = std::chrono::seconds(20));
    std::string log() const;
    // Sends the signal and waits for the end; the exit code, or 128 + signal.
    int stop(int signal, std::chrono::seconds timeout = std::chrono::seconds(20));
    bool isRunning();

private:
    pid_t pid_ = -1;
    std::optional<int> exitCode_;
    std::filesystem::path log_;
};

// build/…/bin
std::filesystem::path programFolder();

// A file or folder of the real data set that lies beside the project (../shared/data). Where it is not present, prints a notice once
// and gives nothing: the test then passes without.
std::optional<std::filesystem::path> sharedData(std::string const& relative);

} // namespace qianli::test
