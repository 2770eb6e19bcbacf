// StoreService: C-STORE, from the announcement to the status (PS3.4 annex B).
//
// Promise: Success is said only after Ingest has said that the object is on stable storage.
#pragma once

#include "gateway/ingest/ingest.h"
#include "gateway/ingest/quarantine.h"
#include "gateway/service/caller.h"
#include "gateway/service/dimse_status.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace qianli::gateway {

// One object on its way in. After the first error the rest is taken and dropped: the peer learns the reason from the
// response.
class StoreOperation {
public:
    void append(std::span<std::uint8_t const> bytes);
    // `done` comes once: at once, or from the committer's thread. With what was stored, where something was.
    void finish(std::function<void(DimseStatus, StoreOutcome const*)> done);

private:
    friend class StoreService;
    std::unique_ptr<Reception> reception_;
    std::optional<DimseStatus> refusal_;
};

class StoreService {
public:
    // `quarantine`: where objects of unknown callers go; none: they are not admitted.
    explicit StoreService(Ingest& ingest, Quarantine* quarantine = nullptr) : ingest_(ingest), quarantine_(quarantine)
    {
    }
    StoreOperation begin(Caller const& caller, Announcement const& announcement) const;
    // An operation that only takes the bytes and answers with this.
    static StoreOperation refuse(DimseStatus status);

private:
    Ingest& ingest_;
    Quarantine* quarantine_;
};

} // namespace qianli::gateway
