// Making a backup.
#include "gateway/upkeep/backup.h"

#include "common/base/log.h"
#include "common/crypto/password.h"
#include "common/sqlite/copy.h"
#include "gateway/archive/blob_store.h"
#include "gateway/archive/receipt_line.h"
#include "gateway/upkeep/backup_folder.h"
#include "gateway/upkeep/backup_objects.h"
#include "gateway/upkeep/backup_state.h"
#include "gateway/upkeep/data_files.h"

#include <algorithm>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

constexpr std::uint64_t spareBytes = 16 << 20;     // for lists, folders and what grows meanwhile
constexpr std::uint64_t worthLinking = 1ull << 20; // smaller files are copied again each time

// What tells gateways apart: the authority that a gateway makes at its first start and keeps through every restore.
Result<std::string> identityOf(std::filesystem::path const& data)
{
    auto const certificate = readFile(data / "keys" / "ca.crt", 1 << 20);
    if (!certificate && certificate.error().code == ErrorCode::NotFound)
        return fail(ErrorCode::NotFound,
                    fmt::format("{} has no keys/ca.crt: there is nothing to save before the first start of the gateway",
                                data.string()));
    if (!certificate)
        return tl::unexpected(certificate.error());
    return crypto::sha256Hex(*certificate).substr(0, 32);
}

class Maker {
public:
    Maker(Configuration const& configuration, BackupFolder const& folder, BackupProgress const& progress)
        : configuration_(configuration), data_(configuration.data), folder_(folder), progress_(progress)
    {
    }

    Result<BackupReport> make(BackupArchive archive, Clock const& clock);

private:
    Result<void> lookAtFormer();
    Result<void> needRoom(std::uint64_t bytes) const;
    Result<void> needRoomForFiles() const;
    Result<void> copyDatabaseFiles();
    Result<void> copyTree(std::vector<std::string> const& paths);
    Result<void> copyOne(std::string const& path, std::filesystem::path const& from, Whole whole);
    bool isLinked(std::string const& path, struct stat const& status);
    Result<void> copyConfiguration();
    Result<void> copyReceipts();
    Result<void> copyNewestReceipts(std::filesystem::path const& segment, std::string const& path);
    Result<void> copyArchive();
    Result<std::vector<std::uint64_t>> findNeeded(BlobStore const& copy, BackupObjects const& objects) const;
    Result<void> copyNeeded(BlobStore const& copy, BackupObjects& objects);
    Result<void> countObjects();
    Result<void> complete(BackupArchive archive);

    std::filesystem::path inBackup(std::string const& path) const { return building_ / path; }

    Configuration const& configuration_;
    std::filesystem::path const data_;
    BackupFolder const& folder_;
    BackupProgress const& progress_;
    std::filesystem::path building_;
    BackupContents contents_, former_;
    FileDigests digests_, formerDigests_;
    std::filesystem::path formerFolder_; // the newest backup; empty: none
    BackupReport report_;
};

// Files that have not changed since the newest backup are taken from it.
Result<void> Maker::lookAtFormer()
{
    if (folder_.complete().empty())
        return {};
    auto const path = folder_.path() / folder_.complete().back();
    auto contents = readContents(path);
    auto digests = readDigests(path / "files.sha256");
    if (!contents || !digests) {
        log::warning("{}: {}; everything is copied", path.string(),
                     contents ? digests.error().message : contents.error().message);
        return {};
    }
    formerFolder_ = path;
    former_ = *std::move(contents);
    formerDigests_ = *std::move(digests);
    return {};
}

Result<void> Maker::needRoom(std::uint64_t bytes) const
{
    std::error_code failed;
    auto const space = std::filesystem::space(folder_.path(), failed);
    if (failed)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", folder_.path().string(), failed.message()));
    if (space.available < bytes + spareBytes)
        return fail(ErrorCode::Unavailable,
                    fmt::format("{} has {} MiB free, and this backup needs {} MiB: make room, or remove backups there "
                                "that nobody needs any more",
                                folder_.path().string(), space.available >> 20, (bytes + spareBytes) >> 20));
    return {};
}

Result<void> Maker::needRoomForFiles() const
{
    QIANLI_ASSIGN(auto const files, dataFiles(data_));
    QIANLI_ASSIGN(auto const trail, trailFiles(data_));
    return needRoom(bytesOf(data_, files) + bytesOf(data_, trail) + bytesOf(data_, {"workflow.db", "workflow.db-wal"}));
}

bool Maker::isLinked(std::string const& path, struct stat const& status)
{
    auto const nanoseconds = [](timespec const& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; };
    BackupContents::Source const source{path, static_cast<std::uint64_t>(status.st_size), status.st_ino,
                                        nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
    if (source.bytes < worthLinking)
        return false;
    contents_.sources.push_back(source);
    auto const digest = formerDigests_.find(path);
    if (digest == formerDigests_.end() || std::ranges::find(former_.sources, source) == former_.sources.end())
        return false;
    // Where the file system knows no second names, it is copied.
    if (::link((formerFolder_ / path).c_str(), inBackup(path).c_str()) != 0)
        return false;
    digests_.insert_or_assign(path, digest->second);
    return true;
}

// `path`: in the backup, "data/…" or "configuration/…".
Result<void> Maker::copyOne(std::string const& path, std::filesystem::path const& from, Whole whole)
{
    if (path.find_first_of("\n\r\\") != std::string::npos)
        return fail(ErrorCode::Refused, fmt::format("{}: a name with such characters can't be listed", from.string()));
    QIANLI_TRY(createDirectoryDurably(inBackup(path).parent_path()));
    struct stat status {};
    if (::stat(from.c_str(), &status) == 0 && isLinked(path, status))
        return {};
    auto const copied = copyFile(from, inBackup(path), whole);
    // Released from quarantine, trimmed from the trail: what is gone needs no copy.
    if (!copied && copied.error().code == ErrorCode::NotFound)
        return {};
    if (!copied)
        return tl::unexpected(copied.error());
    digests_.insert_or_assign(path, copied->sha256);
    return {};
}

Result<void> Maker::copyDatabaseFiles()
{
    auto const target = inBackup("data/workflow.db");
    QIANLI_TRY(createDirectoryDurably(target.parent_path()));
    auto const copied =
        sqlite::copyDatabase(data_ / "workflow.db", target, [&](std::uint64_t done, std::uint64_t total) {
            progress_(done, total, "pages of workflow.db");
        });
    if (!copied)
        return tl::unexpected(Error(copied.error()).at("no backup was made, because workflow.db can't be copied"));
    QIANLI_ASSIGN(auto const copy, digestOf(target));
    digests_.insert_or_assign("data/workflow.db", copy.sha256);
    return {};
}

Result<void> Maker::copyTree(std::vector<std::string> const& paths)
{
    for (auto const& path : paths) {
        auto const inFolder = "data/" + path;
        // A record of quarantine whose object is gone is none.
        if (path.starts_with("quarantine/") && path.ends_with(".json") &&
            !digests_.contains(inFolder.substr(0, inFolder.size() - 5) + ".dcm"))
            continue;
        QIANLI_TRY(copyOne(inFolder, data_ / path, growsByLines(path) ? Whole::Lines : Whole::Bytes));
    }
    return {};
}

Result<void> Maker::copyConfiguration()
{
    auto const root = configuration_.file.parent_path();
    for (auto const& file : filesOfConfiguration(configuration_)) {
        auto const below = file.lexically_normal().lexically_relative(root);
        bool const isBelow = !below.empty() && *below.begin() != "..";
        QIANLI_TRY(copyOne("configuration/" + (isBelow ? below.generic_string()
                                                       : "elsewhere" + file.lexically_normal().generic_string()),
                           file, Whole::Bytes));
    }
    return {};
}

// Of the segment that is being written: the lines from its beginning that are whole. It is read piece by piece while
// others add to it, so only that is sure to have been there at one time.
Result<void> Maker::copyNewestReceipts(std::filesystem::path const& segment, std::string const& path)
{
    QIANLI_ASSIGN(std::string bytes, readFile(segment, 1ull << 30));
    std::size_t sound = 0;
    for (std::size_t end; (end = bytes.find('\n', sound)) != std::string::npos; sound = end + 1)
        if (!isSoundLine(std::string_view(bytes).substr(sound, end - sound)))
            break;
    bytes.resize(sound);
    QIANLI_TRY(createDirectoryDurably(inBackup(path).parent_path()));
    QIANLI_TRY(writeFileDurably(inBackup(path), bytes));
    QIANLI_ASSIGN(auto const copy, digestOf(inBackup(path)));
    digests_.insert_or_assign(path, copy.sha256);
    return {};
}

Result<void> Maker::copyReceipts()
{
    QIANLI_TRY(createDirectoryDurably(inBackup("data/archive/receipts")));
    QIANLI_ASSIGN(auto const segments, receiptSegments(data_ / "archive"));
    for (auto const& segment : segments) {
        auto const path = "data/archive/receipts/" + segment.filename().string();
        if (segment == segments.back()) {
            QIANLI_TRY(copyNewestReceipts(segment, path));
        } else {
            QIANLI_TRY(copyOne(path, segment, Whole::Bytes));
        }
    }
    return {};
}

// Those that the folder does not have yet, by the copied receipts.
Result<std::vector<std::uint64_t>> Maker::findNeeded(BlobStore const& copy, BackupObjects const& objects) const
{
    std::vector<std::uint64_t> needed;
    std::uint64_t bytes = 0;
    QIANLI_TRY(copy.replay(0, [&](Receipt const& receipt) -> Result<void> {
        if (!objects.holds(receipt)) {
            needed.push_back(receipt.sequence);
            bytes += receipt.location.dataSetOffset + receipt.location.dataSetLength;
        }
        return {};
    }));
    QIANLI_TRY(needRoom(bytes));
    return needed;
}

Result<void> Maker::copyNeeded(BlobStore const& copy, BackupObjects& objects)
{
    QIANLI_ASSIGN(auto const needed, findNeeded(copy, objects));
    QIANLI_ASSIGN(auto const original, BlobStore::openForReading(data_ / "archive"));
    auto next = needed.begin();
    QIANLI_TRY(copy.replay(0, [&](Receipt const& receipt) -> Result<void> {
        if (next == needed.end() || *next != receipt.sequence)
            return {};
        ++next;
        auto const added = objects.add(receipt, original->absolutePath(receipt.location));
        // One lost object must not keep all others from being saved; countObjects() names it.
        if (!added && added.error().code != ErrorCode::Corrupt && added.error().code != ErrorCode::NotFound)
            return tl::unexpected(added.error());
        if (added) {
            ++report_.newObjects;
            report_.newBytes += added->bytes;
        }
        progress_(static_cast<std::uint64_t>(next - needed.begin()), needed.size(), "new objects");
        return {};
    }));
    return objects.flush();
}

Result<void> Maker::countObjects()
{
    QIANLI_ASSIGN(auto const objects, BackupObjects::open(folder_.path()));
    QIANLI_ASSIGN(auto const copy, BlobStore::openForReading(inBackup("data/archive")));
    return copy->replay(0, [&](Receipt const& receipt) -> Result<void> {
        if (objects.holds(receipt))
            ++contents_.objects;
        else
            contents_.lostBefore.push_back(
                {receipt.sequence, fmt::format("{} of site {}, receipt {}: missing or damaged in the archive",
                                               receipt.sopInstance.value(), receipt.site.value, receipt.sequence)});
        return {};
    });
}

Result<void> Maker::copyArchive()
{
    std::uint64_t acknowledged = 0;
    {
        // Damage that no power cut explains is said here.
        QIANLI_ASSIGN(auto const original, BlobStore::openForReading(data_ / "archive"));
        acknowledged = original->lastSequence();
    }
    QIANLI_TRY(copyTree(archiveRecords(data_)));
    QIANLI_TRY(copyReceipts());
    {
        QIANLI_ASSIGN(auto const copy, BlobStore::openForReading(inBackup("data/archive")));
        contents_.lastSequence = copy->lastSequence();
        if (contents_.lastSequence < acknowledged)
            return fail(ErrorCode::Corrupt, fmt::format("the copied receipts end at {}, and {} were there",
                                                        contents_.lastSequence, acknowledged));
        QIANLI_ASSIGN(auto objects, BackupObjects::open(folder_.path()));
        QIANLI_TRY(objects.openForAdding());
        QIANLI_TRY(copyNeeded(*copy, objects));
    }
    // Once more: what was deleted on purpose meanwhile is no loss.
    QIANLI_TRY(copyTree(archiveRecords(data_)));
    return countObjects();
}

// Everything is on stable storage but folders; the name is the last act.
Result<void> Maker::complete(BackupArchive archive)
{
    contents_.configuration = configuration_.file.string();
    contents_.withArchive = archive == BackupArchive::Included;
    QIANLI_TRY(writeContents(building_, contents_));
    QIANLI_ASSIGN(auto const own, digestOf(building_ / "backup.json"));
    digests_.insert_or_assign("backup.json", own.sha256);
    QIANLI_TRY(writeDigests(building_ / "files.sha256", digests_));
    QIANLI_ASSIGN(auto const list, digestOf(building_ / "files.sha256"));
    QIANLI_TRY(writeFileDurably(building_ / "complete", digestLine("files.sha256", list.sha256)));
    std::error_code failed;
    for (std::filesystem::recursive_directory_iterator entry(building_, failed), end; !failed && entry != end;
         entry.increment(failed))
        if (entry->is_directory(failed))
            QIANLI_TRY(syncDirectory(entry->path()));
    if (failed)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", building_.string(), failed.message()));
    QIANLI_TRY(syncDirectory(building_));
    auto const finished = folder_.path() / contents_.name;
    if (::rename(building_.c_str(), finished.c_str()) != 0)
        return failErrno(fmt::format("renaming {}", building_.string()));
    return syncDirectory(folder_.path());
}

Result<BackupReport> Maker::make(BackupArchive archive, Clock const& clock)
{
    QIANLI_TRY(folder_.removeUnfinished());
    QIANLI_TRY(lookAtFormer());
    contents_.at = clock.now();
    contents_.name = folder_.newName(contents_.at);
    building_ = folder_.path() / (contents_.name + BackupFolder::unfinishedEnding);
    QIANLI_TRY(createDirectoryDurably(building_));
    auto const steps = [&]() -> Result<void> {
        QIANLI_TRY(needRoomForFiles());
        // What refers to the archive before the archive, and the trail after keys/, which hold its newest seal: a copy
        // may know more than what refers to it, never less.
        QIANLI_TRY(copyDatabaseFiles());
        QIANLI_ASSIGN(auto const files, dataFiles(data_));
        QIANLI_TRY(copyTree(files));
        QIANLI_ASSIGN(auto const trail, trailFiles(data_));
        QIANLI_TRY(copyTree(trail));
        QIANLI_TRY(copyConfiguration());
        if (archive == BackupArchive::Included)
            QIANLI_TRY(copyArchive());
        return complete(archive);
    };
    if (auto done = steps(); !done) {
        std::error_code ignored;
        std::filesystem::remove_all(building_, ignored);
        return tl::unexpected(std::move(done).error());
    }
    report_.name = contents_.name;
    report_.objects = contents_.objects;
    for (auto const& lost : contents_.lostBefore)
        report_.faults.push_back(lost.text);
    QIANLI_TRY(noteBackup(
        data_, {contents_.at, folder_.path(), contents_.name, contents_.objects, archive == BackupArchive::Included}));
    return report_;
}

} // namespace

Result<BackupReport> createBackup(Configuration const& configuration, std::filesystem::path const& folder,
                                  BackupArchive archive, Clock const& clock, BackupProgress const& progress)
{
    QIANLI_ASSIGN(auto const place, placeOutside(folder, configuration.data));
    QIANLI_TRY(refuseUnfinishedRestore(configuration.data));
    QIANLI_ASSIGN(auto const gateway, identityOf(configuration.data));
    QIANLI_ASSIGN(auto const opened, BackupFolder::make(place, gateway));
    return Maker(configuration, opened, progress).make(archive, clock);
}

} // namespace qianli::gateway
