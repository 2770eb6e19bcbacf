// Opening the archive: what a power cut or a kill left half-done is finished or removed.
#include "common/base/log.h"
#include "gateway/archive/local_blob_store.h"
#include "gateway/archive/receipt_line.h"

#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qianli::gateway {

Result<void> LocalBlobStore::openForWriting()
{
    QIANLI_TRY(createFolders());
    QIANLI_ASSIGN(lock_, openFile(root_ / "lock", O_RDWR | O_CREAT));
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
        return fail(ErrorCode::Conflict, fmt::format("{} is in use by another running gateway", root_.string()));
    QIANLI_ASSIGN(incomingDescriptor_, openFile(incomingFolder_, O_RDONLY | O_DIRECTORY));
    std::array<std::uint8_t, sizeof session_> random{};
    fillRandom(random);
    std::memcpy(&session_, random.data(), random.size());
    writable_ = true;
    QIANLI_TRY(recover());
    spareFiles_ =
        std::make_unique<SpareFiles>(incomingFolder_, incomingDescriptor_.get(), [this] { return newName(); });
    return {};
}

Result<void> LocalBlobStore::openToRead()
{
    if (::access((root_ / "receipts").c_str(), F_OK) != 0)
        return fail(ErrorCode::NotFound, fmt::format("there is no archive in {}", root_.string()));
    // The checkpoint first: what is written after it only makes the log longer.
    QIANLI_ASSIGN(Checkpoint const checkpoint, readCheckpoint());
    QIANLI_ASSIGN(log_, ReceiptLog::open(root_ / "receipts", ReceiptLog::Access::Read));
    // After the receipts: what it names is among them.
    QIANLI_ASSIGN(removals_, RemovalLog::open(root_ / "removals" / "log", RemovalLog::Access::Read));
    bytes_ = checkpoint.bytes;
    QIANLI_TRY(log_->replay(checkpoint.sequence, [&](Receipt const& receipt) -> Result<void> {
        bytes_ += receipt.location.dataSetOffset + receipt.location.dataSetLength;
        if (removals_->contains(receipt.sequence))
            return {};
        // The writer may have been killed before it gave the file its final name.
        if (::access((root_ / receipt.location.path).c_str(), F_OK) != 0 &&
            ::access((incomingFolder_ / receipt.incoming).c_str(), F_OK) == 0)
            unplaced_.emplace(receipt.location.path, receipt.incoming);
        return {};
    }));
    bytes_ -= std::min<std::uint64_t>(bytes_, removals_->bytesAfter(checkpoint.removals));
    return {};
}

Result<void> LocalBlobStore::createFolders()
{
    QIANLI_TRY(createDirectoryDurably(root_));
    for (char const* folder : {"incoming", "receipts", "objects"})
        if (::mkdir((root_ / folder).c_str(), 0700) != 0 && errno != EEXIST)
            return failErrno(fmt::format("creating {}", (root_ / folder).string()));
    // Also when they exist: who created them may have been killed before it could sync them.
    QIANLI_TRY(syncDirectory(root_));
    std::filesystem::path const parent = std::filesystem::absolute(root_).lexically_normal().parent_path();
    return syncDirectory(parent);
}

Result<void> LocalBlobStore::recover()
{
    QIANLI_ASSIGN(Checkpoint const last, readCheckpoint());
    QIANLI_ASSIGN(log_, ReceiptLog::open(root_ / "receipts", ReceiptLog::Access::Write));
    if (last.sequence > log_->lastSequence())
        return fail(
            ErrorCode::Corrupt,
            fmt::format("{}: the receipts end at {}, but the file checkpoint knows of {}: the end of the log is lost, "
                        "or this is a copy, where checkpoint may be removed",
                        root_.string(), log_->lastSequence(), last.sequence));
    QIANLI_ASSIGN(removals_, RemovalLog::open(root_ / "removals" / "log", RemovalLog::Access::Write));
    if (last.removals > removals_->last())
        return fail(ErrorCode::Corrupt,
                    fmt::format("{}: the removals end at {}, but the file checkpoint knows of {}: the end of their log "
                                "is lost, or this is a copy, where checkpoint may be removed",
                                root_.string(), removals_->last(), last.removals));
    bytes_ = last.bytes;
    checkpointed_ = last.sequence;
    checkpointedRemovals_ = last.removals;
    QIANLI_TRY(log_->replay(last.sequence, [&](Receipt const& receipt) -> Result<void> {
        std::string const& path = receipt.location.path;
        bytes_ += receipt.location.dataSetOffset + receipt.location.dataSetLength;
        if (removals_->contains(receipt.sequence))
            return {};
        // Who created these may have been killed before the checkpoint that would have synced them.
        for (std::size_t slash = path.rfind('/'); slash != std::string::npos; slash = path.rfind('/', slash - 1))
            touchedFolders_.insert(path.substr(0, slash));
        if (::access((root_ / path).c_str(), F_OK) == 0)
            return {};
        if (::access((incomingFolder_ / receipt.incoming).c_str(), F_OK) != 0)
            log::error("receipt {}: {} is missing from the archive", receipt.sequence, path);
        else if (auto placed = place(path, receipt.incoming); !placed)
            unplaced_.emplace(path, receipt.incoming);
        return {};
    }));
    bytes_ -= std::min<std::uint64_t>(bytes_, removals_->bytesAfter(last.removals));
    // Folders that were never made (a missing object) can't be synced.
    std::erase_if(touchedFolders_,
                  [&](std::string const& folder) { return ::access((root_ / folder).c_str(), F_OK) != 0; });
    if (auto done = checkpoint(); !done)
        log::warning("{}; repeated later", done.error().message);
    QIANLI_TRY(resumeRemovals(last.sequence == 0));
    removeStrangers();
    return {};
}

// What nobody was told Success for.
void LocalBlobStore::removeStrangers()
{
    std::set<std::string> needed(placedIncoming_.begin(), placedIncoming_.end());
    for (auto const& [path, incoming] : unplaced_)
        needed.insert(incoming);
    std::error_code error;
    std::vector<std::filesystem::path> strangers;
    for (auto const& entry : std::filesystem::directory_iterator(incomingFolder_, error))
        if (!needed.contains(entry.path().filename().string()))
            strangers.push_back(entry.path());
    for (std::filesystem::path const& stranger : strangers)
        ::unlink(stranger.c_str());
}

// Absent or unreadable: everything is looked at, which only takes longer.
Result<LocalBlobStore::Checkpoint> LocalBlobStore::readCheckpoint() const
{
    auto const bytes = readFile(root_ / "checkpoint", 4096);
    if (!bytes && bytes.error().code == ErrorCode::NotFound)
        return Checkpoint{};
    if (!bytes)
        return tl::unexpected(bytes.error());
    std::string_view line = *bytes;
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    if (auto const json = unframeLine(line)) {
        auto const values = nlohmann::json::parse(*json, nullptr, false);
        if (values.is_object() && values.contains("sequence") && values.contains("bytes"))
            return Checkpoint{values["sequence"].get<std::uint64_t>(), values["bytes"].get<std::uint64_t>(),
                              values.value("removals", std::uint64_t{0})};
    }
    log::warning("{}: unreadable, so all receipts are looked at", (root_ / "checkpoint").string());
    return Checkpoint{};
}

// The new one's bytes are synced so that a power cut leaves the old or the new one, never an empty file that would cost
// a long start. Its directory entry is not: the old checkpoint is as true as the new one.
void LocalBlobStore::writeCheckpoint(Checkpoint const& checkpoint)
{
    std::filesystem::path const path = root_ / "checkpoint";
    std::filesystem::path const fresh = root_ / "checkpoint.new";
    std::string const line = frameLine(fmt::format("{{\"sequence\":{},\"bytes\":{},\"removals\":{}}}",
                                                   checkpoint.sequence, checkpoint.bytes, checkpoint.removals));
    auto const write = [&]() -> Result<void> {
        QIANLI_ASSIGN(FileDescriptor const file, openFile(fresh, O_WRONLY | O_CREAT | O_TRUNC));
        QIANLI_TRY(writeAll(file.get(), {reinterpret_cast<std::uint8_t const*>(line.data()), line.size()}));
        QIANLI_TRY(syncFile(file.get()));
        if (::rename(fresh.c_str(), path.c_str()) != 0)
            return failErrno("renaming the checkpoint");
        return {};
    };
    if (auto done = write(); !done)
        log::warning("{}: {}; the next start takes longer", path.string(), done.error().message);
}

} // namespace qianli::gateway
