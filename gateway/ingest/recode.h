// Recode: the decision about the character set again, for what a site sent in a period; the files stay as they are.
#pragma once

#include "gateway/ingest/ingest.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace qianli::gateway {

struct RecodeRequest {
    model::SiteId site;
    std::optional<TimePoint> from, to; // received
    CharsetOf before, after;           // what text meant until now, and what it means now
    Reread how = Reread::Write;
    // Of studies whose rows may be others now, each time that some were written.
    std::function<Result<void>(std::vector<StudyKey> const&)> touched{};
};

struct RecodedStudy {
    std::string uid;
    struct Reading {
        std::string patientName, description, used;
        int rule = 0;
        bool certain = true;
    } before, after;
};

struct RecodeReport {
    std::uint64_t studies = 0;        // that have objects of the period
    std::uint64_t changed = 0;        // of these, read otherwise now
    std::vector<RecodedStudy> first;  // the first twenty of the changed ones
    std::vector<std::string> damaged; // studies that stay as they are, and why: what can't be read, what is too much
};

// Study by study, beside whatever else is written. `progress` is called between studies and returns false to stop; what
// was done before stays.
Result<RecodeReport> recode(BlobStore const& store, StudyIndex& index, RecodeRequest const& request,
                            std::function<bool(std::uint64_t done, std::uint64_t total)> const& progress);

} // namespace qianli::gateway
