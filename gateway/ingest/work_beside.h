// Work on several threads that wait for the disk at the same time.
#pragma once

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace qianli::gateway {

// Calls `work` on the caller's thread and on up to `most` - 1 more, as many as the system gives; returns when all have
// ended. `work` takes the next piece until there is none, and throws nothing.
template <typename Work>
void workBeside(std::size_t most, Work const& work)
{
    std::vector<std::jthread> helpers;
    try {
        while (helpers.size() + 1 < most)
            helpers.emplace_back(work);
    } catch (std::exception const&) { // no more threads or memory: it takes longer then
    }
    work();
}

} // namespace qianli::gateway
