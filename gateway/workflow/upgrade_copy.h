// UpgradeCopy: workflow.db as it was before a newer version of the program changed its schema: the way back.
// data/backups/workflow-v8-2026-11-22T06-44-38Z.db; the last three are kept.
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <string>
#include <vector>

namespace qianli::sqlite {
class Database;
}

namespace qianli::gateway {

// On stable storage on return. Gives its path.
Result<std::filesystem::path> copyBeforeUpgrade(std::filesystem::path const& workflow, int version);

struct UpgradeCopy {
    std::filesystem::path file;
    int version = 0;
    std::string time; // "2026-11-22T06-44-38Z"
};
// Newest first.
std::vector<UpgradeCopy> upgradeCopies(std::filesystem::path const& workflow);

// Brings workflow.db up to the schema of this program, with a copy before. Refused, with the way back, when it is of a
// newer one.
Result<void> upgradeWorkflow(sqlite::Database& database, std::filesystem::path const& workflow);

} // namespace qianli::gateway
