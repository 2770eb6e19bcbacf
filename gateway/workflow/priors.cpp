#include "gateway/workflow/priors.h"

#include "common/base/text.h"
#include "gateway/identity/persons.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <algorithm>

namespace qianli::gateway {

namespace {

constexpr std::size_t mostPriors = 200;

Result<std::vector<PatientRecord>> personOfTask(Workflow& workflow, StudyIndex const& index,
                                                model::ReadingTask const& task)
{
    QIANLI_ASSIGN(auto const study, index.study(task.site, dicom::Uid::ofKnown(task.studyUid), task.part));
    if (!study)
        return std::vector<PatientRecord>();
    return workflow.database().read(
        [&](sqlite::Database& database) { return Persons(index, Decisions(database)).sameAs(study->patient); });
}

} // namespace

Result<std::vector<PriorStudy>> priorsOf(Workflow& workflow, StudyIndex const& index, model::ReadingTask const& task)
{
    std::vector<PriorStudy> priors;
    QIANLI_ASSIGN(auto const person, personOfTask(workflow, index, task));
    for (PatientRecord const& patient : person) {
        QIANLI_ASSIGN(auto const studies, index.studiesOfPatient(patient.key));
        for (StudyRecord const& study : studies) {
            auto const& header = study.header;
            // Its own parts are one examination, whoever they were taken for.
            if (study.site == task.site && header.studyUid.value() == task.studyUid)
                continue;
            priors.push_back({header.studyUid.value(), study.part, study.site, header.patientId, header.patientName,
                              header.patientSex, header.patientBirthDate, workflow.siteName(study.site),
                              header.studyDate, text::join(study.modalities, "\\"), header.bodyPart,
                              header.studyDescription, std::nullopt});
        }
    }
    std::ranges::stable_sort(priors, std::ranges::greater(), &PriorStudy::studyDate);
    if (priors.size() > mostPriors)
        priors.resize(mostPriors);
    for (PriorStudy& prior : priors) {
        QIANLI_ASSIGN(prior.report, workflow.reports().newestOfStudy(prior.site, prior.studyUid, prior.part));
    }
    return priors;
}

} // namespace qianli::gateway
