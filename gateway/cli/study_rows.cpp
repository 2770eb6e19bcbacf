#include "gateway/cli/study_rows.h"

#include "gateway/workflow/reading_tasks.h"

#include <fmt/format.h>

namespace qianli::gateway::cli {

using nlohmann::ordered_json;

Result<std::string> stateOf(Context& context, StudyRecord& study)
{
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const task, workflow->tasks().ofStudy(study.site, study.header.studyUid.value(), study.part));
    if (!task)
        return std::string();
    study.identityConflict = task->identityConflict;
    study.splitStudy = task->splitStudy;
    return std::string(model::code(task->state));
}

ordered_json toJson(StudyRecord const& study, std::string const& state)
{
    auto const& header = study.header;
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
            {"state", state},
            {"charset", header.charset.declared},
            {"charsetUsed", header.charset.used},
            {"charsetRule", header.charset.rule},
            {"siteConflict", study.siteConflict},
            {"versionConflict", study.versionConflict}};
            {"charsetCertain", header.charset.certain},
            {"part", study.part},
            {"variant", study.patient.variant},
            {"identityConflict", study.identityConflict},
            {"splitStudy", study.splitStudy},
}

std::string flagsOf(StudyRecord const& study)
{
    std::vector<std::string> flags;
    if (study.siteConflict)
        flags.emplace_back("UID also at another site");
    if (study.versionConflict)
    if (study.identityConflict)
        flags.emplace_back("others under this Patient ID");
    if (study.splitStudy)
        flags.push_back(fmt::format("part {} of a study of several patients", study.part));
        flags.emplace_back("two versions");
    if (!study.header.charset.certain)
        flags.emplace_back("name uncertain");
    return fmt::format("{}", fmt::join(flags, ", "));
}

std::string modalitiesOf(StudyRecord const& study)
{
    return fmt::format("{}", fmt::join(study.modalities, " "));
}

} // namespace qianli::gateway::cli
