#include "gateway/archive/local_blob_store.h"

#include "common/base/log.h"
#include "common/base/text.h"
#include "gateway/archive/incoming_object.h"
#include "gateway/archive/object_path.h"
#include "gateway/archive/receipt_line.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

// A peer may put any bytes into an AE title; the log is UTF-8.
std::string readable(std::string text)
{
    if (!text::isUtf8(text))
        std::ranges::replace_if(
            text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    return text;
}

// What is tried for a file that was refused: its length, within bounds.
constexpr std::uint64_t leastTried = 4 << 10, mostTried = 64 << 20;
constexpr std::uint64_t mostWritten = 64 << 10; // of it, really written; for the rest its room is asked for

Result<void> tryRoomFor(int descriptor, std::uint64_t length)
{
    // A file system that can't answer is asked by what is written.
    if (::fallocate(descriptor, 0, 0, static_cast<off_t>(length)) != 0 && errno != EOPNOTSUPP && errno != ENOSYS &&
        errno != EINTR)
        return failErrno("taking room");
    return writeAll(descriptor, std::vector<std::uint8_t>(std::min(length, mostWritten)));
}

bool isTaken(std::filesystem::path const& path)
{
    return ::access(path.c_str(), F_OK) == 0;
}

} // namespace

Result<std::unique_ptr<BlobStore>> BlobStore::open(std::filesystem::path root)
{
    auto store = std::make_unique<LocalBlobStore>(std::move(root));
    QIANLI_TRY(store->openForWriting());
    return store;
}

Result<std::unique_ptr<BlobStore>> BlobStore::openForReading(std::filesystem::path root)
{
    auto store = std::make_unique<LocalBlobStore>(std::move(root));
    QIANLI_TRY(store->openToRead());
    return store;
}

LocalBlobStore::LocalBlobStore(std::filesystem::path root)
    : root_(std::move(root)), incomingFolder_(root_ / "incoming"),
      longestRefused_(std::make_shared<std::atomic<std::uint64_t>>(0))
{
}

Result<std::unique_ptr<IncomingObject>> LocalBlobStore::begin(dicom::FileMeta const& meta)
{
    if (!writable_)
        return fail(ErrorCode::Refused, "the archive is open for reading only");
    auto const spare = spareFiles_->take();
    using Name = LocalIncomingObject::Name;
    auto created = LocalIncomingObject::create(incomingFolder_ / (spare ? *spare : newName()),
                                               spare ? Name::Durable : Name::New, dicom::encodeFileMeta(meta));
    if (!created && spare)
        ::unlink((incomingFolder_ / *spare).c_str());
    if (!created)
        return tl::unexpected(std::move(created).error());
    (*created)->leaveWordOfRefusal(longestRefused_);
    return std::unique_ptr<IncomingObject>(std::move(*created));
}

std::string LocalBlobStore::newName()
{
    return fmt::format("{:016x}-{:08x}.dcm", session_, nextName_++);
}

Result<void> LocalBlobStore::fillIn(std::span<Commit> group)
{
    std::uint64_t sequence = log_->lastSequence();
    std::set<std::string> taken;
    for (Commit& commit : group) {
        auto const* object = dynamic_cast<LocalIncomingObject const*>(commit.object.get());
        if (object == nullptr || !object->isSealed())
            return fail(ErrorCode::Internal, "commit() of an object that was not sealed");
        Receipt& receipt = commit.receipt;
        receipt.sequence = ++sequence;
        receipt.digest = object->digest();
        receipt.callingAe = readable(std::move(receipt.callingAe));
        receipt.calledAe = readable(std::move(receipt.calledAe));
        receipt.person = readable(std::move(receipt.person));
        receipt.incoming = object->name();
        receipt.location.dataSetOffset = object->dataSetOffset();
        receipt.location.dataSetLength = object->dataSetLength();
        for (;; ++receipt.version) {
            receipt.location.path = objectPath(receipt.site, receipt.study, receipt.sopInstance, receipt.version);
            if (isFree(receipt.location.path) && !isTaken(absolutePath(receipt.location)) &&
                taken.insert(receipt.location.path).second)
                break;
        }
    }
    return {};
}

Result<void> LocalBlobStore::commit(std::span<Commit> group)
{
    if (!writable_)
        return fail(ErrorCode::Refused, "the archive is open for reading only");
    if (group.empty())
        return {};
    std::lock_guard const lock(commitMutex_);
    QIANLI_TRY(fillIn(group));
    std::string lines;
    for (Commit const& commit : group)
        appendReceiptLine(lines, commit.receipt, group.front().receipt.sequence);
    bool const allNamed = std::ranges::all_of(group, [](Commit const& commit) {
        return static_cast<LocalIncomingObject const&>(*commit.object).hasDurableName();
    });
    if (!allNamed && ::fsync(incomingDescriptor_.get()) != 0)
        return failErrno(fmt::format("syncing {}", incomingFolder_.string()));
    QIANLI_TRY(log_->append(lines, group.size()));

    // The objects are ours now. What goes wrong from here on, also for want of memory, is repeated by checkpoint() or
    // the next start, so all are kept before anything else.
    for (Commit& commit : group) {
        static_cast<LocalIncomingObject&>(*commit.object).keep();
        bytes_ += commit.receipt.location.dataSetOffset + commit.receipt.location.dataSetLength;
    }
    for (Commit const& commit : group) {
        BlobLocation const& location = commit.receipt.location;
        if (auto placed = place(location.path, commit.receipt.incoming); !placed) {
            log::warning("{}; the object stays in incoming/ until this succeeds", placed.error().message);
            std::lock_guard const guard(unplacedMutex_);
            unplaced_.emplace(location.path, commit.receipt.incoming);
        }
    }
    return {};
}

// Gives the file its final name. A second name rather than a rename: the first one is durable already, and stays until
// the second is (checkpoint). A rename would be lost with both names if its removal became durable before its new
// entry.
Result<void> LocalBlobStore::place(std::string const& path, std::string const& incoming)
{
    std::filesystem::path const from = incomingFolder_ / incoming;
    std::filesystem::path const to = root_ / path;
    int done = ::link(from.c_str(), to.c_str());
    if (done != 0 && errno == ENOENT) {
        QIANLI_TRY(createFolderOf(path));
        done = ::link(from.c_str(), to.c_str());
    }
    if (done != 0)
        return failErrno(fmt::format("linking {} to {}", from.string(), to.string()));
    noteTaken(path);
    touchedFolders_.insert(path.substr(0, path.rfind('/')));
    placedIncoming_.push_back(incoming);
    return {};
}

Result<void> LocalBlobStore::createFolderOf(std::string const& path)
{
    for (std::size_t slash = path.find('/'); (slash = path.find('/', slash + 1)) != std::string::npos;) {
        std::string const folder = path.substr(0, slash);
        if (::mkdir((root_ / folder).c_str(), 0700) == 0)
            touchedFolders_.insert(folder.substr(0, folder.rfind('/')));
        else if (errno != EEXIST)
            return failErrno(fmt::format("creating {}", (root_ / folder).string()));
    }
    return {};
}

// Commits go on meanwhile: what they touch belongs to the next checkpoint.
Result<void> LocalBlobStore::checkpoint()
{
    if (!writable_)
        return fail(ErrorCode::Refused, "the archive is open for reading only");
    std::lock_guard const one(checkpointMutex_);
    std::set<std::string> folders;
    std::vector<std::string> names;
    Checkpoint reached;
    {
        std::lock_guard const lock(commitMutex_);
        std::lock_guard const guard(unplacedMutex_);
        for (auto entry = unplaced_.begin(); entry != unplaced_.end(); entry = unplaced_.erase(entry))
            QIANLI_TRY(place(entry->first, entry->second));
        if (log_->lastSequence() == checkpointed_ && placedIncoming_.empty() &&
            removals_->last() == checkpointedRemovals_)
            return {};
        folders.swap(touchedFolders_);
        names.swap(placedIncoming_);
        reached = {log_->lastSequence(), bytes_, removals_->last()};
    }
    if (auto synced = syncFolders(folders); !synced) {
        std::lock_guard const lock(commitMutex_);
        touchedFolders_.merge(folders);
        placedIncoming_.insert(placedIncoming_.end(), names.begin(), names.end());
        return synced;
    }
    checkpointed_ = reached.sequence;
    checkpointedRemovals_ = reached.removals;
    writeCheckpoint(reached);
    for (std::string const& name : names)
        ::unlink((incomingFolder_ / name).c_str());
    return {};
}

// Many folders, as after a burst of small studies, cost more one by one than the whole file system at once.
Result<void> LocalBlobStore::syncFolders(std::set<std::string> const& folders) const
{
    constexpr std::size_t few = 64;
    if (folders.size() > few) {
        if (::syncfs(incomingDescriptor_.get()) != 0)
            return failErrno(fmt::format("syncing the file system of {}", root_.string()));
        return {};
    }
    for (std::string const& folder : folders)
        // One that is gone was emptied since by a removal, which syncs the folder above.
        if (auto synced = syncDirectory(root_ / folder); !synced && synced.error().code != ErrorCode::NotFound)
            return synced;
    return {};
}

Result<void> LocalBlobStore::replay(std::uint64_t after, std::function<Result<void>(Receipt const&)> visit) const
{
    return log_->replay(after, [&](Receipt const& receipt) {
        return removals_->contains(receipt.sequence) ? Result<void>() : visit(receipt);
    });
}

Result<BlobStore::Usage> LocalBlobStore::usage() const
{
    struct statvfs status {};
    if (::statvfs(root_.c_str(), &status) != 0)
        return failErrno(fmt::format("asking for the free space of {}", root_.string()));
    return Usage{log_->lastSequence() - removals_->objects(), bytes_,
                 static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize,
                 static_cast<std::uint64_t>(status.f_blocks) * status.f_frsize, (status.f_flag & ST_RDONLY) != 0};
}

Result<void> LocalBlobStore::tryToWrite()
{
    if (!writable_)
        return fail(ErrorCode::Refused, "the archive is open for reading only");
    auto const path = incomingFolder_ / newName();
    FileDescriptor const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
        return {};
    if (!file)
        return failErrno(fmt::format("creating {}", path.string()));
    auto tried = longestRefused_->load();
    auto done = tryRoomFor(file.get(), std::clamp(tried, leastTried, mostTried));
    if (done)
        done = syncFile(file.get());
    ::unlink(path.c_str());
    QIANLI_TRY(done);
    longestRefused_->compare_exchange_strong(tried, 0);
    if (::fsync(incomingDescriptor_.get()) != 0)
        return failErrno(fmt::format("syncing {}", incomingFolder_.string()));
    std::lock_guard const lock(commitMutex_);
    return log_->mend();
}

std::filesystem::path LocalBlobStore::absolutePath(BlobLocation const& location) const
{
    {
        std::lock_guard const guard(unplacedMutex_);
        // Who only looks has seen it there earlier; the writer may have brought it to its place since.
        if (auto const entry = unplaced_.find(location.path);
            entry != unplaced_.end() && isTaken(incomingFolder_ / entry->second))
            return incomingFolder_ / entry->second;
    }
    return root_ / location.path;
}

} // namespace qianli::gateway
