// BlobStore: received objects as plain DICOM Part 10 files on disk, and the receipt log beside them.
//
// Promise: an object is completely there or not there at all, also after a power cut; commit() returns only when
// objects and receipts are on stable storage. C-STORE answers Success after commit(), so a modality may delete its copy
// on our answer.
//
// Way of an object: begin() opens a file in incoming/ → append() as bytes arrive → seal() syncs the file → commit()
// syncs incoming/, appends and syncs the receipts (from here on a restart finds the object), and moves the files to
// their place; the directories of the final places are synced by checkpoint(), and open() repeats from the log what a
// power cut undid. The layout on disk: docs/decisions/0001-on-disk-layout.md; why this order of syncs:
// 0002-receive-journal.md.
#pragma once

#include "common/base/file.h"
#include "common/base/result.h"
#include "common/dicom/part10.h"
#include "gateway/archive/receipt.h"
#include "gateway/archive/removal.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace qianli::gateway {

// A file in incoming/ that is being received. Removed when it goes without having been committed.
class IncomingObject {
public:
    virtual ~IncomingObject() = default;
    virtual Result<void> append(std::span<std::uint8_t const> bytes) = 0;
    // Everything is written: syncs the file and gives its digest. No append() afterwards.
    virtual Result<Digest> seal() = 0;
    virtual std::uint64_t dataSetLength() const = 0;
};

struct StoredObject {
    FileDescriptor file;
    BlobLocation location;
};

// Who wants to know of objects that the disk has lost or changed, by their path. Called in the thread that saw it, as
// often as it is seen: must be quick.
struct DamageListener {
    std::function<void(std::string const& path, std::string const& what)> found;
    std::function<void(std::string const& path)> healed;
};

class BlobStore {
public:
    virtual ~BlobStore() = default;

    // Opens or creates the store and finishes or removes what a power cut left half-done. One process at a time:
    // Conflict while another has it open. Corrupt when the log is damaged where no power cut explains it.
    static Result<std::unique_ptr<BlobStore>> open(std::filesystem::path root);
    // To look only, also beside a running gateway: sees what was committed up to now, changes nothing. NotFound where
    // there is no archive; begin(), commit() and checkpoint() are refused.
    static Result<std::unique_ptr<BlobStore>> openForReading(std::filesystem::path root);

    // Unavailable when the disk refuses (C-STORE status A700H, PS3.4 B.2.3).
    virtual Result<std::unique_ptr<IncomingObject>> begin(dicom::FileMeta const& meta) = 0;

    struct Commit {
        std::unique_ptr<IncomingObject> object;
        Receipt receipt; // sequence, location and incoming are filled in by commit()
    };
    // A group of sealed objects as one act on the log; all or none on an error. A version whose place is taken gets the
    // next free one, so that nothing is ever overwritten.
    virtual Result<void> commit(std::span<Commit> group) = 0;

    // Corrupt when the file is missing or shorter than its receipt says.
    virtual Result<StoredObject> open(BlobLocation const& location) const = 0;
    // Reads the whole object and compares with the digest taken on receipt: Corrupt when it differs. OnDisk: not what
    // the system has in memory of it, which hides what the disk has lost.
    enum class Look { Anywhere, OnDisk };
    virtual Result<void> verify(Receipt const& receipt, Look where = Look::Anywhere) const = 0;

    // open() and verify() tell of damage by themselves; who reads in another way and finds other bytes says so here.
    virtual void noteDamage(Receipt const& receipt, Error const& what) const = 0;
    // Seen since the start, and not healed.
    virtual bool isKnownDamaged(BlobLocation const& location) const = 0;
    // Before the store is used by several threads.
    virtual void setDamageListener(DamageListener listener) = 0;
    // The same object came again and takes the place of the damaged or missing one, which is kept in damaged/; on
    // stable storage on return. Conflict when its meta header has another length, so that the receipt would not fit it;
    // the object is then still the caller's.
    virtual Result<void> heal(Receipt const& receipt, std::unique_ptr<IncomingObject>& object) = 0;
    // What lies at the places of a receipt's object, versions and all, holds this data set. For when nobody can be
    // asked (the index is being made again); otherwise the receipts know.
    virtual bool holdsAtItsPlace(Receipt const& receipt) const = 0;

    // All receipts with a sequence above `after`, in order, of what was not deleted. Stops with the error that `visit`
    // returns.
    virtual Result<void> replay(std::uint64_t after, std::function<Result<void>(Receipt const&)> visit) const = 0;
    virtual std::uint64_t lastSequence() const = 0;

    // Deletes objects: from the first of the two on they count as gone, which a restart does not forget; the second one
    // takes the files away, and returns when no name of them is left on stable storage. What stands between the two is
    // finished at the next start. Gives the number of the removal; sequences and bytes of it are filled in.
    virtual Result<std::uint64_t> beginRemoval(Removal removal, std::span<Receipt const> receipts) = 0;
    struct Removed {
        std::uint64_t files = 0;
        std::uint64_t linkedElsewhere = 0; // of these, how many a copy made of hard links still has
    };
    virtual Result<Removed> finishRemoval(std::uint64_t number) = 0;
    virtual Result<void> finishRemovals() = 0; // all that are begun
    virtual std::uint64_t lastRemoval() const = 0;
    virtual bool isRemoved(std::uint64_t sequence) const = 0;
    // Those above `after`, in order.
    virtual Result<void> removals(std::uint64_t after, std::function<Result<void>(Removal const&)> visit) const = 0;
    // replay() with what was deleted.
    virtual Result<void> replayWithRemoved(std::uint64_t after,
                                           std::function<Result<void>(Receipt const&, bool removed)> visit) const = 0;

    // Syncs the final places of everything committed so far, so that open() need not look at it again.
    virtual Result<void> checkpoint() = 0;

    struct Usage {
        std::uint64_t objects = 0, bytes = 0, freeBytes = 0, totalBytes = 0;
        bool readOnly = false; // the file system
    };
    virtual Result<Usage> usage() const = 0;
    // Does what commit() does, with a file that goes again at once, as long as what was refused last (64 MiB at most):
    // whether the disk takes it, and why not. Success, too, where nothing can be said of the disk because no descriptor
    // is left.
    virtual Result<void> tryToWrite() = 0;
    virtual std::filesystem::path absolutePath(BlobLocation const& location) const = 0;
};

} // namespace qianli::gateway
