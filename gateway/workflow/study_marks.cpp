#include "gateway/workflow/study_marks.h"

#include "common/base/text.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr std::string_view classVerb = "class", holdVerb = "hold", unholdVerb = "unhold";

Result<void> checkReason(std::string_view reason)
{
    if (text::trim(reason).empty() || reason.size() > 1024 || !text::isUtf8(reason))
        return fail(ErrorCode::InvalidInput, "a reason of 1 to 1024 bytes is needed");
    return {};
}

Result<void> mustNotBeGoing(sqlite::Database& database, StudyKey const& study)
{
    QIANLI_ASSIGN(auto select,
                  database.prepare("SELECT person FROM deletions WHERE done = 0 AND site = ? AND study_uid = ?"));
    QIANLI_TRY(select.bind({study.site.value, study.uid}));
    QIANLI_ASSIGN(bool const row, select.step());
    if (row)
        return fail(ErrorCode::Conflict,
                    fmt::format("{} is deleting it, or a part of it, at this moment", select.text(0)));
    return {};
}

} // namespace

Result<StudyMark> StudyMarks::read(sqlite::Database& database, StudyKey const& study)
{
    QIANLI_ASSIGN(auto select, database.prepare("SELECT verb, value, person, at FROM study_marks WHERE site = ? AND "
                                                "study_uid = ? ORDER BY id"));
    QIANLI_TRY(select.bind({study.site.value, study.uid}));
    StudyMark mark;
    for (;;) {
        QIANLI_ASSIGN(bool const row, select.step());
        if (!row)
            return mark;
        if (select.textView(0) == classVerb) {
            QIANLI_ASSIGN(mark.patientClass, parsePatientClass(select.textView(1)));
        } else if (select.textView(0) == holdVerb) {
            mark.hold = StudyMark::Hold{select.text(1), select.text(2), fromStored(select.integer(3))};
        } else {
            mark.hold.reset();
        }
    }
}

std::string_view code(PatientClass patientClass)
{
    switch (patientClass) {
    case PatientClass::Outpatient:
        return "outpatient";
    case PatientClass::Inpatient:
        return "inpatient";
    case PatientClass::Unknown:
        break;
    }
    return "";
}

Result<PatientClass> parsePatientClass(std::string_view code)
{
    for (auto const one : {PatientClass::Outpatient, PatientClass::Inpatient})
        if (code == gateway::code(one))
            return one;
    return fail(ErrorCode::InvalidInput,
                fmt::format("expected outpatient or inpatient, found \"{}\"", text::escapeControl(code)));
}

Result<StudyMark> StudyMarks::of(StudyKey const& study) const
{
    return workflow_.database().read([&](sqlite::Database& database) { return read(database, study); });
}

Result<void> StudyMarks::setClass(StudyKey const& study, PatientClass patientClass, std::string_view person)
{
    return add(study, classVerb, code(patientClass), person);
}

Result<void> StudyMarks::hold(StudyKey const& study, std::string_view reason, std::string_view person)
{
    QIANLI_TRY(checkReason(reason));
    return add(study, holdVerb, reason, person);
}

Result<void> StudyMarks::unhold(StudyKey const& study, std::string_view reason, std::string_view person)
{
    return add(study, unholdVerb, reason, person);
}

Result<void> StudyMarks::add(StudyKey const& study, std::string_view verb, std::string_view value,
                             std::string_view person)
{
    auto const now = workflow_.clock().now();
    auto const written = workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto const mark, read(database, study));
        if (verb == holdVerb && mark.hold)
            return fail(ErrorCode::Conflict,
                        fmt::format("it is held already, by {}: {}", mark.hold->person, mark.hold->reason));
        if (verb == holdVerb)
            QIANLI_TRY(mustNotBeGoing(database, study));
        if (verb == unholdVerb && !mark.hold)
            return fail(ErrorCode::Conflict, "it is not held");
        QIANLI_ASSIGN(auto insert,
                      database.prepare("INSERT INTO study_marks (at, person, site, study_uid, verb, value) "
                                       "VALUES (?, ?, ?, ?, ?, ?)"));
        return insert.run({toStored(now), person, study.site.value, study.uid, verb, value});
    });
    QIANLI_TRY(written);
    AuditEvent event;
    event.kind = AuditEventKind::StudyHeld;
    event.person = std::string(person);
    event.site = study.site.value;
    event.studies = {study.uid};
    // Not the reason: people write names into it. It is kept with the mark.
    event.detail = verb == classVerb ? fmt::format("patient class {}", value) : std::string(verb);
    workflow_.settings().observers.record(std::move(event));
    return {};
}

} // namespace qianli::gateway
