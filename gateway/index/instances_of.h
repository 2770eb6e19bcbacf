// instances_of(packed, run, series_uid): the instances of a run as rows of a statement.
#pragma once

#include "common/sqlite/database.h"

namespace qianli::gateway {

// Columns: id, sop_instance, shared, digest, received, offset, length, number, position, orientation, content_date,
// content_time, acquisition, version, newest, released, newest_released, path (empty: as objectPath() gives it).
Result<void> addInstancesOf(sqlite::Database& database);

} // namespace qianli::gateway
