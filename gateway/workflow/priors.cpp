#include "gateway/workflow/priors.h"

#include "common/base/text.h"
#include "gateway/workflow/workflow.h"

namespace qianli::gateway {

namespace {

constexpr std::size_t mostPriors = 200;
constexpr dicom::Tag patientIdTag{0x0010, 0x0020};

} // namespace

Result<std::vector<PriorStudy>> priorsOf(Workflow& workflow, StudyIndex const& index, model::ReadingTask const& task)
{
    std::vector<PriorStudy> priors;
    if (task.patientId.empty())
        return priors;
    Query query;
    query.level = Level::Study;
    query.matches.push_back({Match::Kind::Value, patientIdTag, {task.patientId}});
    query.limit = mostPriors;
    Scope const scope{false, {task.site}, true};
    std::vector<std::string> studies;
    QIANLI_TRY(index.find(scope, query, [&](Answer const& answer) {
        auto const uid = answer.values.find(dicom::Tag{0x0020, 0x000D});
        if (uid != answer.values.end() && uid->second != task.studyUid)
            studies.push_back(uid->second);
        return true;
    }));
    for (auto const& uid : studies) {
        QIANLI_ASSIGN(auto const study, index.study(task.site, dicom::Uid::ofKnown(uid)));
        // A match of the value that ignores case or padding would be another patient.
        if (!study || study->header.patientId != task.patientId)
            continue;
        QIANLI_ASSIGN(auto report, workflow.reports().newestOfStudy(task.site, uid));
        priors.push_back({uid, task.site, workflow.siteName(task.site), study->header.studyDate,
                          text::join(study->modalities, "\\"), study->header.bodyPart, study->header.studyDescription,
                          std::move(report)});
    }
    std::stable_sort(priors.begin(), priors.end(),
                     [](PriorStudy const& a, PriorStudy const& b) { return a.studyDate > b.studyDate; });
    return priors;
}

} // namespace qianli::gateway
