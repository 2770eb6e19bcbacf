// Backups: everything of a gateway that can't be made again, in one folder that takes many of them.
//
// Promise of createBackup(): made beside the running gateway, whose writers don't wait for it; what was acknowledged
// before it began is in it. The databases are copied first and the archive after them, so that a restored gateway never
// knows of images that its archive doesn't have. A backup is complete or is not there: it gets its name as the last
// act, when every byte is on stable storage. Layout and order: docs/decisions/0024-backup.md.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "gateway/configuration/configuration.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

// `what` is done now: "objects"; of `total` in bytes or objects.
using BackupProgress = std::function<void(std::uint64_t done, std::uint64_t total, std::string_view what)>;
enum class BackupArchive { Included, LeftOut };

struct BackupReport {
    std::string name;                           // of the backup in its folder
    std::uint64_t objects = 0;                  // it holds
    std::uint64_t newObjects = 0, newBytes = 0; // that had to be copied
    std::vector<std::string> faults; // objects that the archive itself has lost or damaged; all else is in the backup
};
// `folder` is made where there is none. Refused where it holds something else, or lies in the data folder, or the other
// way round. Unavailable when there is too little room; then nothing is left behind.
Result<BackupReport> createBackup(Configuration const& configuration, std::filesystem::path const& folder,
                                  BackupArchive archive, Clock const& clock, BackupProgress const& progress);

struct BackupVerification {
    std::string name;
    std::uint64_t files = 0, objects = 0, bytes = 0; // looked at
    std::vector<std::string> faults;                 // what is wrong, one sentence each
    std::vector<std::string> lostBefore;             // objects that the archive had lost when the backup was made
};
// Reads everything, or all but the objects; needs no gateway. `name`: which one, "" for the newest. NotFound when there
// is none.
Result<BackupVerification> verifyBackup(std::filesystem::path const& folder, std::string const& name,
                                        BackupProgress const& progress,
                                        BackupArchive objects = BackupArchive::Included);

struct Restored {
    std::string name;
    TimePoint at{};
    bool withArchive = true;
    std::uint64_t objects = 0;
    std::vector<std::string> lostBefore;
    std::filesystem::path configuration; // where the backup's copy of the configuration lies
};
// Verifies it, then copies it into an empty data folder, which is marked as unfinished until finishRestore(): the
// gateway doesn't start on it. Repeated after it was cut off, it begins anew. A backup without archive leaves an
// archive/ that is there already as it is.
Result<Restored> restoreBackup(std::filesystem::path const& folder, std::string const& name,
                               std::filesystem::path const& data, BackupProgress const& progress);
// Only workflow.db, beside an archive that is whole; what was there stays as workflow.db.replaced-TIME. Conflict while
// the gateway runs. The index is to be made anew after it.
Result<Restored> restoreWorkflow(std::filesystem::path const& folder, std::string const& name,
                                 std::filesystem::path const& data, Clock const& clock, BackupProgress const& progress);
Result<void> finishRestore(std::filesystem::path const& data);
// Refused, with what to do, where a restore was cut off.
Result<void> refuseUnfinishedRestore(std::filesystem::path const& data);

} // namespace qianli::gateway
