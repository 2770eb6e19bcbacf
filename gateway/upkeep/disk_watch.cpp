#include "gateway/upkeep/disk_watch.h"

#include "common/base/enduring.h"
#include "gateway/ingest/disk_trouble.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr char advice[] = "make room on the disk of the data folder; it goes on by itself";

} // namespace

DiskWatch::DiskWatch(BlobStore& store, std::uint64_t reserveBytes, std::uint32_t percent, Observers observers,
                     Duration every)
    : store_(store), reserve_(reserveBytes), percent_(percent), observers_(observers),
      thread_([this, every](std::stop_token const& stop) {
          while (!stop.stop_requested()) {
              endure([this] { look(); });
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
    judgeRoom(*usage);
    if (usage->readOnly || isWritingRefused(observers_))
        judgeWriting(store_, observers_);
}

// What was raised is not over when a single byte is free again: who makes room and who sends would take turns, and each
// turn would be told.
void DiskWatch::judgeRoom(BlobStore::Usage const& usage)
{
    bool const stands = observers_.stands("disk", "");
    auto const used = usage.totalBytes - std::min(usage.freeBytes, usage.totalBytes);
    auto const percent = used / std::max<std::uint64_t>(usage.totalBytes / 100, 1);
    // Objects on their way count, too (DiskRoom), so refusals begin a little above the reserve.
    auto const reserve = reserve_ + reserve_ / (observers_.stands("disk", "", Alarm::Level::Failure) ? 8 : 16);
    if (reserve_ > 0 && usage.freeBytes < reserve)
        observers_.raise("disk", "",
                         fmt::format("only {} bytes are free and {} are kept in reserve: C-STORE answers A700H, and "
                                     "devices keep their images",
                                     usage.freeBytes, reserve_),
                         advice);
    else if (usage.totalBytes > 0 && percent + (stands ? 1 : 0) >= percent_)
        observers_.raise(
            "disk", "", fmt::format("{} % of the archive's disk are used; {} bytes are free", percent, usage.freeBytes),
            advice, Alarm::Level::Warning);
    else
        observers_.clear("disk", "");
}

} // namespace qianli::gateway
