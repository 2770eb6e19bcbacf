// LocalBlobStore: the archive in a folder of this machine.
#pragma once

#include "gateway/archive/blob_store.h"
#include "gateway/archive/receipt_log.h"
#include "gateway/archive/removal_log.h"
#include "gateway/archive/spare_files.h"

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_set>

namespace qianli::gateway {

class LocalBlobStore final : public BlobStore {
public:
    explicit LocalBlobStore(std::filesystem::path root);
    Result<void> openForWriting();
    Result<void> openToRead();

    Result<std::unique_ptr<IncomingObject>> begin(dicom::FileMeta const& meta) override;
    Result<void> commit(std::span<Commit> group) override;
    Result<StoredObject> open(BlobLocation const& location) const override;
    Result<void> verify(Receipt const& receipt, Look where) const override;
    void noteDamage(Receipt const& receipt, Error const& what) const override;
    bool isKnownDamaged(BlobLocation const& location) const override;
    void setDamageListener(DamageListener listener) override { damageListener_ = std::move(listener); }
    Result<void> heal(Receipt const& receipt, std::unique_ptr<IncomingObject>& object) override;
    bool holdsAtItsPlace(Receipt const& receipt) const override;
    Result<void> replay(std::uint64_t after, std::function<Result<void>(Receipt const&)> visit) const override;
    std::uint64_t lastSequence() const override { return log_->lastSequence(); }
    Result<std::uint64_t> beginRemoval(Removal removal, std::span<Receipt const> receipts) override;
    Result<Removed> finishRemoval(std::uint64_t number) override;
    Result<void> finishRemovals() override;
    std::uint64_t lastRemoval() const override { return removals_->last(); }
    bool isRemoved(std::uint64_t sequence) const override { return removals_->contains(sequence); }
    Result<void> removals(std::uint64_t after, std::function<Result<void>(Removal const&)> visit) const override;
    Result<void> replayWithRemoved(std::uint64_t after,
                                   std::function<Result<void>(Receipt const&, bool removed)> visit) const override;
    Result<void> checkpoint() override;
    Result<Usage> usage() const override;
    Result<void> tryToWrite() override;
    std::filesystem::path absolutePath(BlobLocation const& location) const override;

private:
    struct Checkpoint {
        std::uint64_t sequence = 0; // final places are durable up to here
        std::uint64_t bytes = 0;    // sum of the files up to here, without what was deleted by then
        std::uint64_t removals = 0; // up to which removal that is
    };

    Result<void> createFolders();
    Result<void> recover();
    Result<Checkpoint> readCheckpoint() const;
    void writeCheckpoint(Checkpoint const& checkpoint);
    Result<void> syncFolders(std::set<std::string> const& folders) const;
    void removeStrangers();
    Result<void> fillIn(std::span<Commit> group);
    Result<void> place(std::string const& path, std::string const& incoming);
    Result<void> createFolderOf(std::string const& path);
    bool isFree(std::string const& path) const;
    bool isBeingEmptied(std::string const& path) const;
    bool wasDeleted(std::string const& path) const;
    void noteDeleted(std::set<std::string> const& paths);
    void noteTaken(std::string const& path);
    Result<Removed> deleteFiles(std::set<std::string> const& paths, std::uint64_t number);
    Result<void> resumeRemovals(bool isCopy);
    Result<StoredObject> openWhole(BlobLocation const& location) const;
    Result<void> compare(Receipt const& receipt, Look where) const;
    void noteDamageAt(std::string const& path, std::string const& what) const;
    void noteSound(std::string const& path) const;
    Result<void> keepDamaged(Receipt const& receipt) const;

    std::filesystem::path root_;
    std::filesystem::path incomingFolder_;
    FileDescriptor lock_;
    FileDescriptor incomingDescriptor_;
    std::unique_ptr<ReceiptLog> log_;
    std::unique_ptr<RemovalLog> removals_;
    bool writable_ = false;
    std::string newName(); // in incoming/
    std::uint64_t session_ = 0;
    std::atomic<std::uint64_t> nextName_{1};
    std::atomic<std::uint64_t> bytes_{0};
    std::shared_ptr<std::atomic<std::uint64_t>> const longestRefused_; // by the disk, since it last took as much

    std::mutex checkpointMutex_; // one checkpoint at a time, beside commits; guards the next two
    std::uint64_t checkpointed_ = 0;
    std::uint64_t checkpointedRemovals_ = 0;
    mutable std::mutex commitMutex_; // one commit at a time; guards the next three. Taken after checkpointMutex_
    std::map<std::uint64_t, std::set<std::string>> unfinished_; // places that removals are still to empty
    std::set<std::string> touchedFolders_;                      // got an entry since the last checkpoint, below root_
    std::vector<std::string> placedIncoming_; // second names in incoming/, not needed after the next checkpoint
    mutable std::mutex unplacedMutex_;        // guards unplaced_
    std::map<std::string, std::string>
        unplaced_; // committed, but the file system refused the final place: path → name in incoming/
    mutable std::mutex deletedMutex_; // guards deleted_
    std::unordered_set<std::uint64_t>
        deleted_; // digests of places that this process has emptied, and nobody took since
    DamageListener damageListener_;
    mutable std::mutex damageMutex_; // guards damaged_
    mutable std::set<std::string> damaged_;
    std::unique_ptr<SpareFiles> spareFiles_; // last: goes first
};

} // namespace qianli::gateway
