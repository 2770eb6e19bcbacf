#include "gateway/cli/study_rows.h"

#include "common/dicom/character_set.h"
#include "gateway/cli/devices.h"
#include "gateway/cli/study_time.h"
#include "gateway/workflow/reading_tasks.h"

#include <fmt/format.h>

namespace qianli::gateway::cli {

using nlohmann::ordered_json;

Result<StudyState> stateOf(Context& context, StudyRecord& study)
{
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const task, workflow->tasks().ofStudy(study.site, study.header.studyUid.value(), study.part));
    QIANLI_ASSIGN(auto mark, StudyMarks(*workflow).of({study.site, study.header.studyUid.value()}));
    if (!task)
        return StudyState{"", "", std::move(mark)};
    study.identityConflict = task->identityConflict;
    study.splitStudy = task->splitStudy;
    return StudyState{std::string(model::code(task->state)), task->missing, std::move(mark)};
}

ordered_json toJson(StudyRecord const& study, StudyState const& state)
{
    auto const& header = study.header;
    auto const age = ageOf(study);
    auto const skew = study.clockSkew ? ordered_json(study.clockSkew->count() / 1000) : ordered_json(nullptr);
    return {{"studyInstanceUid", header.studyUid.value()},
            {"patientId", header.patientId},
            {"patientName", header.patientName},
            {"sex", header.patientSex},
            {"birthDate", header.patientBirthDate},
            {"studyDate", header.studyDate},
            {"studyTime", header.studyTime},
            {"modalities", study.modalities},
            {"accessionNumber", header.accessionNumber},
            {"description", header.studyDescription},
            {"site", study.site.value},
            {"receivedAt", toIso8601(study.firstReceivedAt)},
            {"lastReceivedAt", toIso8601(study.lastReceivedAt)},
            {"series", study.series},
            {"instances", study.instances},
            {"clockSkewSeconds", skew},
            {"age", header.patientAge},
            {"derivedAge", age.derived ? model::ageText(*age.derived) : ""},
            {"ageDisagrees", age.disagree},
            {"state", state.code},
            {"missing", state.missing},
            {"charset", header.charset.declared},
            {"charsetUsed", header.charset.used},
            {"charsetRule", header.charset.rule},
            {"charsetCertain", header.charset.certain},
            {"part", study.part},
            {"variant", study.patient.variant},
            {"identityConflict", study.identityConflict},
            {"splitStudy", study.splitStudy},
            {"siteConflict", study.siteConflict},
            {"versionConflict", study.versionConflict},
            {"defects", defectCodes(study.defects)},
            {"class", code(state.mark.patientClass)},
            {"hold", state.mark.hold ? ordered_json(state.mark.hold->reason) : ordered_json(nullptr)}};
}

std::string flagsOf(StudyRecord const& study, StudyState const& state)
{
    std::vector<std::string> flags;
    if (state.mark.hold)
        flags.push_back(fmt::format("held: {}", state.mark.hold->reason));
    if (!state.missing.empty())
        flags.push_back(missingWords(state.missing));
    if (study.identityConflict)
        flags.emplace_back("others under this Patient ID");
    if (study.splitStudy)
        flags.push_back(fmt::format("part {} of a study of several patients", study.part));
    if (study.siteConflict)
        flags.emplace_back("UID also at another site");
    if (study.versionConflict)
        flags.emplace_back("2 versions");
    if (auto clock = clockWords(study.clockSkew); !clock.empty())
        flags.push_back(std::move(clock));
    if (ageOf(study).disagree)
        flags.emplace_back("age and birth date disagree");
    if ((study.defects & dicom::defect::headerUnreadable) != 0)
        flags.emplace_back("header unreadable");
    if (!study.header.charset.certain)
        flags.emplace_back("name uncertain");
    else if (dicom::isCorrected(study.header.charset))
        flags.push_back(fmt::format("charset corrected (rule {})", study.header.charset.rule));
    return fmt::format("{}", fmt::join(flags, ", "));
}

std::string modalitiesOf(StudyRecord const& study)
{
    return fmt::format("{}", fmt::join(study.modalities, " "));
}

} // namespace qianli::gateway::cli
