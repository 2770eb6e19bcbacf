#include "gateway/ingest/disk_room.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr std::uint64_t step = 256 << 10;
// What an object's writer may still have in memory when its step is used up.
constexpr std::uint64_t unwritten = 64 << 10;

} // namespace

Result<void> DiskRoom::Claim::take(std::uint64_t bytes)
{
    if (held_ > 0 && bytes <= left_) {
        left_ -= bytes;
        return {};
    }
    // What was held before is on the disk's own account by now.
    std::uint64_t const next = std::max(step, bytes - left_);
    QIANLI_TRY(room_->exchange(held_, next + unwritten));
    held_ = next + unwritten;
    left_ = next - (bytes - left_);
    return {};
}

Result<void> DiskRoom::exchange(std::uint64_t held, std::uint64_t wanted)
{
    std::uint64_t free = 0, others = 0;
    {
        std::lock_guard const lock(mutex_);
        QIANLI_ASSIGN(BlobStore::Usage const usage, store_.usage());
        free = usage.freeBytes;
        others = claimed_ - held;
        if (free >= reserve_ + others + wanted) {
            claimed_ = others + wanted;
            return {};
        }
    }
    auto text =
        fmt::format("only {} bytes are free on the archive's disk, {} of them are for objects on their way, and "
                    "{} are kept in reserve",
                    free, others, reserve_);
    observers_.raise("disk", "", text + ": C-STORE answers A700H, and devices keep their images",
                     "make room on the disk of the data folder; it goes on by itself");
    return fail(ErrorCode::Unavailable, std::move(text));
}

void DiskRoom::giveBack(std::uint64_t held)
{
    std::lock_guard const lock(mutex_);
    claimed_ -= held;
}

} // namespace qianli::gateway
