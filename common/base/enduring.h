// Work that comes again by itself: want of memory or threads costs this round, not the program.
#pragma once

#include <exception>

namespace qianli {

// False when the round was lost.
template <typename Work>
bool endure(Work const& work)
{
    try {
        work();
        return true;
    } catch (std::exception const&) { // std::bad_alloc, std::system_error; there may be no memory for a word about it
        return false;
    }
}

} // namespace qianli
