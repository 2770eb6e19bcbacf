// What the disk has lost or changed: how it is seen, remembered, and healed when the object comes again.
#include "common/base/log.h"
#include "common/base/stored_file.h"
#include "gateway/archive/incoming_object.h"
#include "gateway/archive/local_blob_store.h"
#include "gateway/archive/object_path.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

constexpr std::size_t readAtOnce = 256 << 10;

Result<Digest> digestOf(int descriptor, std::uint64_t offset, std::uint64_t length)
{
    std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> const hash(XXH3_createState(), &XXH3_freeState);
    XXH3_128bits_reset(hash.get());
    std::vector<std::uint8_t> buffer(std::min<std::uint64_t>(readAtOnce, length));
    while (length > 0) {
        auto const piece = std::span(buffer).first(std::min<std::uint64_t>(length, buffer.size()));
        QIANLI_TRY(readAllAt(descriptor, piece, offset));
        XXH3_128bits_update(hash.get(), piece.data(), piece.size());
        offset += piece.size();
        length -= piece.size();
    }
    return toDigest(XXH3_128bits_digest(hash.get()));
}

} // namespace

Result<StoredObject> LocalBlobStore::openWhole(BlobLocation const& location) const
{
    std::filesystem::path const path = absolutePath(location);
    auto file = openStored(path);
    if (!file && file.error().code == ErrorCode::NotFound && wasDeleted(location.path))
        return fail(ErrorCode::NotFound, fmt::format("{} was deleted", path.string()));
    if (!file && file.error().code == ErrorCode::NotFound)
        return fail(ErrorCode::Corrupt, fmt::format("{} is missing from the archive", path.string()));
    if (!file)
        return tl::unexpected(std::move(file).error());
    struct stat status {};
    if (::fstat(file->get(), &status) != 0)
        return failErrno(fmt::format("looking at {}", path.string()));
    std::uint64_t const expected = location.dataSetOffset + location.dataSetLength;
    if (static_cast<std::uint64_t>(status.st_size) != expected)
        return fail(ErrorCode::Corrupt,
                    fmt::format("{} has {} bytes where its receipt says {}", path.string(), status.st_size, expected));
    return StoredObject{std::move(*file), location};
}

Result<StoredObject> LocalBlobStore::open(BlobLocation const& location) const
{
    auto opened = openWhole(location);
    if (!opened && opened.error().code == ErrorCode::Corrupt)
        noteDamageAt(location.path, opened.error().message);
    return opened;
}

Result<void> LocalBlobStore::compare(Receipt const& receipt, Look where) const
{
    BlobLocation const& location = receipt.location;
    if (isRemoved(receipt.sequence))
        return fail(ErrorCode::NotFound, fmt::format("{} was deleted", absolutePath(location).string()));
    QIANLI_ASSIGN(StoredObject const object, openWhole(location));
    if (where == Look::OnDisk)
        ::posix_fadvise(object.file.get(), 0, 0, POSIX_FADV_DONTNEED);
    auto const now = digestOf(object.file.get(), location.dataSetOffset, location.dataSetLength);
    if (!now)
        return tl::unexpected(Error(now.error()).at(absolutePath(location).string()));
    if (*now != receipt.digest)
        return fail(ErrorCode::Corrupt,
                    fmt::format("{}: the bytes are not those that were received", absolutePath(location).string()));
    return {};
}

Result<void> LocalBlobStore::verify(Receipt const& receipt, Look where) const
{
    auto sound = compare(receipt, where);
    if (sound)
        noteSound(receipt.location.path);
    else if (sound.error().code == ErrorCode::Corrupt)
        noteDamage(receipt, sound.error());
    return sound;
}

void LocalBlobStore::noteDamage(Receipt const& receipt, Error const& what) const
{
    if (isRemoved(receipt.sequence))
        return;
    noteDamageAt(receipt.location.path, fmt::format("{} of site {}, receipt {}: {}", receipt.sopInstance.value(),
                                                    receipt.site.value, receipt.sequence, what.message));
}

void LocalBlobStore::noteDamageAt(std::string const& path, std::string const& what) const
{
    {
        std::lock_guard const lock(damageMutex_);
        damaged_.insert(path);
    }
    if (damageListener_.found)
        damageListener_.found(path, what);
}

void LocalBlobStore::noteSound(std::string const& path) const
{
    {
        std::lock_guard const lock(damageMutex_);
        if (damaged_.erase(path) == 0)
            return;
    }
    if (damageListener_.healed)
        damageListener_.healed(path);
}

bool LocalBlobStore::isKnownDamaged(BlobLocation const& location) const
{
    std::lock_guard const lock(damageMutex_);
    return damaged_.contains(location.path);
}

// A second name for what is there, so that there is no moment without any file. Somebody may still find a use for it:
// half a picture, or what the disk does to files.
Result<void> LocalBlobStore::keepDamaged(Receipt const& receipt) const
{
    std::filesystem::path const from = root_ / receipt.location.path;
    if (::access(from.c_str(), F_OK) != 0)
        return {};
    std::filesystem::path const folder = root_ / "damaged";
    QIANLI_TRY(createDirectoryDurably(folder));
    std::string const stem = fmt::format("{:020}-{}", receipt.sequence, from.stem().string());
    for (int number = 1;; ++number) {
        auto const to = folder / fmt::format("{}.{}.dcm", stem, number);
        if (::link(from.c_str(), to.c_str()) == 0)
            return syncDirectory(folder);
        if (errno != EEXIST)
            return failErrno(fmt::format("keeping {} as {}", from.string(), to.string()));
    }
}

// One rename, and the receipt is true again: it says where, how long and which digest.
Result<void> LocalBlobStore::heal(Receipt const& receipt, std::unique_ptr<IncomingObject>& object)
{
    auto* const fresh = dynamic_cast<LocalIncomingObject*>(object.get());
    if (!writable_ || fresh == nullptr || !fresh->isSealed() || fresh->digest() != receipt.digest)
        return fail(ErrorCode::Internal, "heal() with an object that is not the one of the receipt");
    BlobLocation const& location = receipt.location;
    if (fresh->dataSetOffset() != location.dataSetOffset || fresh->dataSetLength() != location.dataSetLength)
        return fail(ErrorCode::Conflict, fmt::format("{}: the object came from another sender", location.path));
    std::lock_guard const lock(commitMutex_);
    if (isRemoved(receipt.sequence))
        return fail(ErrorCode::Conflict, fmt::format("{}: the object was deleted meanwhile", location.path));
    QIANLI_TRY(keepDamaged(receipt));
    QIANLI_TRY(createFolderOf(location.path));
    std::filesystem::path const from = incomingFolder_ / fresh->name();
    std::filesystem::path const to = root_ / location.path;
    if (::rename(from.c_str(), to.c_str()) != 0)
        return failErrno(fmt::format("renaming {} to {}", from.string(), to.string()));
    fresh->keep();
    object.reset();
    noteTaken(location.path);
    {
        // It never had its place; now it has it.
        std::lock_guard const guard(unplacedMutex_);
        if (auto const waiting = unplaced_.extract(location.path))
            placedIncoming_.push_back(waiting.mapped());
    }
    // The chain above it, too: it may have been lost with the file.
    for (auto folder = to.parent_path(); folder != root_; folder = folder.parent_path())
        QIANLI_TRY(syncDirectory(folder));
    log::information("{} came again and took the place of what the disk had lost; the damaged file is in {}",
                     receipt.sopInstance.value(), (root_ / "damaged").string());
    noteSound(location.path);
    return {};
}

bool LocalBlobStore::holdsAtItsPlace(Receipt const& receipt) const
{
    for (int version = 1;; ++version) {
        auto const place = objectPath(receipt.site, receipt.study, receipt.sopInstance, version);
        auto const path = root_ / place;
        if (isBeingEmptied(place))
            continue;
        if (::access(path.c_str(), F_OK) != 0)
            return false;
        auto const layout = dicom::readPart10Layout(path);
        if (!layout || layout->fileSize < layout->dataSetOffset ||
            layout->meta.transferSyntaxUid != receipt.transferSyntax)
            continue;
        auto const file = openFile(path, O_RDONLY);
        if (!file)
            continue;
        auto const digest = digestOf(file->get(), layout->dataSetOffset, layout->fileSize - layout->dataSetOffset);
        if (digest && *digest == receipt.digest)
            return true;
    }
}

} // namespace qianli::gateway
