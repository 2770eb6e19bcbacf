#include "gateway/upkeep/doctor.h"

#include "gateway/upkeep/traffic_findings.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace qianli::gateway {
namespace {

void append(std::vector<Finding>& all, std::vector<Finding> more)
{
    std::ranges::move(more, std::back_inserter(all));
}

std::ptrdiff_t rank(Finding const& finding)
{
    return std::ranges::find(findingKinds(), finding.code, &FindingKind::code) - findingKinds().begin();
}

} // namespace

std::vector<Finding> examineDaemon(DaemonState const& daemon, std::filesystem::path const& data)
{
    if (daemon.life == DaemonState::Life::NotRunning)
        return {{"not-running", "", fmt::format("no gateway runs on {}", data.string()),
                 "`systemctl start qianli-gateway`, then `journalctl -u qianli-gateway -n 50`"}};
    if (daemon.life == DaemonState::Life::NotAnswering)
        return {
            {"not-answering", "", "the gateway runs but has not answered for ten seconds",
             "`journalctl -u qianli-gateway -n 50`, `dmesg | tail`; `systemctl restart qianli-gateway` loses nothing"}};
    return {};
}

std::vector<Finding> examineDescriptors(DaemonState const& daemon)
{
    if (daemon.descriptorsAllowed >= daemon.descriptorsNeeded)
        return {};
    return {{"descriptors", "",
             fmt::format("{} files may be open where {} may be needed", daemon.descriptorsAllowed,
                         daemon.descriptorsNeeded),
             fmt::format("LimitNOFILE={} in the service file (`ulimit -n` in a shell) and a restart, or lower "
                         "dicom.max_associations",
                         daemon.descriptorsNeeded)}};
}

std::vector<Finding> examineCallers(DaemonState const& daemon, TimePoint now)
{
    std::vector<Finding> found;
    for (auto const& refused : daemon.refused) {
        if (now - refused.lastAt > std::chrono::hours(24))
            continue;
        found.push_back({refused.association ? "caller" : "object", refused.caller,
                         fmt::format("{} was {} {}, last at {}: {}", refused.caller,
                                     refused.association ? "turned away" : "refused an object",
                                     refused.count == 1 ? "once" : fmt::format("{} times", refused.count),
                                     toLocalText(refused.lastAt), refused.reason),
                         refused.advice});
    }
    return found;
}

std::vector<Finding> diagnose(DoctorInput const& input)
{
    auto const& configuration = input.configuration;
    std::vector<Finding> found = examineDataFolder(configuration.data);
    bool const readable = found.empty();
    append(found, examineDaemon(input.daemon, configuration.data));
    bool const running = input.daemon.life == DaemonState::Life::Running;
    if (input.daemon.life == DaemonState::Life::NotRunning)
        append(found, examinePorts(configuration));
    append(found, examineDescriptors(input.daemon));
    append(found, examineCallers(input.daemon, input.now));
    for (auto const& alarm : input.daemon.alarms)
        found.push_back({alarm.code, alarm.subject, fmt::format("{} (since {})", alarm.text, toLocalText(alarm.since)),
                         alarm.advice});
    append(found, examineCertificates(configuration, input.now));
    if (readable) {
        append(found, examineDisk(configuration));
        append(found, examineDatabases(configuration.data));
        append(found, examineBackup(configuration.data, configuration.alarms.backupStaleAfter, input.now));
        if (!running) {
            append(found, examineScrub(configuration.data));
            append(found, examineTraffic(configuration, input.now));
        }
    }
    if (input.timeServer == TimeServer::Missing)
        found.push_back(noTimeServerFinding());
    // What the daemon tells comes first, and is not told again.
    std::set<std::pair<std::string, std::string>> told;
    std::erase_if(found, [&](Finding const& finding) {
        bool const often = finding.code == "caller" || finding.code == "object";
        return !often && !told.insert({finding.code, finding.subject}).second;
    });
    std::ranges::stable_sort(found, {}, rank);
    return found;
}

} // namespace qianli::gateway
