#include "viewer/decoding/machine_memory.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <unistd.h>

namespace qianli::viewer {
namespace {

constexpr std::uint64_t unlimited = ~0ull;

// "max" or a number of bytes.
std::uint64_t limitIn(std::string const& file)
{
    std::ifstream in(file);
    std::uint64_t bytes = 0;
    return in >> bytes && bytes > 0 ? bytes : unlimited;
}

// The nearest limit of our group or one around it (cgroup v2).
std::uint64_t groupLimit()
{
    std::ifstream groups("/proc/self/cgroup");
    std::uint64_t least = unlimited;
    for (std::string line; std::getline(groups, line);) {
        if (!line.starts_with("0::"))
            continue;
        for (std::string group = line.substr(3); !group.empty();
             group.erase(std::max<std::size_t>(group.rfind('/'), 1))) {
            least = std::min(least, limitIn("/sys/fs/cgroup" + group + "/memory.max"));
            if (group == "/")
                break;
        }
    }
    return std::min(least, limitIn("/sys/fs/cgroup/memory.max"));
}

} // namespace

std::uint64_t machineMemory()
{
    auto const pages = ::sysconf(_SC_PHYS_PAGES);
    auto const size = ::sysconf(_SC_PAGESIZE);
    std::uint64_t const physical = pages > 0 && size > 0 ? static_cast<std::uint64_t>(pages) * size : 4ull << 30;
    return std::min(physical, groupLimit());
}

} // namespace qianli::viewer
