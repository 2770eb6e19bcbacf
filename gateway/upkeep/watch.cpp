#include "gateway/upkeep/watch.h"

#include "common/base/enduring.h"
#include "common/base/log.h"
#include "gateway/upkeep/backup_state.h"
#include "gateway/upkeep/doctor.h"
#include "gateway/upkeep/local_time.h"
#include "gateway/upkeep/traffic_findings.h"
#include "gateway/workflow/workflow_database.h"

#include <algorithm>
#include <fmt/format.h>
#include <sys/stat.h>

namespace qianli::gateway {
namespace {

constexpr auto everySoOften = std::chrono::minutes(1);
// A time server needs a while after the machine's start.
constexpr Duration timeServerPatience = std::chrono::minutes(15);
constexpr Duration clockAlarmStands = std::chrono::hours(1);

// When this gateway was first started: it made its keys then.
std::optional<TimePoint> firstStart(std::filesystem::path const& data)
{
    struct stat status {};
    if (::stat((data / "keys" / "ca.key").c_str(), &status) != 0)
        return std::nullopt;
    return TimePoint(std::chrono::seconds(status.st_mtim.tv_sec));
}

} // namespace

Watch::Watch(Parts parts) : parts_(std::move(parts)), startedAt_(parts_.uptime())
{
    history_.countFrom(parts_.store.lastSequence());
}

Watch::~Watch()
{
    stop();
}

void Watch::start()
{
    thread_ = std::thread([this] {
        std::unique_lock lock(mutex_);
        while (!stopping_) {
            lock.unlock();
            endure([this] { look(); });
            lock.lock();
            wake_.wait_for(lock, everySoOften, [this] { return stopping_; });
        }
    });
}

void Watch::stop()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void Watch::look()
{
    std::lock_guard const lock(looking_);
    if (auto const read = history_.catchUp(parts_.store, parts_.clock.now()); read) {
        lookAtSites();
        lookAtDisk();
    } else {
        log::error("watch: {}", read.error().message);
    }
    lookAtQueues();
    lookAtClock();
    lookAtBackup();
    lookAtDatabase();
}

std::vector<Silence> Watch::silences()
{
    // Between two looks the alarm may lag; who asks wants to know it now.
    auto const now = parts_.clock.now();
    if (auto const read = history_.catchUp(parts_.store, now); !read)
        log::error("watch: {}", read.error().message);
    return judgeSilence(history_, parts_.sites(), now, parts_.settings);
}

void Watch::lookAtSites()
{
    setAlarms("silent-site",
              silentSiteFindings(judgeSilence(history_, parts_.sites(), parts_.clock.now(), parts_.settings)));
}

void Watch::lookAtQueues()
{
    auto const waiting = parts_.workflow.outbox().list({DeliveryState::Waiting, "", 0});
    auto const givenUp = parts_.workflow.outbox().list({DeliveryState::GivenUp, "", 0});
    if (!waiting || !givenUp) {
        log::error("watch: {}", (waiting ? givenUp : waiting).error().message);
        return;
    }
    std::vector<Finding> wrong;
    for (auto const& queue : stuckQueues(*waiting, *givenUp, parts_.clock.now(), deliveryPatience(parts_.longestRetry)))
        wrong.push_back(queueFinding(queue));
    setAlarms("queue", wrong);
}

void Watch::lookAtDisk()
{
    std::vector<Finding> wrong;
    auto const usage = parts_.store.usage();
    if (parts_.settings.diskDays > 0 && usage)
        if (auto const finding = forecastFinding(history_.bytesByDay(), localMoment(parts_.clock.now()).day,
                                                 usage->freeBytes, parts_.diskReserveBytes, parts_.settings.diskDays))
            wrong.push_back(*finding);
    setAlarms("disk-forecast", wrong);
}

void Watch::lookAtBackup()
{
    auto const data = parts_.workflow.settings().file.parent_path();
    auto const now = parts_.clock.now();
    auto const last = lastBackup(data);
    // A new gateway is given as long for its first one.
    if (last && !*last)
        if (auto const start = firstStart(data); !start || now - *start <= parts_.settings.backupStaleAfter)
            return setAlarms("backup", {});
    setAlarms("backup", examineBackup(data, parts_.settings.backupStaleAfter, now));
}

// The index sees to its own file (HealingIndex).
void Watch::lookAtDatabase()
{
    std::vector<Finding> wrong;
    if (auto const placed = parts_.workflow.database().mustBeInPlace(); !placed)
        wrong.push_back({"database", parts_.workflow.settings().file.filename().string(), placed.error().message,
                         "nothing that people do is written until this is over, images are still received: put the "
                         "file back under its name (mv), or stop the gateway and bring the database back with `backup "
                         "restore DIR --only-workflow`"});
    setAlarms("database", wrong);
}

void Watch::lookAtClock()
{
    auto const now = parts_.clock.now();
    auto const uptime = parts_.uptime();
    if (auto const step = clockWatch_.look(now, uptime, parts_.settings.clockOffset)) {
        clockSetAt_ = now;
        clockSetBy_ = *step;
    }
    if (clockSetAt_ && (now - *clockSetAt_ > clockAlarmStands || now < *clockSetAt_))
        clockSetAt_.reset();
    std::vector<std::vector<DeviceRecord>> devices;
    for (auto const& site : parts_.sites())
        if (auto found = parts_.index.devices(site.id))
            devices.push_back(*std::move(found));
    std::vector<Finding> wrong;
    if (clockSetAt_)
        wrong.push_back(clockSetFinding(clockSetBy_, *clockSetAt_));
    else if (auto const behind = behindDevices(devices, now, parts_.settings.clockOffset))
        wrong.push_back(clockFinding(*behind));
    else if (uptime - startedAt_ >= timeServerPatience && parts_.timeServer() == TimeServer::Missing)
        wrong.push_back(noTimeServerFinding());
    setAlarms("clock", wrong);
}

// Those of a code that are wrong now; the others are over.
void Watch::setAlarms(std::string const& code, std::vector<Finding> const& wrong)
{
    std::set<std::string> now;
    for (auto const& one : wrong) {
        now.insert(one.subject);
        parts_.observers.raise(code, one.subject, one.text, one.advice);
    }
    auto& before = raised_[code];
    for (auto const& subject : before)
        if (!now.contains(subject))
            parts_.observers.clear(code, subject);
    before = std::move(now);
}

} // namespace qianli::gateway
