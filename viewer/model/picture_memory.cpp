#include "viewer/model/picture_memory.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <utility>
#include <vector>
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

// A range of addresses that is handed out from its beginning to its end, and goes when all of it was freed.
struct Block {
    std::size_t size = 0;
    std::size_t handedOut = 0;
    std::size_t pictures = 0;
    std::vector<std::size_t> users; // pictures that lie in each huge page
};

class Blocks {
public:
    void* allocate(std::size_t bytes)
    {
        std::lock_guard const lock(mutex_);
        if (auto const hole = holes_.find(bytes); hole != holes_.end()) {
            std::uintptr_t const place = hole->second;
            holes_.erase(hole);
            return use(blockOf(place), place, bytes);
        }
        auto block = blocks_.find(current_);
        if (block == blocks_.end() || block->second.size - block->second.handedOut < bytes)
            block = add(std::max(roundedUp(bytes, hugePage), blockBytes));
        std::uintptr_t const place = block->first + block->second.handedOut;
        block->second.handedOut += bytes;
        return use(block, place, bytes);
    }

    void free(void* memory, std::size_t bytes) noexcept
    {
        std::lock_guard const lock(mutex_);
        auto const place = reinterpret_cast<std::uintptr_t>(memory);
        auto const block = blockOf(place);
        auto const [first, last] = pagesOf(block, place, bytes);
        for (std::size_t index = first; index <= last; ++index)
            // A part of a huge page would only seem to go: the kernel keeps the page until it is short of memory.
            if (--block->second.users[index] == 0)
                ::madvise(reinterpret_cast<void*>(block->first + index * hugePage), hugePage, MADV_DONTNEED);
        forbid(memory, bytes);
        if (--block->second.pictures == 0)
            return remove(block);
        try {
            holes_.emplace(bytes, place);
        } catch (std::bad_alloc const&) {
            // Then nobody uses it again before its block goes.
        }
    }

private:
    using Books = std::map<std::uintptr_t, Block>; // by their first byte
    using Place = Books::iterator;

    Place blockOf(std::uintptr_t place) { return std::prev(blocks_.upper_bound(place)); }

    static std::pair<std::size_t, std::size_t> pagesOf(Place block, std::uintptr_t place, std::size_t bytes)
    {
        return {(place - block->first) / hugePage, (place + bytes - 1 - block->first) / hugePage};
    }

    static void* use(Place block, std::uintptr_t place, std::size_t bytes)
    {
        auto const [first, last] = pagesOf(block, place, bytes);
        for (std::size_t index = first; index <= last; ++index)
            ++block->second.users[index];
        ++block->second.pictures;
        return reinterpret_cast<void*>(place);
    }

    // Begins at a huge page's border: what lies before and behind goes back.
    Place add(std::size_t size)
    {
        // Its place in the books first: what is mapped and stands in none would stay for ever.
        Books book;
        book.emplace(0, Block{size, 0, 0, std::vector<std::size_t>(size / hugePage)});
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
        if (auto const before = blocks_.find(current_); before != blocks_.end() && before->second.pictures == 0)
            unmap(before);
        current_ = begin;
        auto entry = book.extract(book.begin());
        entry.key() = begin;
        return blocks_.insert(std::move(entry)).position;
    }

    // The one that is handed out begins anew: what comes and goes alone would map and unmap it each time.
    void remove(Place block)
    {
        std::uintptr_t const end = block->first + block->second.size;
        std::erase_if(holes_, [&](auto const& hole) { return hole.second >= block->first && hole.second < end; });
        if (block->first == current_ && block->second.size == blockBytes) {
            block->second.handedOut = 0;
            return;
        }
        unmap(block);
    }

    void unmap(Place block)
    {
        allow(reinterpret_cast<void*>(block->first), block->second.size);
        ::munmap(reinterpret_cast<void*>(block->first), block->second.size);
        blocks_.erase(block);
    }

    std::mutex mutex_;
    Books blocks_;
    std::multimap<std::size_t, std::uintptr_t> holes_; // what was freed between pictures, by its size
    std::uintptr_t current_ = 0;                       // the one that is handed out
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
