// Bringing a gateway back from a backup.
#include "gateway/archive/blob_store.h"
#include "gateway/upkeep/backup.h"
#include "gateway/upkeep/backup_folder.h"
#include "gateway/upkeep/backup_objects.h"
#include "gateway/upkeep/backup_state.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace qianli::gateway {
namespace {

constexpr char markName[] = "restore.unfinished";
constexpr std::string_view inData = "data/";

bool isUnfinished(std::filesystem::path const& data)
{
    return ::access((data / markName).c_str(), F_OK) == 0;
}

// An archive/ that was there before a restore may be the only one: none but what a restore made is ever cleared.
struct Mark {
    std::string folder, backup;
    bool madeArchive = false;
};

Result<void> write(Mark const& mark, std::filesystem::path const& data)
{
    nlohmann::ordered_json const json = {
        {"folder", mark.folder}, {"backup", mark.backup}, {"archive", mark.madeArchive ? "made" : "before"}};
    return writeFileDurably(data / markName, json.dump() + "\n");
}

bool hasMadeArchive(std::filesystem::path const& data)
{
    auto const text = readFile(data / markName, 1 << 20);
    if (!text)
        return false;
    auto const json = nlohmann::json::parse(*text, nullptr, false);
    return json.is_object() && json.value("archive", nlohmann::json()) == "made";
}

// Empties a folder that an earlier restore has filled in part.
Result<void> clear(std::filesystem::path const& data, bool keepArchive)
{
    std::error_code failed;
    std::vector<std::filesystem::path> entries;
    for (std::filesystem::directory_iterator entry(data, failed), end; !failed && entry != end; entry.increment(failed))
        if (auto const name = entry->path().filename();
            name != "lost+found" && name != markName && !(keepArchive && name == "archive"))
            entries.push_back(entry->path());
    for (auto const& path : entries)
        if (!failed)
            std::filesystem::remove_all(path, failed);
    if (failed)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", data.string(), failed.message()));
    return {};
}

// Nothing of a gateway is in it.
Result<void> needEmpty(std::filesystem::path const& data, bool withArchive)
{
    std::error_code failed;
    for (std::filesystem::directory_iterator entry(data, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        auto const name = entry->path().filename();
        if (name != "lost+found" && (withArchive || name != "archive"))
            return fail(
                ErrorCode::Refused,
                fmt::format(
                    "the data folder {0} is not empty (it holds {1}), and a backup is restored into an "
                    "empty one: stop the gateway, move the folder away (mv {0} {0}.old), and say it again. Where "
                    "only workflow.db is lost, `backup restore DIR --only-workflow` brings back that alone",
                    data.string(), name.string()));
    }
    if (failed && failed != std::errc::no_such_file_or_directory)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", data.string(), failed.message()));
    return {};
}

Result<void> needNoArchive(std::filesystem::path const& data)
{
    auto const archive = data / "archive";
    if (::access(archive.c_str(), F_OK) != 0 && errno == ENOENT)
        return {};
    return fail(ErrorCode::Refused,
                fmt::format("{0} was there before the restore that was cut off, and may be newer than this backup, "
                            "which would take its place: keep it by restoring a backup made with --without-archive, or "
                            "move it away (mv {0} {1}.archive.old), and say it again",
                            archive.string(), data.string()));
}

Result<void> needRoom(std::filesystem::path const& data, std::uint64_t bytes)
{
    std::error_code failed;
    auto const space = std::filesystem::space(data, failed);
    if (!failed && space.available < bytes)
        return fail(ErrorCode::Unavailable, fmt::format("{} has {} MiB free, and the backup needs {} MiB",
                                                        data.string(), space.available >> 20, (bytes >> 20) + 1));
    return {};
}

Result<void> restoreFiles(std::filesystem::path const& backup, std::filesystem::path const& data)
{
    QIANLI_ASSIGN(auto const digests, readDigests(backup / "files.sha256"));
    for (auto const& [name, digest] : digests) {
        if (!name.starts_with(inData) || !isPathBelow(name))
            continue;
        auto const target = data / name.substr(inData.size());
        QIANLI_TRY(createDirectoryDurably(target.parent_path()));
        QIANLI_ASSIGN(auto const copy, copyFile(backup / name, target, Whole::Bytes));
        if (copy.sha256 != digest)
            return fail(ErrorCode::Corrupt,
                        fmt::format("{}: the bytes are not those that were written", (backup / name).string()));
    }
    return {};
}

Result<void> makeFolders(std::filesystem::path const& root, std::string const& path)
{
    for (std::size_t slash = 0; (slash = path.find('/', slash + 1)) != std::string::npos;)
        if (auto const folder = root / path.substr(0, slash); ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
            return failErrno(fmt::format("creating {}", folder.string()));
    return {};
}

Result<std::uint64_t> restoreObjects(std::filesystem::path const& folder, BackupContents const& contents,
                                     std::filesystem::path const& archive, BackupProgress const& progress)
{
    QIANLI_ASSIGN(auto const objects, BackupObjects::open(folder));
    QIANLI_ASSIGN(auto const store, BlobStore::openForReading(archive));
    std::uint64_t done = 0;
    auto const restore = [&](Receipt const& receipt) -> Result<void> {
        if (!objects.holds(receipt)) // lost before; verifyBackup() has seen to the rest
            return {};
        if (!isOwnPlace(receipt))
            return fail(ErrorCode::Corrupt, fmt::format("receipt {} names a strange place", receipt.sequence));
        QIANLI_TRY(makeFolders(archive, receipt.location.path));
        auto const target = archive / receipt.location.path;
        QIANLI_TRY(readObject(objects.pathOf(receipt), receipt, &target));
        progress(++done, contents.objects, "objects");
        return {};
    };
    QIANLI_TRY(store->replay(0, restore));
    return done;
}

tl::unexpected<Error> failUnsound(BackupVerification const& verified)
{
    return fail(
        ErrorCode::Corrupt,
        fmt::format("nothing was restored, because backup {} is not sound: {}{}; `backup verify` names all that is "
                    "wrong, --backup takes an earlier one",
                    verified.name, verified.faults.front(),
                    verified.faults.size() > 1 ? fmt::format(" (and {} more)", verified.faults.size() - 1)
                                               : std::string()));
}

// The log goes with its database, or it would be taken for the new one's.
Result<void> setAside(std::filesystem::path const& workflow, TimePoint now)
{
    auto time = toIso8601(now).substr(0, 19) + "Z";
    std::ranges::replace(time, ':', '-');
    for (auto const* suffix : {".open", "-shm", "-wal", ""}) {
        auto const from = workflow.string() + suffix;
        if (::rename(from.c_str(), fmt::format("{}.replaced-{}{}", workflow.string(), time, suffix).c_str()) != 0 &&
            errno != ENOENT)
            return failErrno(fmt::format("renaming {}", from));
    }
    return {};
}

Result<void> syncAll(std::filesystem::path const& data)
{
    QIANLI_ASSIGN(FileDescriptor const opened, openFile(data, O_RDONLY | O_DIRECTORY));
    if (::syncfs(opened.get()) != 0)
        return failErrno(fmt::format("syncing the file system of {}", data.string()));
    return {};
}

} // namespace

Result<Restored> restoreBackup(std::filesystem::path const& folder, std::string const& name,
                               std::filesystem::path const& data, BackupProgress const& progress)
{
    QIANLI_ASSIGN(auto const opened, BackupFolder::open(folder));
    QIANLI_ASSIGN(auto const chosen, opened.choose(name));
    auto const backup = opened.path() / chosen;
    QIANLI_ASSIGN(auto const contents, readContents(backup));
    bool const isAgain = isUnfinished(data);
    bool const madeBefore = isAgain && hasMadeArchive(data);
    if (!isAgain)
        QIANLI_TRY(needEmpty(data, contents.withArchive));
    else if (contents.withArchive && !madeBefore)
        QIANLI_TRY(needNoArchive(data));
    QIANLI_ASSIGN(auto const verified, verifyBackup(folder, chosen, progress));
    if (!verified.faults.empty())
        return failUnsound(verified);
    QIANLI_TRY(createDirectoryDurably(data));
    Mark mark{opened.path().string(), chosen, madeBefore || contents.withArchive};
    QIANLI_TRY(write(mark, data));
    QIANLI_TRY(clear(data, !mark.madeArchive));
    if (std::exchange(mark.madeArchive, contents.withArchive) != contents.withArchive)
        QIANLI_TRY(write(mark, data)); // whoever puts one there from now on, it is not we
    QIANLI_TRY(needRoom(data, verified.bytes));

    Restored result{chosen, contents.at, contents.withArchive, 0, verified.lostBefore, backup / "configuration"};
    QIANLI_TRY(restoreFiles(backup, data));
    if (contents.withArchive) {
        // Of a gateway that had received nothing yet there is no file, and it had an archive all the same.
        if (std::error_code ignored; !std::filesystem::exists(data / "archive", ignored))
            QIANLI_TRY(BlobStore::open(data / "archive"));
        QIANLI_ASSIGN(result.objects, restoreObjects(opened.path(), contents, data / "archive", progress));
    }
    std::error_code failed;
    QIANLI_TRY(noteBackup(data, {contents.at, std::filesystem::absolute(opened.path(), failed), chosen,
                                 contents.objects, contents.withArchive}));
    QIANLI_TRY(syncAll(data));
    return result;
}

Result<Restored> restoreWorkflow(std::filesystem::path const& folder, std::string const& name,
                                 std::filesystem::path const& data, Clock const& clock, BackupProgress const& progress)
{
    QIANLI_TRY(refuseUnfinishedRestore(data));
    auto const archive = BlobStore::open(data / "archive"); // and nobody else has it
    if (!archive && archive.error().code == ErrorCode::Conflict)
        return fail(ErrorCode::Conflict, "the gateway is running: stop it first");
    if (!archive)
        return tl::unexpected(archive.error());
    QIANLI_ASSIGN(auto const opened, BackupFolder::open(folder));
    QIANLI_ASSIGN(auto const chosen, opened.choose(name));
    QIANLI_ASSIGN(auto const verified, verifyBackup(folder, chosen, progress, BackupArchive::LeftOut));
    if (!verified.faults.empty())
        return failUnsound(verified);
    auto const backup = opened.path() / chosen;
    QIANLI_ASSIGN(auto const contents, readContents(backup));
    auto const place = data / "workflow.db";
    auto const fresh = data / "workflow.db.restored";
    QIANLI_TRY(copyFile(backup / "data" / "workflow.db", fresh, Whole::Bytes));
    QIANLI_TRY(setAside(place, clock.now()));
    if (::rename(fresh.c_str(), place.c_str()) != 0)
        return failErrno(fmt::format("renaming {}", fresh.string()));
    QIANLI_TRY(syncDirectory(data));
    return Restored{chosen, contents.at, false, 0, {}, backup / "configuration"};
}

Result<void> finishRestore(std::filesystem::path const& data)
{
    QIANLI_TRY(syncAll(data));
    if (::unlink((data / markName).c_str()) != 0)
        return failErrno(fmt::format("removing {}", (data / markName).string()));
    return syncDirectory(data);
}

Result<void> refuseUnfinishedRestore(std::filesystem::path const& data)
{
    if (!isUnfinished(data))
        return {};
    return fail(ErrorCode::Refused, fmt::format("a restore into {} was cut off, so what is there is not whole: say "
                                                "`backup restore` again",
                                                data.string()));
}

} // namespace qianli::gateway
