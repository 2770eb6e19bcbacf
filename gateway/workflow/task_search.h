// Reading tasks by the patient's name as people type it (docs/decisions/0013).
#pragma once

#include "gateway/workflow/reading_tasks.h"

#include <string_view>

namespace qianli::gateway {

class StudyIndex;

// The tasks that the filter lets through and whose patient the name finds: best answers first, then in the order of the
// reading list. A name without anything to look for gives the whole list. Of tasks whose report is out those of the
// newest studies are found, about as many as the filter's limit.
Result<std::vector<model::ReadingTask>> searchTasks(Workflow& workflow, StudyIndex const& index,
                                                    TaskFilter const& filter, std::string_view name);

} // namespace qianli::gateway
