// Quarantine: objects of callers that nobody has entered yet, below data/quarantine/, until a person says whose they
// are or that nobody wants them.
//
// Promise: as the archive's: finish() reports success only when object and record are on stable storage. Nothing here
// is indexed or seen anywhere else. What is released is in the archive before it leaves here, so that a release that
// was cut off is simply said again: nothing is lost, and nothing is there twice.
//
// Layout: an object is ID.dcm, a Part 10 file, and ID.json, who sent it; without its record it is not there. What
// people decided is kept in decisions.log, one JSON line each.
#pragma once

#include "gateway/ingest/quarantined_object.h"

#include <atomic>
#include <filesystem>
#include <map>
#include <unordered_map>

namespace qianli::gateway {

struct QuarantineSettings {
    std::filesystem::path folder;
    std::uint64_t limitBytes = 20ull << 30; // of the disk, in whole blocks and with the records
    std::uint64_t limitObjects = 200'000;   // each costs memory, two files, and time to list
    std::uint64_t diskReserveBytes = 2ull << 30;
    dicom::ScanLimits limits;
    std::function<void()> writingFailed = {}; // perhaps the disk is to blame; any thread
};

struct QuarantineReport {
    std::uint64_t objects = 0, bytes = 0; // that left quarantine
    std::uint64_t duplicates = 0;         // of these, in the archive already
    std::vector<std::string> failed;      // "ID: why"; they stay
};

// Calls between objects; false stops, and what was done before stays done.
using QuarantineProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

class Quarantine {
public:
    // Removes what was cut off while it came in. Conflict while another process has it open. `clock` outlives it.
    static Result<std::unique_ptr<Quarantine>> open(QuarantineSettings settings, Clock const& clock);
    // To look only, also beside a running gateway, oldest first; nothing where there is no such folder. Those whose
    // record can't be read are among them.
    static Result<std::vector<QuarantinedObject>> read(std::filesystem::path const& folder);
    ~Quarantine();

    // Unavailable when it is full (A700H), as below the disk reserve.
    Result<std::unique_ptr<Reception>> begin(Sender const& sender, Announcement const& announcement);

    // Into the archive, as objects that the site sent when they came here. NotFound when the selector fits none.
    Result<QuarantineReport> release(std::string const& selector, Sender const& site, std::string const& person,
                                     Ingest& ingest, QuarantineProgress const& progress);
    // For good; who and why is kept.
    Result<QuarantineReport> drop(std::string const& selector, std::string const& person, std::string const& reason);

    struct Usage {
        std::uint64_t objects = 0, bytes = 0; // of the disk
    };
    Usage usage() const;

private:
    friend class QuarantineReception;
    Quarantine(QuarantineSettings settings, Clock const& clock);

    // What is known of an object between decisions; the rest is read from its record again.
    struct Kept {
        Digest content{};
        std::uint64_t room = 0;
    };

    Result<void> clear();
    void add(QuarantinedObject const& object);
    // Takes over a file that is complete and whose room is claimed.
    Result<void> keep(QuarantinedObject const& object, std::string const& record);
    // The same is here already, and its bytes are still those that came.
    bool holds(QuarantinedObject const& object) const;
    Result<void> isWhole(std::string const& id, QuarantinedObject const& object) const;
    Result<void> admit();
    void leave(std::uint64_t claimed);
    Result<void> claimRoom(std::uint64_t bytes);
    std::filesystem::path fileOf(QuarantinedObject const& object) const;
    Result<std::vector<QuarantinedObject>> selected(std::string const& selector) const;
    Result<void> forget(std::span<QuarantinedObject const> objects);
    Result<void> note(nlohmann::json const& decision) const;
    // Tells where a write failed.
    template <typename Value>
    Result<Value> told(Result<Value> written) const
    {
        if (!written && written.error().code == ErrorCode::Unavailable && settings_.writingFailed)
            settings_.writingFailed();
        return written;
    }

    QuarantineSettings settings_;
    Clock const& clock_;
    FileDescriptor lock_;
    std::atomic<std::uint64_t> begun_ = 0;          // number of the newest reception
    std::mutex deciding_;                           // one release or drop at a time
    mutable std::mutex mutex_;                      // guards the rest
    std::unordered_map<std::string, Kept> objects_; // by ID
    std::map<Digest, std::string> contents_;        // IDs by who, what and digest, shortened
    std::uint64_t bytes_ = 0;                       // of the disk, with what is coming in
    std::uint64_t coming_ = 0;                      // objects
};

} // namespace qianli::gateway
