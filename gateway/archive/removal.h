// Removal: objects that were deleted on purpose, and what is kept of them: that they were here, who deleted them and
// why, and what the statistics of their devices counted (docs/decisions/0023).
#pragma once

#include "common/base/clock.h"
#include "common/model/site.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qianli::gateway {

// Sequences of receipts; a study's mostly follow one another, so a range costs what one number costs.
class SequenceSet {
public:
    struct Range {
        std::uint64_t first = 0, last = 0;
        bool operator==(Range const&) const = default;
    };
    void add(std::uint64_t first, std::uint64_t last);
    void add(std::uint64_t sequence) { add(sequence, sequence); }
    void add(SequenceSet const& others);
    bool contains(std::uint64_t sequence) const;
    std::uint64_t count() const { return count_; }
    bool empty() const { return ranges_.empty(); }
    std::uint64_t last() const { return ranges_.empty() ? 0 : ranges_.rbegin()->second; }
    std::vector<Range> ranges() const;

private:
    std::map<std::uint64_t, std::uint64_t> ranges_; // first → last; they neither touch nor overlap
    std::uint64_t count_ = 0;
};

// What a device's row counts of an object: it did that, whatever became of the object.
struct DeviceNote {
    std::uint64_t sequence = 0;
    bool corrected = false, uncertain = false; // how its text was read
    std::uint32_t defects = 0;                 // common/dicom/defects.h
    std::optional<std::int64_t> skew;          // of the device's clock, seconds
    std::string station, manufacturer;
};

struct RemovedStudy {
    model::SiteId site;
    std::string uid;
    auto operator<=>(RemovedStudy const&) const = default;
};

struct Removal {
    std::uint64_t number = 0; // grows by one with each
    TimePoint at{};
    std::string person, reason;
    std::vector<RemovedStudy> studies; // whose objects these are, or some of whose
    SequenceSet sequences;
    std::uint64_t bytes = 0; // of the files
    std::vector<DeviceNote> notes;
};

} // namespace qianli::gateway
