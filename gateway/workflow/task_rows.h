// Rows of the table tasks as values: for the files of this station.
#pragma once

#include "common/model/reading_task.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

// "SELECT … FROM tasks" with the columns that taskOfRow() reads; a WHERE may follow.
std::string_view selectTasks();
Result<model::ReadingTask> taskOfRow(Workflow const& workflow, sqlite::Statement const& row);
// The statement's rows; it is bound already.
Result<std::vector<model::ReadingTask>> tasksOf(Workflow const& workflow, sqlite::Statement& statement);
// NotFound when there is none.
Result<model::ReadingTask> taskOfId(Workflow const& workflow, sqlite::Database& database, model::TaskId id);

// Somebody reads it: claimed or drafting.
bool isHeld(model::TaskState state);
bool mayBeClaimed(model::TaskState state);
// Within write(): from now on the person's; the state is the caller's to set.
Result<void> setHolder(sqlite::Database& database, model::TaskId task, std::string_view person, TimePoint now);

} // namespace qianli::gateway
