// Doctor: looks at everything that can be wrong with a gateway and says what, what it means, and what to do; beside the
// running daemon or without one.
#pragma once

#include "gateway/alarm/alarm_board.h"
#include "gateway/configuration/configuration.h"
#include "gateway/upkeep/findings.h"
#include "gateway/upkeep/machine_clock.h"

#include <optional>
#include <string>
#include <vector>

namespace qianli::gateway {

// What the daemon says of itself.
struct DaemonState {
    enum class Life { Running, NotRunning, NotAnswering } life = Life::NotRunning;
    std::vector<Alarm> alarms; // as of this moment
    struct Refused {
        bool association = true; // or an object
        std::string caller;      // "PUZI_CT@10.8.3.9"
        std::string reason, advice;
        std::uint64_t count = 0;
        TimePoint lastAt{};
    };
    std::vector<Refused> refused;
    std::uint64_t descriptorsAllowed = 0, descriptorsNeeded = 0;
};

struct DoctorInput {
    Configuration const& configuration;
    DaemonState daemon;
    TimePoint now;
    TimeServer timeServer = TimeServer::Unknown;
};

// By the order of findingKinds().
std::vector<Finding> diagnose(DoctorInput const& input);

// The parts of it, each of one matter.
std::vector<Finding> examineDataFolder(std::filesystem::path const& data);
std::vector<Finding> examineDaemon(DaemonState const& daemon, std::filesystem::path const& data);
std::vector<Finding> examinePorts(Configuration const& configuration);
std::vector<Finding> examineDescriptors(DaemonState const& daemon);
std::vector<Finding> examineCallers(DaemonState const& daemon, TimePoint now);
std::vector<Finding> examineDisk(Configuration const& configuration);
std::vector<Finding> examineDatabases(std::filesystem::path const& data);
std::vector<Finding> examineCertificates(Configuration const& configuration, TimePoint now);
// What the last scrub found, where no daemon tells of it.
std::vector<Finding> examineScrub(std::filesystem::path const& data);
std::vector<Finding> examineBackup(std::filesystem::path const& data, Duration staleAfter, TimePoint now);
// What the watch of a running daemon would see: silent sites, stuck queues, forecast of the disk, devices' clocks.
std::vector<Finding> examineTraffic(Configuration const& configuration, TimePoint now);

std::optional<Finding> diskFinding(std::uint64_t free, std::uint64_t total, std::uint64_t reserve,
                                   std::uint32_t percent);

} // namespace qianli::gateway
