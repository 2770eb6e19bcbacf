// Retention: what has been kept as long as the law says (domain.md 2.7): outpatient records 15 years, inpatient ones
// 30, both from the last visit of the person, at whatever site; unknown counts as inpatient.
#pragma once

#include "gateway/index/study_index.h"
#include "gateway/workflow/study_marks.h"
#include "gateway/workflow/workflow.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace qianli::gateway {

struct Retained {
    StudyRecord study;
    PatientClass patientClass = PatientClass::Unknown;
    TimePoint lastVisit{}, retainUntil{};
    std::vector<std::string> obstacles; // that don't end by themselves: a hold, an open task, waiting deliveries
};

class Retention {
public:
    Retention(StudyIndex const& index, Workflow& workflow) : index_(index), workflow_(workflow) {}

    // Years later, the same day; 29 February becomes 1 March.
    static TimePoint retainUntil(TimePoint lastVisit, PatientClass patientClass);

    Result<Retained> look(StudyRecord const& study);
    // All whose time is over at `at`, oldest receipt first, those with obstacles too. `progress` returns false to stop.
    Result<std::vector<Retained>> expired(TimePoint at,
                                          std::function<bool(std::uint64_t done, std::uint64_t total)> const& progress);

private:
    Result<TimePoint> lastVisitOf(model::PatientKey const& patient);

    StudyIndex const& index_;
    Workflow& workflow_;
    std::map<model::PatientKey, TimePoint> lastVisits_; // of those that were asked for
};

} // namespace qianli::gateway
