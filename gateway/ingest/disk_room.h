// DiskRoom: the space that objects on their way in may take, so that all of them together leave the reserve alone.
//
// No sender says how long its object will be, and each of hundreds may see the same free space. So each takes its room
// in small steps before it writes, and what is taken but not yet on the disk counts as used. Thread-safe.
#pragma once

#include "gateway/archive/blob_store.h"
#include "gateway/audit/observers.h"

#include <memory>
#include <mutex>

namespace qianli::gateway {

class DiskRoom {
public:
    // `store` outlives it.
    DiskRoom(BlobStore const& store, std::uint64_t reserveBytes, Observers observers)
        : store_(store), reserve_(reserveBytes), observers_(observers)
    {
    }

    // What one object holds. Gives it back when it goes.
    class Claim {
    public:
        explicit Claim(std::shared_ptr<DiskRoom> room) : room_(std::move(room)) {}
        ~Claim() { room_->giveBack(held_); }
        Claim(Claim const&) = delete;
        Claim& operator=(Claim const&) = delete;

        // Before so many bytes are written; Unavailable (A700H) when the reserve would be touched.
        Result<void> take(std::uint64_t bytes);

    private:
        std::shared_ptr<DiskRoom> room_;
        std::uint64_t held_ = 0; // counted as used
        std::uint64_t left_ = 0; // of it, not yet written
    };

private:
    Result<void> exchange(std::uint64_t held, std::uint64_t wanted);
    void giveBack(std::uint64_t held);

    BlobStore const& store_;
    std::uint64_t const reserve_;
    Observers const observers_;
    std::mutex mutex_; // guards claimed_
    std::uint64_t claimed_ = 0;
};

} // namespace qianli::gateway
