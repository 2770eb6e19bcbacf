// Priors: other studies of the same patient (same site and Patient ID), with their issued reports, newest first.
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
    model::SiteId site;
    std::string siteName, studyDate, modality, bodyPart, description;
    std::optional<IssuedReport> report;
};

Result<std::vector<PriorStudy>> priorsOf(Workflow& workflow, StudyIndex const& index, model::ReadingTask const& task);

} // namespace qianli::gateway
