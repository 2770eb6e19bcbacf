// ArrivalHistory: which site sent how much and when, over the last weeks, read from the archive's receipts: so it is
// the same after a restart, and nothing has to be kept for it.
//
// Thread-safe.
#pragma once

#include "gateway/archive/blob_store.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

namespace qianli::gateway {

// Days and minutes as LocalMoment counts them. What people import from discs is not what a site sends.
struct SiteActivity {
    std::map<int, std::vector<std::uint16_t>> minutes; // of a day, in which something came; ascending
    std::map<int, std::uint32_t> studies;              // by the day on which their first object came
    std::optional<TimePoint> lastSeen;
    std::uint64_t objects = 0, bytes = 0; // since this process counts, see countFrom()
};

class ArrivalHistory {
public:
    static constexpr int weeksKept = 12;

    // Objects up to this sequence are history; `objects` and `bytes` count those behind it. Before the first catchUp().
    void countFrom(std::uint64_t sequence) { countFrom_ = sequence; }
    // Takes in the receipts that came since the last call; the first call reads weeks of them.
    Result<void> catchUp(BlobStore const& store, TimePoint now);

    std::map<model::SiteId, SiteActivity> sites() const;
    struct Received {
        std::uint64_t objects = 0, bytes = 0;
        std::optional<TimePoint> lastSeen;
    };
    std::map<model::SiteId, Received> received() const;
    // Bytes that came on each day, of all sites and stations, without imports.
    std::map<int, std::uint64_t> bytesByDay() const;

private:
    void take(Receipt const& receipt);
    void forgetBefore(int day);
    static Result<std::uint64_t> sequenceBefore(BlobStore const& store, TimePoint time);

    mutable std::mutex mutex_; // guards all below
    std::optional<std::uint64_t> after_;
    std::uint64_t countFrom_ = 0;
    std::map<model::SiteId, SiteActivity> sites_;
    std::unordered_map<std::uint64_t, int> studyDays_; // by a hash of site and study
    std::map<int, std::uint64_t> bytesByDay_;
};

} // namespace qianli::gateway
