#include "gateway/ingest/committer.h"

#include "common/base/log.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace qianli::gateway {
namespace {

constexpr auto idleBeforeCheckpoint = std::chrono::seconds(1);
// Everybody's answer waits while a known object is read to see that it is still whole; of larger ones only the length
// is looked at.
constexpr std::uint64_t readForDuplicate = 32 << 20;

bool sees(Sender const& sender, model::SiteId const& site)
{
    return sender.seesAll || std::ranges::find(sender.visibleSites, site) != sender.visibleSites.end();
}

Receipt receiptOf(HandedOver const& item, model::SiteId site, int version)
{
    Receipt receipt;
    receipt.origin = item.sender.origin;
    receipt.site = std::move(site);
    receipt.person = item.sender.origin == Origin::Station ? item.sender.person : std::string();
    receipt.callingAe = item.sender.callingAe;
    receipt.calledAe = item.sender.calledAe;
    receipt.address = item.sender.address;
    receipt.charset = item.sender.siteCharset;
    receipt.stat = item.stat;
    receipt.receivedAt = item.receivedAt;
    receipt.digest = item.digest;
    receipt.sopClass = item.header.sopClassUid;
    receipt.sopInstance = item.header.sopInstanceUid;
    receipt.series = item.header.seriesUid;
    receipt.study = item.header.studyUid;
    receipt.transferSyntax = item.transferSyntax;
    receipt.version = version;
    return receipt;
}

} // namespace

Committer::Committer(BlobStore& store, StudyIndex& index, IngestSettings const& settings)
    : store_(store), index_(index), settings_(settings)
{
    thread_ = std::thread([this] { run(); });
    checkpointer_ = std::thread([this] { makeCheckpoints(); });
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

void Committer::run()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        auto const hasWork = [this] { return stopping_ || !waiting_.empty(); };
        if (sinceCheckpoint_ == 0)
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
        if (!idle)
            commitGroup(group);
        lock.lock();
        if (sinceCheckpoint_ > 0 && (idle || sinceCheckpoint_ >= settings_.checkpointEvery)) {
            sinceCheckpoint_ = 0;
            checkpointDue_ = true;
            wakeCheckpointer_.notify_one();
        }
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
    if (unindexed_.empty())
        return {};
    QIANLI_TRY(index_.apply(unindexed_));
    unindexed_.clear();
    return {};
}

Committer::Decision Committer::decide(HandedOver& item)
{
    Decision decision;
    auto const refuse = [&](Error error) {
        decision.refusal = std::move(error);
        return decision;
    };
    if (item.failure)
        return refuse(*item.failure);
    auto site = siteOf(item);
    if (!site)
        return refuse(site.error());
    auto const known = index_.findBySopInstance(*site, item.header.sopInstanceUid);
    if (!known)
        return refuse(known.error());
    auto const holders = index_.sitesOfStudy(item.header.studyUid);
    if (!holders)
        return refuse(holders.error());

    std::set<model::SiteId>& studySites = studiesInGroup_[item.header.studyUid];
    studySites.insert(holders->begin(), holders->end());
    studySites.insert(*site);
    decision.siteConflict = studySites.size() > 1;

    std::vector<std::size_t>& before = inGroup_[{*site, item.header.sopInstanceUid}];
    auto const same = [&](Receipt const& receipt) {
        return receipt.digest == item.digest && receipt.transferSyntax == item.transferSyntax;
    };
    decision.kind = StoreOutcome::Kind::Duplicate;
    auto const isHere = [&](Receipt const& receipt) { return same(receipt) && isWhole(receipt); };
    if (auto const found = std::ranges::find_if(*known, isHere); found != known->end()) {
        decision.duplicateOf = *found;
        return decision;
    }
    for (std::size_t const place : before) {
        if (same(commits_[place].receipt)) {
            decision.place = place;
            return decision;
        }
    }
    int newest = 0;
    for (Receipt const& receipt : *known)
        newest = std::max(newest, receipt.version);
    for (std::size_t const place : before)
        newest = std::max(newest, commits_[place].receipt.version);
    decision.kind = newest == 0 ? StoreOutcome::Kind::Stored : StoreOutcome::Kind::NewVersion;
    decision.place = commits_.size();
    before.push_back(commits_.size());
    commits_.push_back({std::move(item.object), receiptOf(item, *std::move(site), newest + 1)});
    headers_.push_back(std::move(item.header));
    return decision;
}

// Success says that we have the object. When the disk has lost it, who sends it again brings it back.
bool Committer::isWhole(Receipt const& receipt) const
{
    Result<void> const whole = receipt.location.dataSetLength <= readForDuplicate
                                   ? store_.verify(receipt)
                                   : store_.open(receipt.location).map([](StoredObject const&) {});
    if (!whole)
        log::error("{}; it came again and is kept as a new version", whole.error().message);
    return whole.has_value();
}

// What a reading station makes belongs to the study that it names; its Issuer of Patient ID says of which site.
Result<model::SiteId> Committer::siteOf(HandedOver const& item) const
{
    if (item.sender.origin != Origin::Station)
        return item.sender.site;
    dicom::Uid const& study = item.header.studyUid;
    QIANLI_ASSIGN(auto sites, index_.sitesOfStudy(study));
    std::erase_if(sites, [&](model::SiteId const& site) { return !sees(item.sender, site); });
    if (sites.empty())
        return fail(ErrorCode::Refused, fmt::format("no study {} is here for the object to join", study.value()));
    if (sites.size() == 1)
        return sites.front();
    model::SiteId const issuer{item.header.issuerOfPatientId};
    if (std::ranges::find(sites, issuer) == sites.end())
        return fail(
            ErrorCode::Refused,
            fmt::format("study {} is held by two sites ({}, {}), so it is not clear to which the object belongs",
                        study.value(), sites[0].value, sites[1].value));
    QIANLI_ASSIGN(auto const parts, index_.studiesOf(study));
    bool const isKnown = std::ranges::any_of(parts, [&](StudyRecord const& one) {
        return one.site == issuer && one.header.patientId == item.header.patientId;
    });
    if (!isKnown)
        return fail(ErrorCode::Refused, fmt::format("study {} of site {} is not of the patient whom the object names",
                                                    study.value(), issuer.value));
    return issuer;
}

Result<void> Committer::store()
{
    if (commits_.empty())
        return {};
    QIANLI_TRY(store_.commit(commits_));
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
        if (auto done = store_.checkpoint(); !done)
            log::warning("{}; repeated with the next objects", done.error().message);
        // Readers may keep it from finishing; the next one will.
        if (auto done = index_.checkpoint(); !done)
            log::debug("{}", done.error().message);
        lock.lock();
    }
}

} // namespace qianli::gateway
