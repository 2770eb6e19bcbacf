// Decisions: what people said about two patients being one person, in tables of workflow.db. Nothing is ever changed or
// removed; the newest decision about a pair holds. Patients are named by PatientKey, so that decisions outlive every
// index. But somebody decides about persons, and a variant or a part may be another person once headers are read anew,
// so a decision keeps as whom it knew the two.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/model/site.h"
#include "common/sqlite/database.h"
#include "gateway/index/person.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

// One: one person. Two: two persons, whatever else speaks for it. Open: nobody says. Outdated: what was said was said
// of somebody else than who has these keys now, so it is as good as open; never written down.
enum class Standing { Open, One, Two, Outdated };
std::string_view inWords(Standing standing);

struct Decision {
    std::int64_t id = 0;
    TimePoint at{};
    std::string person; // who decided
    std::string verb;   // link, unlink, merge, unmerge
    model::PatientKey first, second;
    std::string reason, before;
    Standing after = Standing::Open;
    Person firstPerson, secondPerson; // as they were known then
};

// The newest word about a patient and another.
struct Said {
    Standing standing = Standing::Open;
    Person self, other; // as they were known then
    // Of these two, who have the keys now.
    Standing of(Person const& selfNow, Person const& otherNow) const;
};

// On a connection to workflow.db that the caller has.
class Decisions {
public:
    explicit Decisions(sqlite::Database& database) : database_(database) {}

    // With whom somebody compared it. Whether that still holds, Persons know.
    Result<std::map<model::PatientKey, Said>> about(model::PatientKey const& patient) const;
    // Of every pair.
    Result<std::vector<Decision>> newest() const;
    // Oldest first.
    Result<std::vector<Decision>> history(model::PatientKey const& patient) const;
    // Within the caller's transaction.
    Result<void> add(Decision const& decision);

private:
    sqlite::Database& database_;
};

} // namespace qianli::gateway
