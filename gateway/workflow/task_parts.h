// Which task belongs to which part of a study. Parts are numbered in the order of arrival, so a study that is read
// again may have fewer of them, or others; a task stays with the images that it was made for.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/sqlite/database.h"
#include "gateway/index/study_index.h"

#include <span>

namespace qianli::gateway {

// Within write(). `parts`: all that a site's study has now. Tasks get the numbers that their parts have. Those whose
// images are another task's now are withdrawn, and their draft goes along with the images; what was issued stays.
Result<void> settleParts(sqlite::Database& database, std::span<StudyRecord const> parts, TimePoint now);

} // namespace qianli::gateway
