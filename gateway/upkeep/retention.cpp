#include "gateway/upkeep/retention.h"

#include "gateway/identity/persons.h"
#include "gateway/workflow/deletions.h"
#include "gateway/workflow/workflow_database.h"

#include <algorithm>

namespace qianli::gateway {
namespace {

constexpr int outpatientYears = 15, inpatientYears = 30;
constexpr std::size_t studiesAtOnce = 200;
// Receipts are in the order of time but for what waited in quarantine.
constexpr std::chrono::hours outOfOrder{24 * 366};

} // namespace

TimePoint Retention::retainUntil(TimePoint lastVisit, PatientClass patientClass)
{
    using namespace std::chrono;
    auto const day = floor<days>(lastVisit);
    auto const time = lastVisit - day;
    year_month_day date{day};
    date += years(patientClass == PatientClass::Outpatient ? outpatientYears : inpatientYears);
    if (!date.ok())
        date = date.year() / March / 1;
    return sys_days(date) + duration_cast<Duration>(time);
}

// When the newest image of the person came, at whatever site: the time of receipt is the one that is true (0016).
Result<TimePoint> Retention::lastVisitOf(model::PatientKey const& patient)
{
    if (auto const known = lastVisits_.find(patient); known != lastVisits_.end())
        return known->second;
    QIANLI_ASSIGN(auto const same, workflow_.database().read([&](sqlite::Database& database) {
        return Persons(index_, Decisions(database)).sameAs(patient);
    }));
    TimePoint last{};
    for (PatientRecord const& one : same) {
        QIANLI_ASSIGN(auto const studies, index_.studiesOfPatient(one.key));
        for (StudyRecord const& study : studies)
            last = std::max(last, study.lastReceivedAt);
    }
    for (PatientRecord const& one : same)
        lastVisits_[one.key] = last;
    return lastVisits_[patient] = last;
}

Result<Retained> Retention::look(StudyRecord const& study)
{
    StudyKey const key{study.site, study.header.studyUid.value()};
    Retained found;
    found.study = study;
    QIANLI_ASSIGN(auto const mark, StudyMarks(workflow_).of(key));
    found.patientClass = mark.patientClass;
    QIANLI_ASSIGN(found.lastVisit, lastVisitOf(study.patient));
    found.lastVisit = std::max(found.lastVisit, study.lastReceivedAt);
    found.retainUntil = retainUntil(found.lastVisit, mark.patientClass);
    QIANLI_ASSIGN(found.obstacles, Deletions(workflow_).obstacles(key, study.part, DeletionCause::Purge));
    return found;
}

Result<std::vector<Retained>>
Retention::expired(TimePoint at, std::function<bool(std::uint64_t done, std::uint64_t total)> const& progress)
{
    std::vector<Retained> found;
    std::uint64_t const total = index_.appliedSequence();
    for (std::uint64_t reached = 0;;) {
        QIANLI_ASSIGN(auto const studies, index_.studiesChangedSince(reached, studiesAtOnce));
        if (studies.empty())
            return found;
        bool isAnyOld = false;
        for (StudyRecord const& study : studies) {
            reached = std::max(reached, study.lastSequence);
            isAnyOld = isAnyOld || retainUntil(study.lastReceivedAt - outOfOrder, PatientClass::Outpatient) <= at;
            if (retainUntil(study.lastReceivedAt, PatientClass::Outpatient) > at)
                continue;
            QIANLI_ASSIGN(auto one, look(study));
            if (one.retainUntil <= at)
                found.push_back(std::move(one));
        }
        if (progress && !progress(reached, total))
            return fail(ErrorCode::Cancelled, "interrupted");
        if (!isAnyOld)
            return found;
    }
}

} // namespace qianli::gateway
