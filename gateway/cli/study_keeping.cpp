// study: how long one is kept: set --class, hold, unhold, delete.
#include "common/base/text.h"
#include "common/model/patient_key.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/deletion.h"
#include "gateway/cli/study_lookup.h"
#include "gateway/cli/words.h"
#include "gateway/daemon/deletion_requests.h"
#include "gateway/workflow/study_marks.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

using nlohmann::ordered_json;

struct KeepingArguments {
    StudyArguments study;
    std::string patientClass, reason, patient;
};

Result<void> mustHaveReason(std::string const& reason)
{
    if (text::trim(reason).empty() || reason.size() > 1024 || !text::isUtf8(reason))
        return fail(ErrorCode::InvalidInput, "--reason: expected a reason of 1 to 1024 bytes");
    return {};
}

void print(Context& context, StudyKey const& study, StudyMark const& mark, std::string const& said)
{
    context.out().line(said);
    ordered_json document{
        {"studyInstanceUid", study.uid}, {"site", study.site.value}, {"class", code(mark.patientClass)}};
    document["hold"] = mark.hold ? ordered_json{{"reason", mark.hold->reason},
                                                {"person", mark.hold->person},
                                                {"at", toIso8601(mark.hold->at)}}
                                 : ordered_json(nullptr);
    context.out().json(document);
}

// The study of which the marks speak: of a UID at a site, with all its patients.
Result<StudyKey> keyOf(Context& context, StudyArguments const& arguments)
{
    auto one = arguments;
    auto study = oneStudy(context, one);
    if (!study && study.error().code == ErrorCode::Conflict) {
        one.part = 0;
        study = oneStudy(context, one);
    }
    if (!study)
        return tl::unexpected(std::move(study).error());
    return StudyKey{study->site, study->header.studyUid.value()};
}

Result<void> studySet(Context& context, KeepingArguments const& arguments)
{
    QIANLI_ASSIGN(auto const patientClass, parsePatientClass(arguments.patientClass));
    QIANLI_ASSIGN(auto const study, keyOf(context, arguments.study));
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    StudyMarks marks(*workflow);
    QIANLI_TRY(marks.setClass(study, patientClass, operatingSystemUser()));
    QIANLI_ASSIGN(auto const mark, marks.of(study));
    print(context, study, mark, fmt::format("study {} is {} now", study.uid, arguments.patientClass));
    return {};
}

Result<void> studyHold(Context& context, KeepingArguments const& arguments)
{
    QIANLI_TRY(mustHaveReason(arguments.reason));
    QIANLI_ASSIGN(auto const study, keyOf(context, arguments.study));
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    StudyMarks marks(*workflow);
    QIANLI_TRY(marks.hold(study, arguments.reason, operatingSystemUser()));
    QIANLI_ASSIGN(auto const mark, marks.of(study));
    print(context, study, mark,
          fmt::format("study {} is held: neither `study delete` nor `purge` takes it until `study unhold`", study.uid));
    return {};
}

Result<void> studyUnhold(Context& context, KeepingArguments const& arguments)
{
    QIANLI_ASSIGN(auto const study, keyOf(context, arguments.study));
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    StudyMarks marks(*workflow);
    QIANLI_TRY(marks.unhold(study, arguments.reason, operatingSystemUser()));
    QIANLI_ASSIGN(auto const mark, marks.of(study));
    print(context, study, mark, fmt::format("study {} is no longer held", study.uid));
    return {};
}

Result<void> studyDelete(Context& context, KeepingArguments const& arguments)
{
    QIANLI_TRY(mustHaveReason(arguments.reason));
    QIANLI_ASSIGN(auto const study, oneStudy(context, arguments.study));
    auto const isOf = [&](model::PatientKey const& key) {
        return arguments.patient == toText(key) || (arguments.patient == key.id && !key.id.empty() && key.variant == 0);
    };
    if (arguments.study.part && !isOf(study.patient))
        return fail(ErrorCode::Refused,
                    fmt::format("part {} of study {} is not of the patient whom --patient names: a part's number "
                                "changes when another part is deleted; `study show` says whose it is now",
                                study.part, study.header.studyUid.value()));
    DeletionOrder const order{{study.site, study.header.studyUid.value()},
                              study.part,
                              study.patient,
                              study.lastSequence,
                              operatingSystemUser(),
                              arguments.reason};
    QIANLI_ASSIGN(auto answer, askToDelete(context, toJson(order)));
    context.out().line(fmt::format("deleted: study {} of site {}, {} objects, {}", order.study.uid,
                                   order.study.site.value, answer.value("objects", std::uint64_t{0}),
                                   bytesForPeople(answer.value("bytes", std::uint64_t{0}))));
    if (auto const linked = answer.value("linkedElsewhere", std::uint64_t{0}); linked > 0)
        context.out().line(
            fmt::format("{} of the files have another name elsewhere, as in a copy made of hard links", linked));
    answer["studyInstanceUid"] = order.study.uid;
    answer["site"] = order.study.site.value;
    context.out().json(ordered_json(answer));
    if (auto const unfinished = answer.value("unfinished", std::string()); !unfinished.empty())
        return fail(ErrorCode::Unavailable,
                    fmt::format("it counts as deleted, but not everything is done yet: {}; the next start of the "
                                "gateway tries again",
                                unfinished));
    return {};
}

} // namespace

void addStudyKeeping(Words& words, CLI::App* study)
{
    auto const add = [&](std::string const& name, std::string const& description,
                         Result<void> (*command)(Context&, KeepingArguments const&)) {
        auto made = verb<KeepingArguments>(words, study, name, description, command);
        made.first->add_option("UID", made.second->study.uid, "Study Instance UID")->required();
        made.first->add_option("--site", made.second->study.site, "where two sites hold that UID");
        return made;
    };
    auto [set, setting] = add("set", "whether its patient was in hospital, for how long it is kept", &studySet);
    set->add_option("--class", setting->patientClass,
                    "outpatient: 15 years from the last visit; inpatient: 30, as long as nobody says")
        ->required()
        ->check(CLI::IsMember({"outpatient", "inpatient"}));
    auto [hold, holding] = add("hold", "nothing may delete it, for a dispute or an inquiry", &studyHold);
    hold->add_option("--reason", holding->reason, "shown to whoever wants to delete it")->required();
    auto [unhold, releasing] = add("unhold", "that is over", &studyUnhold);
    unhold->add_option("--reason", releasing->reason, "kept with it");
    auto [remove, removing] = add("delete", "a test image, or the wrong patient's: delete it for good", &studyDelete);
    auto* const whose = remove->add_option(
        "--patient", removing->patient, "with --part: whose part that is, the Patient ID or SITE/PATIENT-ID#VARIANT");
    remove->add_option("--part", removing->study.part, "where two patients of a site have that UID: 0, 1, ...")
        ->needs(whose);
    remove->add_option("--reason", removing->reason, "goes on record")->required();
}

} // namespace qianli::gateway::cli
