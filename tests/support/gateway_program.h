// The gateway as an operator has it: a configuration, the daemon as a program of its own, and its command line beside
// it.
#pragma once

#include "tests/support/support.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace qianli::test {

// Two sites ("puzi" with AE title PUZI_CT, "sunjia" with SUNJIA_DR), any station, the peer PUZI_PACS where puzi's
// reports go; ports that were free. Nothing runs before start().
class GatewayProgram {
public:
    GatewayProgram();

    // Starts the daemon and waits for `ready`; false when it did not come.
    bool start(std::map<std::string, std::string> const& environment = {});
    // As a power cut does to a program. Nothing when it doesn't run.
    void killHard();
    // SIGTERM; the exit code.
    int stop();

    // qianli-gateway --config FILE words…
    ProgramResult command(std::vector<std::string> const& words, std::string const& input = {}) const;
    // qianli-samples make with these words into folder()/name; the lines it prints.
    std::string makeSamples(std::string const& name, std::vector<std::string> const& words) const;
    ProgramResult sendAs(std::string const& aeTitle, std::filesystem::path const& folder,
                         std::vector<std::string> const& words = {}) const;

    std::filesystem::path const& folder() const { return folder_.path(); }
    std::filesystem::path configuration() const { return folder_ / "gateway.toml"; }
    std::string dicomPort() const { return std::to_string(dicomPort_); }
    std::string httpAddress() const { return "http://127.0.0.1:" + std::to_string(httpPort_); }
    std::string peerPort() const { return std::to_string(peerPort_); }
    std::string log() const;
    RunningProgram& program() { return *program_; }

private:
    TemporaryFolder folder_;
    std::uint16_t dicomPort_, httpPort_, peerPort_;
    std::unique_ptr<RunningProgram> program_;
    int starts_ = 0;
};

} // namespace qianli::test
