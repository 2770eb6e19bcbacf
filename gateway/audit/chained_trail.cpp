#include "gateway/audit/chained_trail.h"

#include "common/base/log.h"
#include "gateway/audit/audit_words.h"

#include <fmt/format.h>
#include <limits>

namespace qianli::gateway {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t mostAtOnce = 1000;
constexpr auto trimEvery = std::chrono::hours(1);
constexpr auto brakeEvery = std::chrono::seconds(1);
// Whoever waits for the disk waits no longer than this; the alarm says the rest.
constexpr auto longestWait = std::chrono::seconds(5);

} // namespace

ChainedTrail::ChainedTrail(ChainedTrailSettings settings, Clock const& clock)
    : settings_(std::move(settings)), clock_(clock), writer_(settings_.place), sealedAt_(Steady::now()),
      trimmedAt_(Steady::now() - trimEvery), thread_([this] { run(); })
{
}

ChainedTrail::~ChainedTrail()
{
    stop();
}

void ChainedTrail::record(AuditEvent event)
{
    bool const waits = isKeptBeforeTheAnswer(event.kind) && std::this_thread::get_id() != thread_.get_id();
    TimedEvent timed{std::move(event), clock_.now(), {}};
    std::unique_lock lock(mutex_);
    if (stopping_ || waiting_.size() >= settings_.mostWaiting) {
        ++lost_;
        return;
    }
    if (!brake_.lets(timed.event, Steady::now()))
        return;
    waiting_.push_back(std::move(timed));
    auto const mine = ++recorded_;
    urgent_ = urgent_ || waits;
    if (waits || waiting_.size() == 1 || waiting_.size() == mostAtOnce)
        came_.notify_one();
    if (waits)
        written_.wait_for(lock, longestWait, [&] { return done_ >= mine || failing_; });
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
    if (thread_.joinable())
        thread_.join();
}

void ChainedTrail::run()
{
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        auto const nextSeal = sealedAt_ + settings_.sealTime;
        if (auto const now = Steady::now(); now - brakedAt_ >= brakeEvery) {
            brakedAt_ = now;
            for (auto& event : brake_.counted(now))
                add(std::move(event));
        }
        came_.wait_until(lock, nextSeal, [&] { return stopping_ || !waiting_.empty(); });
        // Others are on their way: one flush for all.
        if (!waiting_.empty())
            came_.wait_for(lock, settings_.groupTime,
                           [&] { return stopping_ || urgent_ || waiting_.size() >= mostAtOnce; });
        while (writeWaiting(lock)) {
        }
        keepUp(lock);
        if (failing_)
            came_.wait_for(lock, settings_.retryTime, [&] { return stopping_; });
    }
    for (auto& event : brake_.counted(Steady::time_point::max()))
        add(std::move(event));
    while (writeWaiting(lock)) {
    }
    lock.unlock();
    if (auto const sealed = writer_.seal(clock_.now()); !sealed)
        log::error("the audit trail could not be sealed at the end: {}", sealed.error().message);
}

bool ChainedTrail::writeWaiting(std::unique_lock<std::mutex>& lock)
{
    if (waiting_.empty())
        return false;
    urgent_ = false;
    auto const count = std::min(waiting_.size(), mostAtOnce);
    std::vector<TimedEvent> const group(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    lock.unlock();
    auto const done = writer_.append(group);
    // Who learns that it fails finds the alarm.
    if (!done)
        tell(done);
    lock.lock();
    if (done) {
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
        done_ += count;
        noteLost();
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
    event.detail = fmt::format("{} events are not on record: the trail could not be written", std::exchange(lost_, 0));
    add(std::move(event));
}

// Called with the lock.
void ChainedTrail::add(AuditEvent event)
{
    waiting_.push_back({std::move(event), clock_.now(), {}});
    ++recorded_;
}

void ChainedTrail::keepUp(std::unique_lock<std::mutex>& lock)
{
    auto const now = Steady::now();
    bool const seals = now >= sealedAt_ + settings_.sealTime;
    bool const trims = now >= trimmedAt_ + trimEvery;
    if ((!seals && !trims) || stopping_)
        return;
    lock.unlock();
    Result<void> done;
    if (seals)
        done = writer_.seal(clock_.now());
    if (done && trims)
        done = writer_.trim(clock_.now() - settings_.keep,
                            settings_.collected ? settings_.collected() : std::numeric_limits<std::uint64_t>::max(),
                            clock_.now());
    sealedAt_ = seals && done ? now : sealedAt_;
    trimmedAt_ = trims && done ? now : trimmedAt_;
    lock.lock();
    // What waits is the better judge of a disk that refused it.
    if (done && (!failing_ || !waiting_.empty()))
        return;
    failing_ = !done;
    lock.unlock();
    tell(done);
    lock.lock();
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

} // namespace qianli::gateway
