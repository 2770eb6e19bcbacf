// Bringing the schema of a database up to date, with something to do before.
#pragma once

#include "common/sqlite/database.h"

#include <functional>

namespace qianli::sqlite {

// Given the newest step that the database has. A failure ends the upgrade.
using BeforeUpgrade = std::function<Result<void>(int version)>;

// As migrate(). `before` is called when the database holds an older schema, before the first statement; not for a new
// database, nor when nothing is to be done. A step that fails takes all of this upgrade's back.
Result<void> upgrade(Database& database, std::span<Migration const> migrations, BeforeUpgrade const& before);

} // namespace qianli::sqlite
