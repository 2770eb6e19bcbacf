// What a program and its children hold of the machine's memory.
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

// PSS of this process and its children, in megabytes.
inline double memoryWithChildren()
{
    long total = pssOf("self");
    std::string const own = std::to_string(getpid());
    if (DIR* folder = opendir("/proc")) {
        while (dirent const* entry = readdir(folder)) {
            std::ifstream stat("/proc/" + std::string(entry->d_name) + "/stat");
            std::string pid, name, state, parent;
            if (stat >> pid >> name >> state >> parent && parent == own)
                total += pssOf(pid);
        }
        closedir(folder);
    }
    return static_cast<double>(total) / 1024;
}

} // namespace qianli::bench
