// What a person at the gateway may say about two patients, and when it is refused.
#pragma once

#include "gateway/identity/decisions.h"
#include "gateway/index/study_index.h"

#include <string>

namespace qianli::gateway {

// Link: one person at two sites. Merge: one person under two Patient IDs, or two names, at one site. The other two take
// that back; said of two who are not joined, they say that these are two persons.
enum class IdentityVerb { Link, Unlink, Merge, Unmerge };
std::string_view code(IdentityVerb verb);

struct IdentityRequest {
    IdentityVerb verb{};
    model::PatientKey one, other;
    std::string person; // who decides
    std::string reason;
    TimePoint at{};
};

// Written down within the caller's transaction. NotFound for a patient that nobody sent; Refused where it would say
// nothing new or is the wrong verb; InvalidInput without a reason.
Result<Decision> decide(StudyIndex const& index, Decisions& decisions, IdentityRequest const& request);

// "王芳 F 1960-03-04, ID 500101********1236"
std::string inWords(PatientRecord const& patient);
// As toText(), a national ID masked.
std::string maskedText(model::PatientKey const& key);

} // namespace qianli::gateway
