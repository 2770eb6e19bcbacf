// BackupFolder: the DIR of `backup create`: whose it is, and which backups are in it.
//
//   qianli-backup.json             says what this folder is, and of which gateway
//   objects/, objects.sha256       of all backups (BackupObjects)
//   2026-11-22T06-44-38Z/          one backup, UTC
//     backup.json                  what it holds
//     data/ configuration/         its files
//     files.sha256                 all of these
//     complete                     digest of files.sha256
//   2026-11-22T06-44-38Z.unfinished/   one that was cut off, or is being made
#pragma once

#include "common/base/clock.h"
#include "common/base/file.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace qianli::gateway {

// backup.json
struct BackupContents {
    std::string name;
    TimePoint at{};
    std::string configuration; // the file's path at that time
    bool withArchive = true;
    std::uint64_t objects = 0, lastSequence = 0;
    // Objects that the archive itself had lost.
    struct Lost {
        std::uint64_t sequence = 0;
        std::string text;
    };
    std::vector<Lost> lostBefore;
    // What a file looked like when it was copied: unchanged since, its copy serves again.
    struct Source {
        std::string path; // below data/
        std::uint64_t bytes = 0, inode = 0;
        std::int64_t modified = 0, changed = 0; // nanoseconds
        bool operator==(Source const&) const = default;
    };
    std::vector<Source> sources;
};
// `folder` with every link followed. Refused where one of the two lies in the other.
Result<std::filesystem::path> placeOutside(std::filesystem::path const& folder, std::filesystem::path const& data);
// Where a disk is mounted, its lost+found is nothing of ours.
Result<bool> isEmptyFolder(std::filesystem::path const& folder);

Result<BackupContents> readContents(std::filesystem::path const& backup);
Result<void> writeContents(std::filesystem::path const& backup, BackupContents const& contents);

class BackupFolder {
public:
    // For createBackup(): made where there is none. `gateway` tells gateways apart. Refused when it holds something
    // else; Conflict while another backup is being made there.
    static Result<BackupFolder> make(std::filesystem::path path, std::string const& gateway);
    // To look only. NotFound when it is no folder of backups.
    static Result<BackupFolder> open(std::filesystem::path path);

    std::filesystem::path const& path() const { return path_; }
    std::vector<std::string> const& complete() const { return complete_; } // oldest first
    // The newest for "". NotFound, with those that there are.
    Result<std::string> choose(std::string const& wanted) const;
    // A name for one made now.
    std::string newName(TimePoint now) const;
    // What was cut off is of no use any more.
    Result<void> removeUnfinished() const;

    static constexpr char unfinishedEnding[] = ".unfinished";

private:
    explicit BackupFolder(std::filesystem::path path) : path_(std::move(path)) {}
    Result<void> list();
    std::filesystem::path path_;
    FileDescriptor lock_;
    std::vector<std::string> complete_;
};

} // namespace qianli::gateway
