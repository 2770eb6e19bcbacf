#include "gateway/upkeep/disk_watch.h"

#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr char advice[] = "make room on the disk of the data folder; it goes on by itself";

} // namespace

DiskWatch::DiskWatch(BlobStore const& store, std::uint64_t reserveBytes, std::uint32_t percent, Observers observers,
                     Duration every)
    : store_(store), reserve_(reserveBytes), percent_(percent), observers_(observers),
      thread_([this, every](std::stop_token const& stop) {
          while (!stop.stop_requested()) {
              look();
              std::unique_lock lock(mutex_);
              wake_.wait_for(lock, stop, every, [] { return false; });
          }
      })
{
}

DiskWatch::~DiskWatch() = default;

void DiskWatch::look()
{
    auto const usage = store_.usage();
    if (!usage) {
        observers_.raise("disk", "", usage.error().message, "see whether the disk of the data folder is there");
        return;
    }
    auto const used = usage->totalBytes - std::min(usage->freeBytes, usage->totalBytes);
    // Objects on their way count, too (DiskRoom), so refusals begin a little above the reserve.
    bool const isReserve = reserve_ > 0 && usage->freeBytes < reserve_ + reserve_ / 16;
    bool const isNearlyFull = usage->totalBytes > 0 && used >= usage->totalBytes / 100 * percent_;
    if (isReserve)
        observers_.raise("disk", "",
                         fmt::format("only {} bytes are free and {} are kept in reserve: C-STORE answers A700H, and "
                                     "devices keep their images",
                                     usage->freeBytes, reserve_),
                         advice);
    else if (isNearlyFull)
        observers_.raise("disk", "",
                         fmt::format("{} % of the archive's disk are used; {} bytes are free",
                                     used / std::max<std::uint64_t>(usage->totalBytes / 100, 1), usage->freeBytes),
                         advice);
    else
        observers_.clear("disk", "");
}

} // namespace qianli::gateway
