// Resemblance: what the data sets of two patients alone say about their being one person (docs/decisions/0014).
//
// Promise: patients are one person by themselves only when they have one valid national ID, the whole birth date of
// both is the one in it, and neither sex nor names contradict; a sex or name that is not known contradicts nothing.
// Everything less is for a human to decide.
#pragma once

#include "gateway/index/study_index.h"

#include <string>

namespace qianli::gateway {

struct Resemblance {
    enum class Kind {
        None,
        Candidate, // perhaps one person; `reason` says what speaks for it and what against
        Same,
    } kind = Kind::None;
    std::string reason; // an English sentence without the national ID itself
};

Resemblance resemblanceOf(PatientRecord const& one, PatientRecord const& other);

// What the birth date and sex of a patient's data sets say against the national ID; "" when nothing does, or there is
// none.
std::string contradictionOf(PatientRecord const& patient);

} // namespace qianli::gateway
