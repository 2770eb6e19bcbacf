// Priors: other studies of the same person, with their issued reports, newest first: of the same patient, of patients
// who were merged with them at the site, and of linked ones at other sites (gateway/identity). A Patient ID alone joins
// nothing across sites.
#pragma once

#include "common/base/result.h"
#include "common/model/reading_task.h"
#include "gateway/index/study_index.h"
#include "gateway/workflow/reports.h"

#include <optional>
#include <string>
#include <vector>

namespace qianli::gateway {

struct PriorStudy {
    std::string studyUid;
    int part = 0; // which patient's of a Study Instance UID that holds several
    model::SiteId site;
    std::string patientId, patientName, sex, birthDate; // as that site sent them
    std::string siteName, studyDate, modality, bodyPart, description;
    std::optional<IssuedReport> report;
};

Result<std::vector<PriorStudy>> priorsOf(Workflow& workflow, StudyIndex const& index, model::ReadingTask const& task);

} // namespace qianli::gateway
