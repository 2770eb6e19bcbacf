// StudyMarks: what people say about how long a study is kept: whether its patient was in hospital, and that it must not
// be deleted while a dispute is open. Kept in workflow.db, so that it outlives every index; nothing is ever changed or
// removed, the newest word counts.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/sqlite/database.h"
#include "gateway/index/study_index.h"

#include <optional>
#include <string>
#include <string_view>

namespace qianli::gateway {

class Workflow;

// Outpatient records are kept 15 years, inpatient ones 30, both from the patient's last visit.
enum class PatientClass { Unknown, Outpatient, Inpatient };
std::string_view code(PatientClass patientClass); // "", "outpatient", "inpatient"
// InvalidInput where it is neither "outpatient" nor "inpatient".
Result<PatientClass> parsePatientClass(std::string_view code);

struct StudyMark {
    PatientClass patientClass = PatientClass::Unknown;
    struct Hold {
        std::string reason, person;
        TimePoint at{};
    };
    std::optional<Hold> hold;
};

class StudyMarks {
public:
    explicit StudyMarks(Workflow& workflow) : workflow_(workflow) {}

    Result<StudyMark> of(StudyKey const& study) const;
    // On a connection to workflow.db that the caller has.
    static Result<StudyMark> read(sqlite::Database& database, StudyKey const& study);
    Result<void> setClass(StudyKey const& study, PatientClass patientClass, std::string_view person);
    // Conflict where it is held, or isn't, already.
    Result<void> hold(StudyKey const& study, std::string_view reason, std::string_view person);
    Result<void> unhold(StudyKey const& study, std::string_view reason, std::string_view person);

private:
    Result<void> add(StudyKey const& study, std::string_view verb, std::string_view value, std::string_view person);

    Workflow& workflow_;
};

} // namespace qianli::gateway
