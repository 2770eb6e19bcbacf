// Recodings: what operators decided about the character set of what a site sent in a period (docs/decisions/0012).
//
// Promise: kept in workflow.db, followed to the end although the gateway dies meanwhile, applied whenever a header is
// read again; without one an object is read by what its receipt says.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/model/site.h"
#include "gateway/archive/receipt.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace qianli::gateway {

class WorkflowDatabase;

struct Recoding {
    model::SiteId site;
    std::optional<TimePoint> from, to; // received; both included
    std::uint64_t upTo = 0;            // receipts behind it are not meant
    std::string charset;
    std::string person;
    TimePoint at{};
    std::int64_t id = 0;
    bool done = false; // index and reading list follow it everywhere

    bool holdsFor(Receipt const& receipt) const;
};

class Recodings {
public:
    explicit Recodings(WorkflowDatabase& database) : database_(database) {}

    Result<std::int64_t> add(Recoding const& recoding); // gives its id; not done yet
    // That one, and older ones of which it leaves nothing to do.
    Result<void> finish(std::int64_t id);
    Result<void> finishAll();                  // the index was made anew
    Result<std::vector<Recoding>> all() const; // oldest first

private:
    WorkflowDatabase& database_;
};

// For those who must know before the workflow is opened. None where there is no such file yet.
Result<std::vector<Recoding>> recodingsIn(std::filesystem::path const& workflowFile);

// What the object's text meant where it declared nothing or lied.
std::string charsetOf(Receipt const& receipt, std::vector<Recoding> const& recodings);

} // namespace qianli::gateway
