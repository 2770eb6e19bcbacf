#include "common/base/memory_reserve.h"

#include "common/base/log.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <new>

namespace qianli {
namespace {

// Given back one after the other: the last ones are for those who finish.
constexpr std::size_t blocks = 8;

std::array<std::atomic<void*>, blocks> reserve;
std::atomic<std::size_t> blockBytes{0};
std::atomic<bool> isUsed{false};
std::atomic<std::int64_t> nextLook{0};

// Called by operator new, which then tries again. Must not allocate.
void giveBack()
{
    isUsed = true;
    for (auto& block : reserve) {
        if (void* const memory = block.exchange(nullptr)) {
            std::free(memory);
            return;
        }
    }
    throw std::bad_alloc();
}

bool fill()
{
    for (auto& block : reserve) {
        if (block.load() != nullptr)
            continue;
        void* const memory = std::malloc(blockBytes);
        if (memory == nullptr)
            return false;
        void* none = nullptr;
        if (!block.compare_exchange_strong(none, memory))
            std::free(memory);
    }
    return true;
}

} // namespace

void MemoryReserve::keep(std::size_t bytes)
{
    blockBytes = bytes / blocks;
    fill();
    std::set_new_handler(&giveBack);
}

bool MemoryReserve::isShort()
{
    if (!isUsed)
        return false;
    auto const now = std::chrono::steady_clock::now().time_since_epoch() / std::chrono::milliseconds(1);
    auto due = nextLook.load();
    if (now < due || !nextLook.compare_exchange_strong(due, now + 1000))
        return true;
    if (!fill()) {
        log::warning("the system gives no more memory: nothing new is taken until it does");
        return true;
    }
    isUsed = false;
    log::information("there is memory again");
    return false;
}

} // namespace qianli
