// Decisions: what people said about two patients being one person, in tables of workflow.db. Nothing is ever changed or
// removed; the newest decision about a pair holds. Patients are named by PatientKey, so that decisions outlive every
// index.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/model/site.h"
#include "common/sqlite/database.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

// One: one person. Two: two persons, whatever else speaks for it. Open: nobody says.
enum class Standing { Open, One, Two };
std::string_view inWords(Standing standing);

struct Decision {
    std::int64_t id = 0;
    TimePoint at{};
    std::string person; // who decided
    std::string verb;   // link, unlink, merge, unmerge
    model::PatientKey first, second;
    std::string reason, before;
    Standing after = Standing::Open;
};

// On a connection to workflow.db that the caller has.
class Decisions {
public:
    explicit Decisions(sqlite::Database& database) : database_(database) {}

    // With whom somebody compared it, and what holds now.
    Result<std::map<model::PatientKey, Standing>> about(model::PatientKey const& patient) const;
    Result<Standing> between(model::PatientKey const& one, model::PatientKey const& other) const;
    // Oldest first.
    Result<std::vector<Decision>> history(model::PatientKey const& patient) const;
    // Within the caller's transaction.
    Result<void> add(Decision const& decision);

private:
    sqlite::Database& database_;
};

} // namespace qianli::gateway
