// Ingest: a received object becomes ours. The only way into archive and index, for the network and for imports alike.
//
// Promise: finish() reports success only when file, receipts and their directory are on stable storage and the object
// is in the index; concurrent receptions share the flushes (group commit). The same object again is success without a
// new row, when the disk still has it; other content under a known SOP Instance UID becomes a second version and is
// flagged. Nothing partial is ever visible.
#pragma once

#include "common/base/clock.h"
#include "common/dicom/data_set_scan.h"
#include "gateway/archive/blob_store.h"
#include "gateway/audit/observers.h"
#include "gateway/index/study_index.h"
#include "gateway/ingest/transfers.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace qianli::gateway {

// Who brings the object.
struct Sender {
    Origin origin = Origin::Site;
    model::SiteId site; // Origin::Site and Import
    std::string siteCharset;
    bool stat = false;                       // everything it brings is urgent
    std::vector<model::SiteId> visibleSites; // Origin::Station: the sites it sees; empty with seesAll
    bool seesAll = false;
    std::string person;
    std::string callingAe, calledAe, address;
    std::optional<TimePoint> receivedAt; // it came here before, into quarantine
    Transfers::Id transfer = 0;          // the association that it comes by, of Ingest::transfers()
};

// What the C-STORE command announced.
struct Announcement {
    dicom::Uid sopClass, sopInstance, transferSyntax;
    bool stat = false; // Priority (0000,0700) is HIGH
};

struct StoreOutcome {
    enum class Kind { Stored, Duplicate, NewVersion } kind = Kind::Stored;
    Receipt receipt;
    bool siteConflict = false;
};

class Reception {
public:
    using Completion = std::function<void(Result<StoreOutcome>)>;
    virtual ~Reception() = default;
    // InvalidInput as soon as the data set is known to be bad; the caller then drains the rest. Unavailable when the
    // disk is full.
    virtual Result<void> append(std::span<std::uint8_t const> bytes) = 0;
    // Syncs the file, hands the object to the committer and returns; `done` is called once, from the committer's
    // thread, after the listeners know (after stop(): from this one, with Unavailable). Destroying the Reception before
    // finish() forgets the object.
    virtual void finish(Completion done) = 0;
};

// What others learn after the commit. Called on the committer's thread: must be quick and must not throw.
struct StudyEvent {
    model::SiteId site;
    dicom::Uid study;
    std::uint64_t sequence = 0;
    bool fromStation = false;
};
// Objects that a device sent again, byte for byte: they are here already and nothing in the archive tells of it.
struct RepeatEvent {
    model::SiteId site;
    std::string callingAe, address;
    std::uint64_t objects = 0;
    TimePoint lastAt{};
};
class StudyEvents {
public:
    virtual ~StudyEvents() = default;
    virtual void onCommitted(StudyEvent const& event) = 0;
    virtual void onRepeated(RepeatEvent const&) {}
};

// What the text of an object meant where it declared nothing or lied. Asked by several threads at the same time.
using CharsetOf = std::function<std::string(Receipt const&)>;

struct IngestSettings {
    std::uint64_t diskReserveBytes = 2ull << 30;
    dicom::ScanLimits limits;
    Observers observers = {};
    CharsetOf charsetOf;                  // for objects that are read again; where it is not given: as the receipt says
    std::size_t groupLimit = 256;         // objects of one commit
    std::uint64_t checkpointEvery = 2000; // objects; also after a second without work
};

class Ingest {
public:
    virtual ~Ingest() = default;
    // Brings the index up to the archive first (replays the tail). Corrupt when the index knows more than the archive.
    static Result<std::unique_ptr<Ingest>> start(BlobStore& store, StudyIndex& index, Clock const& clock,
                                                 IngestSettings settings);

    // Listeners are added before the first begin().
    virtual void addListener(StudyEvents& listener) = 0;

    // Unavailable below the disk reserve (A700H); Refused where a rule forbids it.
    virtual Result<std::unique_ptr<Reception>> begin(Sender const& sender, Announcement const& announcement) = 0;
    // Who sends now, and how those left who did.
    virtual Transfers& transfers() = 0;
    // Something beside the archive could not be written: where the archive's disk is to blame, people learn of it. Any
    // thread.
    virtual void judgeDisk() = 0;
    // How long the group of objects at hand takes already; 0 when nothing is to be done.
    virtual Duration busyFor() const = 0;
    // Finishes what was handed over and stops the committer; checkpoints archive and index.
    virtual Result<void> stop() = 0;
};

// Replays every receipt through its file's header into an empty index (archive reindex). Files that are missing or
// damaged are counted and named, and don't stop the rest. Without `charsetOf` an object is read as its receipt says.
struct ReindexReport {
    std::uint64_t objects = 0;
    std::vector<std::string> damaged;
};
Result<ReindexReport> reindex(BlobStore const& store, StudyIndex& index, CharsetOf const& charsetOf,
                              std::function<void(std::uint64_t done, std::uint64_t total)> progress);

} // namespace qianli::gateway
