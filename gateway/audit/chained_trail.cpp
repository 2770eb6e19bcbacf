#include "gateway/audit/chained_trail.h"

#include "common/base/enduring.h"
#include "common/base/log.h"
#include "gateway/audit/audit_words.h"

#include <fmt/format.h>
#include <limits>

namespace qianli::gateway {
namespace {

constexpr std::size_t mostAtOnce = 1000;
constexpr auto trimEvery = std::chrono::hours(1);
constexpr auto brakeEvery = std::chrono::seconds(1);
constexpr Duration longestSealDelay = std::chrono::minutes(10);
constexpr auto glance = std::chrono::seconds(1);
// Whoever waits for the disk waits no longer than this; the alarm says the rest.
constexpr auto longestWait = std::chrono::seconds(5);

} // namespace

ChainedTrail::ChainedTrail(ChainedTrailSettings settings, Clock const& clock)
    : settings_(std::move(settings)), clock_(clock), writer_(settings_.place),
      nextSeal_(Steady::now() + settings_.sealTime), nextTrim_(Steady::now()), thread_([this] { run(); })
{
    try {
        watcher_ = std::thread([this] { watch(); });
    } catch (std::exception const&) { // a thread that nobody joins would end the program without a word
        stop();
        throw;
    }
}

ChainedTrail::~ChainedTrail()
{
    stop();
}

void ChainedTrail::record(AuditEvent event)
{
    bool const waits = isKeptBeforeTheAnswer(event.kind) && std::this_thread::get_id() != thread_.get_id();
    if (endure([&] { take(std::move(event), waits); }))
        return;
    std::lock_guard const lock(mutex_);
    ++lost_;
}

void ChainedTrail::take(AuditEvent event, bool waits)
{
    TimedEvent timed{std::move(event), clock_.now()};
    std::unique_lock lock(mutex_);
    if (stopping_ || waiting_.size() >= settings_.mostWaiting) {
        ++lost_;
        return;
    }
    if (!brake_.lets(timed.event, Steady::now()))
        return;
    waiting_.push_back({std::move(timed), Steady::now()});
    auto const mine = ++recorded_;
    urgent_ = urgent_ || waits;
    if (waits || waiting_.size() == 1 || waiting_.size() == mostAtOnce)
        came_.notify_one();
    if (waits)
        written_.wait_for(lock, longestWait, [&] { return done_ >= mine || failing_ || hangsNow(); });
}

bool ChainedTrail::flush()
{
    std::unique_lock lock(mutex_);
    auto const all = recorded_;
    urgent_ = true;
    came_.notify_one();
    written_.wait_for(lock, longestWait, [&] { return done_ >= all || failing_; });
    return done_ >= all;
}

void ChainedTrail::stop()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    came_.notify_one();
    ends_.notify_one();
    for (auto* thread : {&thread_, &watcher_})
        if (thread->joinable())
            thread->join();
}

void ChainedTrail::run()
{
    std::unique_lock lock(mutex_);
    // What no memory costs is a round: the events wait for the next one.
    auto const inRounds = [&](auto const& work) {
        bool const done = endure(work);
        if (!lock.owns_lock())
            lock.lock();
        return done;
    };
    while (!stopping_)
        if (!inRounds([&] { turn(lock); }))
            came_.wait_for(lock, settings_.retryTime, [&] { return stopping_; });
    if (!inRounds([&] { finish(lock); }))
        inRounds([&] { finish(lock); });
}

// Called with the lock, and returns with it.
void ChainedTrail::turn(std::unique_lock<std::mutex>& lock)
{
    if (auto const now = Steady::now(); now - brakedAt_ >= brakeEvery) {
        brakedAt_ = now;
        for (auto& event : brake_.counted(now))
            add(std::move(event));
    }
    came_.wait_until(lock, nextSeal_, [&] { return stopping_ || !waiting_.empty(); });
    // Others are on their way: one flush for all.
    if (!waiting_.empty())
        came_.wait_for(lock, settings_.groupTime,
                       [&] { return stopping_ || urgent_ || waiting_.size() >= mostAtOnce; });
    while (writeWaiting(lock)) {
    }
    if (!stopping_) {
        lock.unlock();
        keepUp();
        lock.lock();
    }
    if (failing_)
        came_.wait_for(lock, settings_.retryTime, [&] { return stopping_; });
}

// As turn(), for the last time.
void ChainedTrail::finish(std::unique_lock<std::mutex>& lock)
{
    for (auto& event : brake_.counted(Steady::time_point::max()))
        add(std::move(event));
    while (writeWaiting(lock)) {
    }
    lock.unlock();
    if (auto const sealed = writer_.seal(clock_.now()); !sealed)
        log::error("the audit trail could not be sealed at the end: {}", sealed.error().message);
    tellFinding();
}

bool ChainedTrail::writeWaiting(std::unique_lock<std::mutex>& lock)
{
    if (waiting_.empty())
        return false;
    urgent_ = false;
    auto const count = std::min(waiting_.size(), mostAtOnce);
    std::vector<TimedEvent> group;
    for (std::size_t i = 0; i < count; ++i)
        group.push_back(waiting_[i].timed);
    lock.unlock();
    auto const done = writer_.append(group);
    // Who learns how it ended finds the alarm. What is written must not be written again for want of memory here.
    endure([&] {
        tellFinding();
        if (!done)
            tell(done);
    });
    lock.lock();
    if (done) {
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
        done_ += count;
        endure([this] { noteLost(); });
    }
    failing_ = !done;
    written_.notify_all();
    if (!done)
        return false;
    lock.unlock();
    tell(done);
    lock.lock();
    return true;
}

// Called with the lock.
void ChainedTrail::noteLost()
{
    if (lost_ == 0)
        return;
    AuditEvent event;
    event.kind = AuditEventKind::SecurityAlert;
    event.outcome = AuditOutcome::SeriousFailure;
    event.detail = fmt::format("{} events are not on record: the trail could not be written", lost_);
    add(std::move(event));
    lost_ = 0; // last: for want of memory it is said the next time
}

// Called with the lock.
void ChainedTrail::add(AuditEvent event)
{
    waiting_.push_back({{std::move(event), clock_.now()}, Steady::now()});
    ++recorded_;
}

// Sealing that fails says nothing of appending, nor the other way round: each has its alarm, and its own time to try
// again.
void ChainedTrail::keepUp()
{
    if (Steady::now() >= nextSeal_)
        seal();
    if (Steady::now() >= nextTrim_)
        trim();
    tellFinding();
}

void ChainedTrail::seal()
{
    auto const done = writer_.seal(clock_.now());
    sealDelay_ = done ? Duration{} : std::clamp(sealDelay_ * 2, settings_.retryTime, longestSealDelay);
    nextSeal_ = Steady::now() + (done ? settings_.sealTime : sealDelay_);
    // What can't be appended can't be sealed either, and has its alarm.
    if (done || !failing_)
        tellSealed(done);
}

void ChainedTrail::trim()
{
    nextTrim_ = Steady::now() + trimEvery;
    // Nobody knows how old anything is.
    if (settings_.alarms != nullptr && settings_.alarms->stands("clock", ""))
        return;
    auto const done = writer_.trim(
        settings_.keep, settings_.collected ? settings_.collected() : std::numeric_limits<std::uint64_t>::max(),
        clock_.now());
    if (!done)
        log::warning("the oldest part of the audit trail can't be removed: {}", done.error().message);
}

void ChainedTrail::tell(Result<void> const& done)
{
    if (settings_.alarms == nullptr)
        return;
    if (done)
        settings_.alarms->clear("audit", "");
    else
        settings_.alarms->raise(
            "audit", "", fmt::format("what happens can't be put on record: {}", done.error().message),
            settings_.stopOnFailure ? "nothing new is accepted until it can; make room or repair the disk of `data`"
                                    : "make room or repair the disk of `data`; meanwhile events are kept in memory");
}

void ChainedTrail::tellSealed(Result<void> const& done)
{
    if (settings_.alarms == nullptr)
        return;
    if (done)
        settings_.alarms->clear("audit", "seal");
    else
        settings_.alarms->raise(
            "audit", "seal", fmt::format("what is on record can't be sealed: {}", done.error().message),
            "repair data/keys or take audit.key from a backup; until then a change of what is newer does not show");
}

void ChainedTrail::tellFinding()
{
    auto const finding = writer_.takeFinding();
    if (!finding.empty() && settings_.alarms != nullptr)
        settings_.alarms->raise("audit", "changed", "somebody changed the audit trail: " + finding,
                                "copy data/audit and data/keys/audit.* away, say `audit verify`, compare with the "
                                "collector's copy; the alarm ends with the next start");
}

// A disk that hangs, or a program that keeps the lock, answers nothing at all: only the time that passes tells.
void ChainedTrail::watch()
{
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        ends_.wait_for(lock, std::min<Duration>(glance, settings_.hungTime), [this] { return stopping_; });
        if (stopping_ || !hangsNow())
            continue;
        // Who waits for this thread waits in vain.
        written_.notify_all();
        lock.unlock();
        endure([this] {
            tell(fail(ErrorCode::Unavailable, "the disk of data/audit, or who holds its lock, does not answer"));
        });
        lock.lock();
    }
}

bool ChainedTrail::hangs() const
{
    std::lock_guard const lock(mutex_);
    return hangsNow();
}

// Called with the lock.
bool ChainedTrail::hangsNow() const
{
    return !waiting_.empty() && Steady::now() - waiting_.front().since > settings_.hungTime;
}

} // namespace qianli::gateway
