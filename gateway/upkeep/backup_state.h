// BackupState: when this gateway was last saved, and where to: data/backup.json, written after a backup is complete and
// on stable storage.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace qianli::gateway {

struct BackupState {
    TimePoint at{};               // when it was begun: what came later is not in it
    std::filesystem::path folder; // the DIR of `backup create`
    std::string name;             // of the backup in it
    std::uint64_t objects = 0;    // it holds so many
    bool withArchive = true;
};

// Nothing when none was ever made. Corrupt when the file can't be read as what noteBackup() writes.
Result<std::optional<BackupState>> lastBackup(std::filesystem::path const& data);
Result<void> noteBackup(std::filesystem::path const& data, BackupState const& state);

} // namespace qianli::gateway
