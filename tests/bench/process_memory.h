// What a program and its children hold of the machine's memory, and have had of its processors.
#pragma once

#include <dirent.h>
#include <fstream>
#include <string>
#include <unistd.h>

namespace qianli::bench {

inline long pssOf(std::string const& process)
{
    std::ifstream file("/proc/" + process + "/smaps_rollup");
    std::string word;
    for (long kilobytes = 0; file >> word;)
        if (word == "Pss:" && file >> kilobytes)
            return kilobytes;
    return 0;
}

// Of this process and its children.
template <typename Of>
double sumWithChildren(Of const& of)
{
    double total = static_cast<double>(of("self"));
    std::string const own = std::to_string(getpid());
    if (DIR* folder = opendir("/proc")) {
        while (dirent const* entry = readdir(folder)) {
            std::ifstream stat("/proc/" + std::string(entry->d_name) + "/stat");
            std::string pid, name, state, parent;
            if (stat >> pid >> name >> state >> parent && parent == own)
                total += static_cast<double>(of(pid));
        }
        closedir(folder);
    }
    return total;
}

inline long ticksOf(std::string const& process)
{
    std::ifstream stat("/proc/" + process + "/stat");
    std::string word;
    for (int field = 1; field < 14; ++field) // a decoder's name has no spaces
        stat >> word;
    long user = 0, system = 0;
    stat >> user >> system;
    return user + system;
}

// PSS, in megabytes.
inline double memoryWithChildren()
{
    return sumWithChildren(pssOf) / 1024;
}

inline double processorMilliseconds()
{
    return sumWithChildren(ticksOf) * 1000 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

} // namespace qianli::bench
