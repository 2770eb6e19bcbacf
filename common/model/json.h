// JSON of the model's values, as in docs/http-api.md; gateway and viewer use the same functions.
#pragma once

#include "common/model/reading_task.h"
#include "common/model/report.h"
#include "common/model/user.h"

#include <nlohmann/json.hpp>

namespace qianli::model {

nlohmann::json toJson(ReadingTask const& task);
nlohmann::json toJson(ReportText const& text);
nlohmann::json toJson(User const& user);
// InvalidInput naming the field that is missing or of the wrong type.
Result<ReadingTask> readingTaskFromJson(nlohmann::json const& json);
Result<ReportText> reportTextFromJson(nlohmann::json const& json);
Result<User> userFromJson(nlohmann::json const& json);

} // namespace qianli::model
