// DiskWatch: the alarm `disk`, raised when the archive's disk is nearly full (a warning) or what is kept in reserve is
// reached, and cleared when there is room again, also when nobody sends; and the end of `disk archive`
// (disk_trouble.h).
#pragma once

#include "gateway/archive/blob_store.h"
#include "gateway/audit/observers.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace qianli::gateway {

class DiskWatch {
public:
    // `store` outlives it.
    DiskWatch(BlobStore& store, std::uint64_t reserveBytes, std::uint32_t percent, Observers observers,
              Duration every = std::chrono::seconds(5));
    ~DiskWatch();

    void look();

private:
    void judgeRoom(BlobStore::Usage const& usage);

    BlobStore& store_;
    std::uint64_t const reserve_;
    std::uint32_t const percent_;
    Observers const observers_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_; // last
};

} // namespace qianli::gateway
