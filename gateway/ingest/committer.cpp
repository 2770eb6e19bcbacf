#include "gateway/ingest/committer.h"

#include "common/base/enduring.h"
#include "common/base/log.h"
#include "gateway/ingest/disk_trouble.h"
#include "gateway/ingest/replay.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace qianli::gateway {
namespace {

constexpr auto idleBeforeCheckpoint = std::chrono::seconds(1);
constexpr std::int64_t judgeDiskEvery = 1000; // ms: hundreds of senders may be refused at once

std::int64_t steadyMilliseconds()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

} // namespace

Committer::Committer(BlobStore& store, StudyIndex& index, IngestSettings const& settings)
    : store_(store), index_(index), settings_(settings)
{
    thread_ = std::thread([this] { run(); });
    try {
        checkpointer_ = std::thread([this] { makeCheckpoints(); });
    } catch (std::exception const&) { // a thread that nobody joins would end the program without a word
        {
            std::lock_guard const lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
        throw;
    }
}

Committer::~Committer()
{
    if (auto stopped = stop(); !stopped)
        log::warning("{}", stopped.error().message);
}

void Committer::addListener(StudyEvents& listener)
{
    std::lock_guard const lock(mutex_);
    listeners_.push_back(&listener);
}

void Committer::hand(HandedOver item)
{
    {
        std::lock_guard const lock(mutex_);
        if (!stopping_) {
            waiting_.push_back(std::move(item));
            wake_.notify_one();
            return;
        }
    }
    item.object.reset();
    transfers_.objectEnds(item.sender.transfer);
    item.done(fail(ErrorCode::Unavailable, "the gateway is stopping"));
}

Result<void> Committer::stop()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (!thread_.joinable())
        return {};
    thread_.join();
    {
        std::lock_guard const lock(mutex_);
        committerDone_ = true;
    }
    wakeCheckpointer_.notify_one();
    checkpointer_.join();
    QIANLI_TRY(store_.checkpoint());
    // Readers may keep the index from being moved into its file; the next start replays what is missing.
    if (auto done = index_.checkpoint(); !done)
        log::debug("{}", done.error().message);
    return {};
}

Duration Committer::busyFor() const
{
    auto const began = groupBegan_.load();
    return began == 0 ? Duration::zero() : Duration(steadyMilliseconds() - began);
}

bool Committer::isTimeToJudge()
{
    auto const now = steadyMilliseconds();
    auto due = nextJudgement_.load();
    return now >= due && nextJudgement_.compare_exchange_strong(due, now + judgeDiskEvery);
}

void Committer::writingFailed(Error const& why)
{
    if (isTimeToJudge())
        judgeRefusal(why, store_, settings_.observers);
}

void Committer::judgeDisk()
{
    if (isTimeToJudge())
        judgeWriting(store_, settings_.observers);
}

void Committer::run()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        auto const hasWork = [this] { return stopping_ || !waiting_.empty(); };
        if (sinceCheckpoint_ == 0 && !owesTheIndex())
            wake_.wait(lock, hasWork);
        else
            wake_.wait_for(lock, idleBeforeCheckpoint, hasWork);
        if (waiting_.empty() && stopping_)
            return;
        Group group;
        if (waiting_.size() <= settings_.groupLimit) {
            group.swap(waiting_);
        } else {
            auto const end = waiting_.begin() + static_cast<std::ptrdiff_t>(settings_.groupLimit);
            group.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
            waiting_.erase(waiting_.begin(), end);
        }
        bool const idle = group.empty();
        lock.unlock();
        if (!idle) {
            groupBegan_ = steadyMilliseconds();
            commitOrRefuse(group);
            groupBegan_ = 0;
        } else if (owesTheIndex()) {
            payTheIndex();
        }
        lock.lock();
        if (sinceCheckpoint_ > 0 && (idle || sinceCheckpoint_ >= settings_.checkpointEvery)) {
            sinceCheckpoint_ = 0;
            checkpointDue_ = true;
            wakeCheckpointer_.notify_one();
        }
    }
}

// What the index refused comes into it also when nobody sends any more.
void Committer::payTheIndex()
{
    try {
        if (auto const caught = catchUp(); !caught)
            log::debug("the index still refuses: {}", caught.error().message);
    } catch (std::exception const&) {
        behind_ = true;
    }
}

// Nobody waits for ever because there was no memory. What the archive has of the group comes into the index before the
// next one.
void Committer::commitOrRefuse(Group& group)
{
    try {
        commitGroup(group);
    } catch (std::exception const&) { // no memory, or no thread to read again what is missing
        behind_ = true;
        for (HandedOver& item : group) {
            if (!item.done)
                continue;
            transfers_.objectEnds(item.sender.transfer);
            item.done(fail(ErrorCode::Unavailable, "the system gives no more memory"));
            item.done = nullptr;
        }
        commits_.clear();
    }
}

void Committer::commitGroup(Group& group)
{
    commits_.clear();
    headers_.clear();
    inGroup_.clear();
    studiesInGroup_.clear();
    std::vector<Decision> decisions;
    Result<void> stored = catchUp();
    if (stored) {
        for (HandedOver& item : group)
            decisions.push_back(decide(item));
        stored = store();
    }
    if (stored)
        publish();
    publishRepeats(group, decisions, stored);
    answer(group, decisions, stored);
    commits_.clear(); // removes the files of what was not stored
}

// The index must know all that the archive holds before anything is decided by it.
Result<void> Committer::catchUp()
{
    if (behind_ && !index_.rebuilding()) {
        LeftOut leftOut(settings_.observers);
        QIANLI_TRY(replayInto(store_, index_, settings_.charsetOf, nullptr, {}, &leftOut));
        unindexed_.clear();
    }
    behind_ = false;
    if (unindexed_.empty())
        return {};
    QIANLI_TRY(index_.apply(unindexed_));
    unindexed_.clear();
    return {};
}

Result<void> Committer::store()
{
    if (commits_.empty())
        return {};
    if (auto stored = store_.commit(commits_); !stored) {
        writingFailed(stored.error());
        return stored;
    }
    sinceCheckpoint_ += commits_.size();
    std::vector<IndexedObject> objects;
    objects.reserve(commits_.size());
    for (std::size_t i = 0; i < commits_.size(); ++i)
        objects.push_back({commits_[i].receipt, std::move(headers_[i])});
    auto applied = index_.apply(objects);
    if (!applied) {
        // The archive has them, so they will come: with the next group, or at the next start. Until then nobody is told
        // Success.
        log::error("the index refused {} objects: {}", objects.size(), applied.error().message);
        unindexed_ = std::move(objects);
        return fail(ErrorCode::Unavailable, fmt::format("the index does not answer: {}", applied.error().message));
    }
    return {};
}

void Committer::publish()
{
    std::map<std::tuple<model::SiteId, dicom::Uid, bool>, std::uint64_t> changed;
    for (BlobStore::Commit const& commit : commits_) {
        Receipt const& receipt = commit.receipt;
        changed[{receipt.site, receipt.study, receipt.origin == Origin::Station}] = receipt.sequence;
        if (receipt.version > 1)
            log::warning("site {}, {} ({}): object {} came again with other content; it is kept as version {}",
                         receipt.site.value, receipt.callingAe, receipt.address, receipt.sopInstance.value(),
                         receipt.version);
    }
    auto const told = listeners();
    for (auto const& [key, sequence] : changed)
        for (StudyEvents* listener : told)
            listener->onCommitted({std::get<0>(key), std::get<1>(key), sequence, std::get<2>(key)});
}

std::vector<StudyEvents*> Committer::listeners()
{
    std::lock_guard const lock(mutex_);
    return listeners_;
}

// A release from quarantine that is repeated is not the device's doing.
void Committer::publishRepeats(Group const& group, std::vector<Decision> const& decisions, Result<void> const& stored)
{
    std::map<std::tuple<model::SiteId, std::string, std::string>, RepeatEvent> repeats;
    for (std::size_t i = 0; i < decisions.size(); ++i) {
        Decision const& decision = decisions[i];
        Sender const& sender = group[i].sender;
        bool const isSuccess = !decision.refusal && (decision.duplicateOf || stored);
        if (decision.kind != StoreOutcome::Kind::Duplicate || !isSuccess || sender.origin != Origin::Site ||
            sender.receivedAt)
            continue;
        RepeatEvent& event = repeats[{sender.site, sender.callingAe, sender.address}];
        event.site = sender.site;
        event.callingAe = sender.callingAe;
        event.address = sender.address;
        event.lastAt = std::max(event.lastAt, group[i].receivedAt);
        ++event.objects;
    }
    if (repeats.empty())
        return;
    auto const told = listeners();
    for (auto const& [key, event] : repeats)
        for (StudyEvents* listener : told)
            listener->onRepeated(event);
}

void Committer::answer(Group& group, std::vector<Decision> const& decisions, Result<void> const& stored)
{
    for (std::size_t i = 0; i < group.size(); ++i) {
        HandedOver& item = group[i];
        Result<StoreOutcome> outcome = fail(ErrorCode::Internal, "no decision");
        if (item.failure)
            outcome = fail(item.failure->code, item.failure->message);
        else if (i >= decisions.size())
            outcome = fail(stored.error().code, stored.error().message);
        else if (Decision const& decision = decisions[i]; decision.refusal)
            outcome = fail(decision.refusal->code, decision.refusal->message);
        else if (decision.duplicateOf)
            outcome = StoreOutcome{decision.kind, *decision.duplicateOf, decision.siteConflict};
        else if (!stored)
            outcome = fail(stored.error().code, stored.error().message);
        else
            outcome = StoreOutcome{decision.kind, commits_[*decision.place].receipt, decision.siteConflict};
        item.object.reset();
        if (outcome)
            transfers_.taken(item.sender.transfer, outcome->receipt.study);
        transfers_.objectEnds(item.sender.transfer);
        item.done(std::move(outcome));
        item.done = nullptr;
    }
}

void Committer::makeCheckpoints()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        wakeCheckpointer_.wait(lock, [this] { return checkpointDue_ || committerDone_; });
        if (committerDone_)
            return;
        checkpointDue_ = false;
        lock.unlock();
        endure([this] {
            if (auto done = store_.checkpoint(); !done)
                log::warning("{}; repeated with the next objects", done.error().message);
            // Readers may keep it from finishing; the next one will.
            if (auto done = index_.checkpoint(); !done)
                log::debug("{}", done.error().message);
        });
        lock.lock();
    }
}

} // namespace qianli::gateway
