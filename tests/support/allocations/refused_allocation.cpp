#include "tests/support/allocations/refused_allocation.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<int> left = -1; // before the one that is refused; negative: none is
std::atomic<bool> ofOthers = false;
thread_local bool isOurs = false; // this thread made the RefusedAllocation

bool isRefused()
{
    return left.load(std::memory_order_relaxed) >= 0 && isOurs != ofOthers && left.fetch_sub(1) == 0;
}

} // namespace

void* operator new(std::size_t bytes)
{
    if (isRefused())
        throw std::bad_alloc();
    if (void* const memory = std::malloc(std::max<std::size_t>(bytes, 1)))
        return memory;
    throw std::bad_alloc();
}

void* operator new(std::size_t bytes, std::nothrow_t const&) noexcept
{
    return isRefused() ? nullptr : std::malloc(std::max<std::size_t>(bytes, 1));
}

void operator delete(void* memory, std::nothrow_t const&) noexcept
{
    std::free(memory);
}

void operator delete(void* memory) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

namespace qianli::test {

RefusedAllocation::RefusedAllocation(Of whose, int given)
{
    isOurs = true;
    ofOthers = whose == Of::OtherThreads;
    left = given;
}

RefusedAllocation::~RefusedAllocation()
{
    left = -1;
    isOurs = false;
}

bool RefusedAllocation::hasHappened() const
{
    return left < 0;
}

} // namespace qianli::test
