// Persons: which patients are one person, by what their data sets say and by what people decided; people win.
#pragma once

#include "gateway/identity/decisions.h"
#include "gateway/identity/resemblance.h"
#include "gateway/index/study_index.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qianli::gateway {

class Persons {
public:
    Persons(StudyIndex const& index, Decisions decisions) : index_(index), decisions_(decisions) {}

    // Nothing where the index does not know it.
    Result<std::optional<PatientRecord>> patient(model::PatientKey const& key) const;
    // All that are one person with it, itself first. Never one of whom somebody said that it is another person.
    Result<std::vector<PatientRecord>> sameAs(model::PatientKey const& key) const;
    // What people say of it and others, as of who they are now.
    Result<std::map<model::PatientKey, Standing>> standings(PatientRecord const& patient) const;
    // Those that could be touched by a change of this one: under its Patient ID, with its national ID, or named in a
    // decision with it. It is not among them.
    Result<std::vector<model::PatientKey>> around(model::PatientKey const& key) const;

private:
    Result<std::vector<PatientRecord>> neighbours(PatientRecord const& patient) const;

    StudyIndex const& index_;
    Decisions decisions_;
};

} // namespace qianli::gateway
