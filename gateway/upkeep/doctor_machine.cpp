// What doctor sees of the machine and of the traffic: ports, disk, and what the watch would see.
#include "common/base/file.h"
#include "common/sqlite/copy.h"
#include "common/sqlite/database.h"
#include "gateway/index/study_index.h"
#include "gateway/upkeep/doctor.h"
#include "gateway/upkeep/local_time.h"
#include "gateway/upkeep/traffic_findings.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <arpa/inet.h>
#include <cerrno>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <system_error>

namespace qianli::gateway {
namespace {

// 0, or why a server could not listen there.
int bindError(std::string const& address, std::uint16_t port)
{
    sockaddr_storage place{};
    socklen_t length = sizeof(sockaddr_in);
    auto* const four = reinterpret_cast<sockaddr_in*>(&place);
    auto* const six = reinterpret_cast<sockaddr_in6*>(&place);
    if (::inet_pton(AF_INET, address.c_str(), &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
    } else if (::inet_pton(AF_INET6, address.c_str(), &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        length = sizeof(sockaddr_in6);
    } else {
        return 0; // the configuration has been checked
    }
    FileDescriptor const socket(::socket(place.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    int const yes = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return ::bind(socket.get(), reinterpret_cast<sockaddr const*>(&place), length) == 0 ? 0 : errno;
}

std::string adviceOf(int error, std::uint16_t port)
{
    switch (error) {
    case EADDRINUSE:
        return fmt::format("`ss -ltnp 'sport = :{}'` shows whose it is: end that, or choose another port", port);
    case EACCES:
        return "ports below 1024 need CAP_NET_BIND_SERVICE (see the service file): use 11112";
    case EADDRNOTAVAIL:
        return "no interface of this machine has that address: `ip address`, correct `bind`";
    default:
        return "`ip address`, `ss -ltnp`";
    }
}

std::vector<Finding> examineForecast(Configuration const& configuration, ArrivalHistory const& history, TimePoint now)
{
    struct statvfs disk {};
    if (configuration.alarms.diskDays == 0 || ::statvfs((configuration.data / "archive").c_str(), &disk) != 0)
        return {};
    auto const finding =
        forecastFinding(history.bytesByDay(), localMoment(now).day, std::uint64_t{disk.f_bavail} * disk.f_frsize,
                        configuration.dicom.diskReserveBytes, configuration.alarms.diskDays);
    return finding ? std::vector<Finding>{*finding} : std::vector<Finding>();
}

// Opening it as the daemon does makes it where there is none, and upgrades it. Who only looks does neither.
bool isOfThisVersion(std::filesystem::path const& workflow)
{
    std::error_code ignored;
    if (!std::filesystem::exists(workflow, ignored))
        return false;
    auto database = sqlite::Database::open(workflow, {.access = sqlite::Access::ReadOnly});
    if (!database)
        return false;
    auto const version = sqlite::schemaVersion(*database);
    return version && static_cast<std::size_t>(*version) == workflowMigrations().size();
}

std::vector<Finding> examineQueues(Configuration const& configuration, TimePoint now)
{
    if (!isOfThisVersion(configuration.data / "workflow.db"))
        return {};
    struct Fixed final : Clock {
        explicit Fixed(TimePoint time) : time_(time) {}
        TimePoint now() const override { return time_; }
        TimePoint time_;
    } const clock(now);
    WorkflowSettings settings;
    settings.file = configuration.data / "workflow.db";
    auto const workflow = Workflow::open(std::move(settings), clock);
    if (!workflow)
        return {};
    auto const waiting = (*workflow)->outbox().list({DeliveryState::Waiting, "", 0});
    auto const givenUp = (*workflow)->outbox().list({DeliveryState::GivenUp, "", 0});
    std::vector<Finding> found;
    if (waiting && givenUp)
        for (auto const& queue :
             stuckQueues(*waiting, *givenUp, now, deliveryPatience(configuration.delivery.longestRetry)))
            found.push_back(queueFinding(queue));
    return found;
}

} // namespace

std::vector<Finding> examinePorts(Configuration const& configuration)
{
    std::vector<Finding> found;
    for (auto const& [bind, port, key] :
         {std::tuple(configuration.dicom.bind, configuration.dicom.port, "dicom.port"),
          std::tuple(configuration.dicom.bind, configuration.dicom.tlsPort, "dicom.tls.port"),
          std::tuple(configuration.http.bind, configuration.http.port, "http.port")}) {
        if (port == 0)
            continue;
        if (int const error = bindError(bind, port); error != 0)
            found.push_back({"port", key,
                             fmt::format("{}: {}:{}: {}", key, bind, port, std::generic_category().message(error)),
                             adviceOf(error, port)});
    }
    return found;
}

std::optional<Finding> diskFinding(std::uint64_t free, std::uint64_t total, std::uint64_t reserve,
                                   std::uint32_t percent)
{
    auto const gib = [](std::uint64_t bytes) { return static_cast<double>(bytes) / (1ull << 30); };
    if (total == 0)
        return std::nullopt;
    if (free < reserve)
        return Finding{"disk", "",
                       fmt::format("the archive's disk is full: {:.1f} GiB of {:.1f} are free, and {:.1f} are kept in "
                                   "reserve: C-STORE answers A700H",
                                   gib(free), gib(total), gib(reserve)),
                       "`df -h`, `archive usage`; make room or enlarge the disk: it goes on by itself"};
    if ((total - free) / std::max<std::uint64_t>(total / 100, 1) >= percent)
        return Finding{
            "disk", "",
            fmt::format("the archive's disk is nearly full: {:.1f} GiB of {:.1f} are free", gib(free), gib(total)),
            "`df -h`, `archive usage`; make room or enlarge the disk"};
    return std::nullopt;
}

std::vector<Finding> examineDisk(Configuration const& configuration)
{
    struct statvfs disk {};
    auto const archive = configuration.data / "archive";
    if (::statvfs(archive.c_str(), &disk) != 0 && ::statvfs(configuration.data.c_str(), &disk) != 0)
        return {};
    auto const finding =
        diskFinding(std::uint64_t{disk.f_bavail} * disk.f_frsize, std::uint64_t{disk.f_blocks} * disk.f_frsize,
                    configuration.dicom.diskReserveBytes, configuration.alarms.diskPercent);
    return finding ? std::vector<Finding>{*finding} : std::vector<Finding>();
}

std::vector<Finding> examineTraffic(Configuration const& configuration, TimePoint now)
{
    std::vector<Finding> found;
    ArrivalHistory history;
    if (auto const store = BlobStore::openForReading(configuration.data / "archive"); store) {
        if (auto const read = history.catchUp(**store, now); !read)
            found.push_back({"integrity", "receipts", read.error().message,
                             "copy the whole folder first; look at the disk; restore `receipts/` from the backup"});
        // Without a gateway nobody can send: who was silent before is what counts.
        for (auto const& finding :
             silentSiteFindings(judgeSilence(history, configuration.sites, now, configuration.alarms)))
            found.push_back(finding);
        for (auto& finding : examineForecast(configuration, history, now))
            found.push_back(std::move(finding));
    }
    for (auto& finding : examineQueues(configuration, now))
        found.push_back(std::move(finding));
    std::vector<std::vector<DeviceRecord>> devices;
    if (auto const index = StudyIndex::openForReading(configuration.data / "index.db"); index)
        for (auto const& site : configuration.sites)
            if (auto of = (*index)->devices(site.id))
                devices.push_back(*std::move(of));
    if (auto const behind = behindDevices(devices, now, configuration.alarms.clockOffset))
        found.push_back(clockFinding(*behind));
    return found;
}

} // namespace qianli::gateway
