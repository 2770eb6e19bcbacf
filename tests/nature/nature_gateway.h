// The real gateway, a town that sends to it and keeps what it was promised, and a disk that can be filled.
#pragma once

#include "tests/support/support.h"
#include "tests/support/synthetic_object.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace qianli::test {

// A file system of its own in memory (tmpfs), where this process may mount one. Printed once where it may not.
class SmallDisk {
public:
    SmallDisk(std::filesystem::path folder, std::string const& size);
    ~SmallDisk();
    SmallDisk(SmallDisk const&) = delete;
    SmallDisk& operator=(SmallDisk const&) = delete;
    bool isThere() const { return mounted_; }

private:
    std::filesystem::path folder_;
    bool mounted_ = false;
};

// One site "puzi" (AE title PUZI_CT) that may do everything. Nothing runs before start().
class NatureGateway {
public:
    NatureGateway();

    // Lines below [dicom], and whole sections; before start().
    std::string dicomLines = "disk_reserve = \"1 MiB\"\n", sections = "[archive]\nscrub_rate = \"0 B\"\n";

    std::uint16_t httpPort = 0; // before start()

    // What the shell says before it becomes the gateway ("ulimit -n 40"); before start().
    std::string limits = "true";

    bool start(std::map<std::string, std::string> environment = {});
    // With the fault layer; fault("full") from then on makes writes fail, fault("") lets them be.
    bool startWithFaults(std::string const& fault = "");
    void fault(std::string const& what) const;
    int stop();
    void killHard();
    ProgramResult command(std::vector<std::string> const& words,
                          std::map<std::string, std::string> const& environment = {},
                          std::string const& input = {}) const;
    std::map<std::string, std::string>
    faultLayer() const;            // the environment of a program on the disk that fault() breaks
    nlohmann::json status() const; // what the daemon says of itself
    // The alarm's text; "" when it does not stand.
    std::string alarm(std::string const& code) const;
    std::string alarm(std::string const& code, std::string const& subject) const;
    // What /healthz answers; for a gateway with an HTTP port.
    std::string health() const;
    RunningProgram& program() { return *program_; }
    std::string log() const { return program_->log(); }

    std::filesystem::path folder() const { return folder_.path(); }
    std::filesystem::path data() const { return folder_ / "data"; }
    std::uint16_t port() const { return port_; }

private:
    TemporaryFolder folder_;
    std::uint16_t port_;
    std::unique_ptr<RunningProgram> program_;
    int starts_ = 0;
};

// What was acknowledged: SOP Instance UID and data set.
class Town {
public:
    explicit Town(NatureGateway const& gateway, std::string callsItself = "PUZI_CT")
        : gateway_(gateway), callingAe_(std::move(callsItself))
    {
    }

    static SyntheticObject object(int number, std::size_t pixelBytes);
    // Over an association of its own: the DIMSE status, or 0xFFFF where none came.
    std::uint16_t send(SyntheticObject const& object);
    // `senders` associations, each sends objects of mixed sizes until `until` says so; how many got Success.
    int sendMany(int senders, int from, std::function<bool(int sent)> const& until);
    std::size_t promised() const;

    // Opens the data folder of a gateway that has ended: "" when everything promised is in archive and index, byte for
    // byte, nothing else is damaged, and nothing is left half-done.
    std::string examine() const;
    struct Got {
        std::uint16_t status = 0xFFFF, completed = 0, failed = 0;
        std::map<std::string, std::vector<std::uint8_t>> objects;
    };
    // C-GET of the whole study.
    Got get(std::string const& study) const;

private:
    NatureGateway const& gateway_;
    std::string const callingAe_;
    mutable std::mutex mutex_; // guards promised_
    std::map<std::string, std::vector<std::uint8_t>> promised_;
};

inline constexpr char townStudy[] = "2.25.9000";

// Waits, half a minute at most.
bool eventually(std::function<bool()> const& isSo);

} // namespace qianli::test
