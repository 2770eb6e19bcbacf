#include "gateway/upkeep/arrival_history.h"

#include "gateway/upkeep/local_time.h"

#include <algorithm>

namespace qianli::gateway {

Result<void> ArrivalHistory::catchUp(BlobStore const& store, TimePoint now)
{
    std::lock_guard const lock(mutex_);
    if (!after_) {
        QIANLI_ASSIGN(after_, sequenceBefore(store, now - std::chrono::hours(24 * 7 * weeksKept)));
    }
    auto const done = store.replay(*after_, [this](Receipt const& receipt) -> Result<void> {
        take(receipt);
        after_ = receipt.sequence;
        return {};
    });
    forgetBefore(localMoment(now).day - 7 * weeksKept);
    return done;
}

// Backwards in growing steps: the log is read by its sequence numbers, not by time.
Result<std::uint64_t> ArrivalHistory::sequenceBefore(BlobStore const& store, TimePoint time)
{
    std::uint64_t const last = store.lastSequence();
    for (std::uint64_t step = 20000; step < last; step *= 4) {
        std::optional<TimePoint> first;
        auto const found = store.replay(last - step, [&](Receipt const& receipt) -> Result<void> {
            first = receipt.receivedAt;
            return fail(ErrorCode::Cancelled, "the first is enough");
        });
        if (!first)
            return tl::unexpected(found.error());
        if (*first < time)
            return last - step;
    }
    return 0;
}

void ArrivalHistory::take(Receipt const& receipt)
{
    auto const moment = localMoment(receipt.receivedAt);
    if (receipt.origin != Origin::Import)
        bytesByDay_[moment.day] += receipt.location.dataSetLength;
    auto& site = sites_[receipt.site];
    if (receipt.sequence > countFrom_) {
        ++site.objects;
        site.bytes += receipt.location.dataSetLength;
    }
    if (receipt.origin != Origin::Site)
        return;
    if (!site.lastSeen || *site.lastSeen < receipt.receivedAt)
        site.lastSeen = receipt.receivedAt;
    auto const minute = static_cast<std::uint16_t>(moment.minute);
    auto& minutes = site.minutes[moment.day];
    // Nearly always the last one or a later one.
    if (auto const place = std::ranges::lower_bound(minutes, minute); place == minutes.end() || *place != minute)
        minutes.insert(place, minute);
    auto const key = std::hash<std::string>{}(receipt.site.value + '\n' + receipt.study.value());
    if (studyDays_.try_emplace(key, moment.day).second)
        ++site.studies[moment.day];
}

void ArrivalHistory::forgetBefore(int day)
{
    bytesByDay_.erase(bytesByDay_.begin(), bytesByDay_.lower_bound(day));
    for (auto& [id, site] : sites_) {
        site.minutes.erase(site.minutes.begin(), site.minutes.lower_bound(day));
        site.studies.erase(site.studies.begin(), site.studies.lower_bound(day));
    }
    std::erase_if(studyDays_, [day](auto const& entry) { return entry.second < day; });
}

std::map<model::SiteId, SiteActivity> ArrivalHistory::sites() const
{
    std::lock_guard const lock(mutex_);
    return sites_;
}

std::map<model::SiteId, ArrivalHistory::Received> ArrivalHistory::received() const
{
    std::lock_guard const lock(mutex_);
    std::map<model::SiteId, Received> result;
    for (auto const& [id, site] : sites_)
        result[id] = {site.objects, site.bytes, site.lastSeen};
    return result;
}

std::map<int, std::uint64_t> ArrivalHistory::bytesByDay() const
{
    std::lock_guard const lock(mutex_);
    return bytesByDay_;
}

} // namespace qianli::gateway
