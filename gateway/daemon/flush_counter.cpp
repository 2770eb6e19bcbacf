#include "gateway/daemon/flush_counter.h"

#include <atomic>
#include <dlfcn.h>

namespace qianli::gateway {

namespace {

std::atomic<std::uint64_t> flushes{0};

// The system's own function behind ours.
template <typename Function>
Function* nextOf(char const* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

} // namespace

std::uint64_t flushCount()
{
    return flushes;
}

} // namespace qianli::gateway

// The program's definitions come before those of the C library for every library that it loads.
extern "C" {

int fsync(int descriptor)
{
    static auto* const next = qianli::gateway::nextOf<int(int)>("fsync");
    ++qianli::gateway::flushes;
    return next(descriptor);
}

int fdatasync(int descriptor)
{
    static auto* const next = qianli::gateway::nextOf<int(int)>("fdatasync");
    ++qianli::gateway::flushes;
    return next(descriptor);
}

int syncfs(int descriptor) noexcept
{
    static auto* const next = qianli::gateway::nextOf<int(int)>("syncfs");
    ++qianli::gateway::flushes;
    return next(descriptor);
}
}
