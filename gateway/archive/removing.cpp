// Deleting: what is begun holds from its record on, and is finished, here or at the next start (LocalBlobStore).
#include "common/base/folder.h"
#include "common/base/log.h"
#include "gateway/archive/local_blob_store.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

namespace qianli::gateway {
namespace {

std::string folderOf(std::string const& path)
{
    return path.substr(0, path.rfind('/'));
}

// The name goes. True: the file has another one elsewhere, as in a copy made of hard links.
Result<bool> unlinkOne(std::filesystem::path const& file, bool& wasThere)
{
    auto const opened = openFile(file, O_RDONLY | O_NOFOLLOW);
    wasThere = ::unlink(file.c_str()) == 0;
    if (!wasThere && errno != ENOENT)
        return failErrno(fmt::format("deleting {}", file.string()));
    struct stat status {};
    return opened && ::fstat(opened->get(), &status) == 0 && status.st_nlink > 0;
}

// Copies that were kept of damaged objects are named by their sequence (damage.cpp).
Result<void> removeDamagedCopies(std::filesystem::path const& folder, SequenceSet const& removed)
{
    auto const names = namesIn(folder);
    if (!names)
        return names.error().code == ErrorCode::NotFound ? Result<void>() : tl::unexpected(names.error());
    bool isChanged = false;
    for (auto const& name : *names) {
        if (!removed.contains(std::strtoull(name.c_str(), nullptr, 10)))
            continue;
        auto const copy = folder / name;
        if (::unlink(copy.c_str()) != 0 && errno != ENOENT)
            return failErrno(fmt::format("deleting {}", copy.string()));
        isChanged = true;
    }
    return isChanged ? syncDirectory(folder) : Result<void>();
}

} // namespace

Result<std::uint64_t> LocalBlobStore::beginRemoval(Removal removal, std::span<Receipt const> receipts)
{
    if (!writable_)
        return fail(ErrorCode::Refused, "the archive is open for reading only");
    std::lock_guard const lock(commitMutex_);
    removal.sequences = {};
    removal.bytes = 0;
    for (Receipt const& receipt : receipts) {
        if (receipt.sequence == 0 || receipt.sequence > log_->lastSequence() || removals_->contains(receipt.sequence))
            return fail(ErrorCode::NotFound, fmt::format("there is no object {} to delete", receipt.sequence));
        removal.sequences.add(receipt.sequence);
        removal.bytes += receipt.location.dataSetOffset + receipt.location.dataSetLength;
    }
    QIANLI_TRY(removals_->begin(removal));
    bytes_ -= std::min<std::uint64_t>(bytes_, removal.bytes);
    auto& paths = unfinished_[removal.number];
    for (Receipt const& receipt : receipts)
        paths.insert(receipt.location.path);
    return removal.number;
}

// The checkpoint first: behind it no object has a second name in incoming/, and each is in its place or nowhere.
Result<BlobStore::Removed> LocalBlobStore::finishRemoval(std::uint64_t number)
{
    std::set<std::string> paths;
    {
        std::lock_guard const lock(commitMutex_);
        auto const found = unfinished_.find(number);
        if (found == unfinished_.end())
            return fail(ErrorCode::NotFound, fmt::format("no removal {} is under way", number));
        paths = found->second;
    }
    QIANLI_TRY(checkpoint());
    QIANLI_ASSIGN(Removed const removed, deleteFiles(paths, number));
    std::lock_guard const lock(commitMutex_);
    QIANLI_TRY(removals_->finish(number));
    unfinished_.erase(number);
    return removed;
}

// Nobody takes these places before the removal is finished (isFree).
Result<BlobStore::Removed> LocalBlobStore::deleteFiles(std::set<std::string> const& paths, std::uint64_t number)
{
    Removed removed;
    std::set<std::string> folders;
    noteDeleted(paths);
    for (std::string const& path : paths) {
        bool wasThere = false;
        QIANLI_ASSIGN(bool const hasAnother, unlinkOne(root_ / path, wasThere));
        removed.files += wasThere ? 1 : 0;
        removed.linkedElsewhere += hasAnother ? 1 : 0;
        folders.insert(folderOf(path));
        noteSound(path); // nothing is damaged there any more
    }
    {
        // Whoever stores an object makes its folder under this lock.
        std::lock_guard const lock(commitMutex_);
        std::set<std::string> above;
        for (std::string const& folder : folders)
            if (::rmdir((root_ / folder).c_str()) == 0) {
                touchedFolders_.erase(folder);
                above.insert(folderOf(folder));
            } else if (errno == ENOTEMPTY || errno == EEXIST) {
                above.insert(folder);
            } else if (errno != ENOENT) {
                return failErrno(fmt::format("deleting {}", (root_ / folder).string()));
            } else {
                above.insert(folderOf(folder));
            }
        folders = std::move(above);
    }
    QIANLI_TRY(syncFolders(folders));
    for (Removal const& one : removals_->unfinished())
        if (one.number == number)
            QIANLI_TRY(removeDamagedCopies(root_ / "damaged", one.sequences));
    for (std::string const& path : paths)
        if (::access((root_ / path).c_str(), F_OK) == 0 || errno != ENOENT)
            return fail(ErrorCode::Unavailable, fmt::format("{} is still there", (root_ / path).string()));
    return removed;
}

Result<void> LocalBlobStore::finishRemovals()
{
    std::vector<std::uint64_t> numbers;
    {
        std::lock_guard const lock(commitMutex_);
        for (auto const& [number, paths] : unfinished_)
            numbers.push_back(number);
    }
    for (std::uint64_t const number : numbers)
        QIANLI_TRY(finishRemoval(number));
    return {};
}

// At the start. Without a checkpoint this may be a copy that was made while files went: then all that was ever removed
// is looked at, because it may have come along.
Result<void> LocalBlobStore::resumeRemovals(bool isCopy)
{
    std::map<std::uint64_t, Removal> removals;
    if (isCopy)
        QIANLI_TRY(removals_->read(0, [&](Removal const& removal) -> Result<void> {
            removals.emplace(removal.number, removal);
            return {};
        }));
    else
        for (Removal& removal : removals_->unfinished())
            removals.emplace(removal.number, std::move(removal));
    if (removals.empty())
        return {};
    SequenceSet all;
    std::uint64_t first = log_->lastSequence();
    for (auto const& [number, removal] : removals) {
        all.add(removal.sequences);
        if (!removal.sequences.empty())
            first = std::min(first, removal.sequences.ranges().front().first - 1);
    }
    std::set<std::string> paths;
    QIANLI_TRY(log_->replay(isCopy ? 0 : first, [&](Receipt const& receipt) -> Result<void> {
        if (all.contains(receipt.sequence))
            paths.insert(receipt.location.path);
        else if (paths.contains(receipt.location.path))
            paths.erase(receipt.location.path); // the place was free again, and another object has it
        return {};
    }));
    bool anyUnfinished = false;
    for (Removal const& removal : removals_->unfinished()) {
        unfinished_[removal.number] = paths; // more than its own are looked at, which does no harm
        anyUnfinished = true;
    }
    if (anyUnfinished)
        log::information("deleting what was begun to be deleted when the gateway ended");
    auto const done = anyUnfinished ? finishRemovals() : deleteFiles(paths, 0).map([](Removed const& removed) {
        if (removed.files > 0)
            log::information("deleted {} files that had been deleted before, and came along with a copy",
                             removed.files);
    });
    if (!done)
        log::warning("{}; what was deleted is not gone from the disk yet, and the next start tries again",
                     done.error().message);
    return {};
}

// Who planned to read it before may come after.
bool LocalBlobStore::wasDeleted(std::string const& path) const
{
    std::lock_guard const guard(deletedMutex_);
    return deleted_.contains(XXH3_64bits(path.data(), path.size()));
}

void LocalBlobStore::noteDeleted(std::set<std::string> const& paths)
{
    constexpr std::size_t most = 1'000'000; // 8 bytes each; nobody's plan is older
    std::lock_guard const guard(deletedMutex_);
    if (deleted_.size() + paths.size() > most)
        deleted_.clear();
    for (std::string const& path : paths)
        deleted_.insert(XXH3_64bits(path.data(), path.size()));
}

// What is lost there from now on is damage.
void LocalBlobStore::noteTaken(std::string const& path)
{
    std::lock_guard const guard(deletedMutex_);
    deleted_.erase(XXH3_64bits(path.data(), path.size()));
}

// A removal that is begun takes the file, whenever it gets to it.
bool LocalBlobStore::isBeingEmptied(std::string const& path) const
{
    std::lock_guard const lock(commitMutex_);
    return std::ranges::any_of(unfinished_, [&](auto const& removal) { return removal.second.contains(path); });
}

bool LocalBlobStore::isFree(std::string const& path) const
{
    for (auto const& [number, paths] : unfinished_)
        if (paths.contains(path))
            return false;
    return ::access((root_ / path).c_str(), F_OK) != 0;
}

Result<void> LocalBlobStore::removals(std::uint64_t after, std::function<Result<void>(Removal const&)> visit) const
{
    return removals_->read(after, visit);
}

Result<void> LocalBlobStore::replayWithRemoved(std::uint64_t after,
                                               std::function<Result<void>(Receipt const&, bool removed)> visit) const
{
    return log_->replay(after,
                        [&](Receipt const& receipt) { return visit(receipt, removals_->contains(receipt.sequence)); });
}

} // namespace qianli::gateway
