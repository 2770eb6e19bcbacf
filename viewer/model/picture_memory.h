// PictureMemory: room for decoded pictures, of which a case has hundreds of megabytes that come within tenths of a
// second.
//
// The system hands memory out in pages of 4 kB and clears each; for a stack of CT that took longer than reading the
// files. Here pictures lie one behind the other in large blocks for which huge pages are asked, and what is about to be
// overwritten is not cleared a second time. Where the system has no huge pages it is only slower.
//
// Promise: what was freed is given to the next picture of its size, or goes back to the system with its neighbours
// within two megabytes; nothing stays when no picture is left but addresses.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace qianli::viewer {

// Below this, a picture is no different from anything else.
constexpr std::size_t leastPictureBytes = 256 << 10;

// At least leastPictureBytes, on a page's border; std::bad_alloc when there is no room. Any thread may call either.
void* allocatePicture(std::size_t bytes);
void freePicture(void* memory, std::size_t bytes) noexcept;

// Elements that are not given a value have none: whoever makes room for samples fills it.
template <typename Sample>
struct PictureAllocator {
    using value_type = Sample;

    PictureAllocator() = default;
    template <typename Other>
    PictureAllocator(PictureAllocator<Other> const&) noexcept
    {
    }
    Sample* allocate(std::size_t count)
    {
        std::size_t const bytes = count * sizeof(Sample);
        return static_cast<Sample*>(bytes < leastPictureBytes ? ::operator new(bytes) : allocatePicture(bytes));
    }
    void deallocate(Sample* memory, std::size_t count) noexcept
    {
        std::size_t const bytes = count * sizeof(Sample);
        if (bytes < leastPictureBytes)
            return ::operator delete(memory);
        freePicture(memory, bytes);
    }
    template <typename Other>
    void construct(Other* place) noexcept(std::is_nothrow_default_constructible_v<Other>)
    {
        ::new (static_cast<void*>(place)) Other;
    }
    template <typename Other, typename... Arguments>
    void construct(Other* place, Arguments&&... arguments)
    {
        ::new (static_cast<void*>(place)) Other(std::forward<Arguments>(arguments)...);
    }
    bool operator==(PictureAllocator const&) const { return true; }
};

template <typename Sample>
using PictureVector = std::vector<Sample, PictureAllocator<Sample>>;

} // namespace qianli::viewer
