// Copies of a database that others write to meanwhile, and a look at whether a file is sound.
#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace qianli::sqlite {

class Database;

using CopyProgress = std::function<void(std::uint64_t donePages, std::uint64_t totalPages)>;

// The database as it is when the call begins becomes the file `target`, complete in itself (no -wal beside it), mode
// 0600 and on stable storage on return. It comes into its place as one act; what was there is replaced. Writers don't
// wait for it. Corrupt when the copy is no sound database, because the original isn't.
Result<void> copyDatabase(std::filesystem::path const& source, std::filesystem::path const& target,
                          CopyProgress const& progress = {});

// Every page and index, and every row that names another. Changes nothing. Corrupt with SQLite's first words about it.
Result<void> checkDatabase(std::filesystem::path const& file);

// The newest schema step that migrate() wrote down in it; 0: none.
Result<int> schemaVersion(Database& database);

// For who only looks: closing this connection leaves the log to whoever comes next, also where it is the last.
void leaveLog(Database& database);

} // namespace qianli::sqlite
