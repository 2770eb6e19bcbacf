#include "viewer/model/picture_memory.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <sys/mman.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace qianli::viewer {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t hugePage = 2 << 20;
constexpr std::size_t blockBytes = 32 << 20; // of addresses; only what is touched takes memory

std::size_t roundedUp(std::size_t bytes, std::size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

// With the address sanitizer a page behind each picture is nobody's, and so is a picture that was freed.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t guard = page;
void allow(void* memory, std::size_t bytes)
{
    ASAN_UNPOISON_MEMORY_REGION(memory, bytes);
}
void forbid(void* memory, std::size_t bytes)
{
    ASAN_POISON_MEMORY_REGION(memory, bytes);
}
#else
constexpr std::size_t guard = 0;
void allow(void* /*memory*/, std::size_t /*bytes*/) {}
void forbid(void* /*memory*/, std::size_t /*bytes*/) {}
#endif

// A range of addresses that is handed out once, from its beginning to its end, and goes when all of it was freed.
struct Block {
    std::size_t size = 0;
    std::size_t handedOut = 0;
    std::size_t pictures = 0;
};

class Blocks {
public:
    void* allocate(std::size_t bytes)
    {
        std::lock_guard const lock(mutex_);
        auto block = blocks_.find(current_);
        if (block == blocks_.end() || block->second.size - block->second.handedOut < bytes)
            block = add(std::max(roundedUp(bytes, hugePage), blockBytes));
        std::uintptr_t const place = block->first + block->second.handedOut;
        block->second.handedOut += bytes;
        ++block->second.pictures;
        return reinterpret_cast<void*>(place);
    }

    void free(void* memory, std::size_t bytes) noexcept
    {
        std::lock_guard const lock(mutex_);
        auto const block = std::prev(blocks_.upper_bound(reinterpret_cast<std::uintptr_t>(memory)));
        if (--block->second.pictures > 0) {
            ::madvise(memory, bytes, MADV_DONTNEED);
            // Or the kernel fills the hole again: it makes huge pages of what is but partly there (khugepaged).
            ::madvise(memory, bytes, MADV_NOHUGEPAGE);
            forbid(memory, bytes);
            return;
        }
        allow(reinterpret_cast<void*>(block->first), block->second.size);
        ::munmap(reinterpret_cast<void*>(block->first), block->second.size);
        blocks_.erase(block);
    }

private:
    using Place = std::map<std::uintptr_t, Block>::iterator;

    // Begins at a huge page's border: what lies before and behind goes back.
    Place add(std::size_t size)
    {
        void* const mapped =
            ::mmap(nullptr, size + hugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapped == MAP_FAILED)
            throw std::bad_alloc();
        auto const first = reinterpret_cast<std::uintptr_t>(mapped);
        std::uintptr_t const begin = roundedUp(first, hugePage);
        if (begin > first)
            ::munmap(mapped, begin - first);
        if (std::size_t const behind = first + hugePage - begin; behind > 0)
            ::munmap(reinterpret_cast<void*>(begin + size), behind);
        ::madvise(reinterpret_cast<void*>(begin), size, MADV_HUGEPAGE);
        forbid(reinterpret_cast<void*>(begin), size);
        current_ = begin;
        return blocks_.emplace(begin, Block{size, 0, 0}).first;
    }

    std::mutex mutex_;
    std::map<std::uintptr_t, Block> blocks_; // by their first byte
    std::uintptr_t current_ = 0;             // the one that is handed out
};

// Lives as long as the last picture, wherever that is kept.
Blocks& blocks()
{
    static auto* const all = new Blocks;
    return *all;
}

} // namespace

void* allocatePicture(std::size_t bytes)
{
    void* const memory = blocks().allocate(roundedUp(bytes, page) + guard);
    allow(memory, bytes);
    return memory;
}

void freePicture(void* memory, std::size_t bytes) noexcept
{
    blocks().free(memory, roundedUp(bytes, page) + guard);
}

} // namespace qianli::viewer
