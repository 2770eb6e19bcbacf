// SimulatedDisk: what of a folder would be left if the power failed now.
//
// The strictest disk that POSIX allows: a file's bytes last only when that file was synced, a name only when its
// directory was. The live files are left alone; what lasts is kept in memory beside them and written out when the power
// is cut. A real disk may keep more than it must: Keep::Random lets each file's pages and each directory's names last
// or not by chance.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <sys/types.h>
#include <vector>

namespace qianli::test {

class SimulatedDisk {
public:
    // Everything below `root` lasts at first, but the content of what matches `unsynced` (a list as in matchesAny).
    SimulatedDisk(std::string root, std::string unsynced);

    // "" when it is not below the root; "." for the root itself.
    std::string relative(std::string const& absolute) const;

    void created(ino_t inode); // a new file or directory got this number
    void syncFile(ino_t inode, std::string content);
    void syncDirectory(ino_t inode, std::string const& path);
    void syncEverything();

    enum class Keep { Nothing, Random };
    // Writes what lasted.
    void writeSurvivors(std::string const& folder, Keep keep, std::uint32_t seed);

    // "a/*:b": shell patterns separated by colons, '*' not across '/'.
    static bool matchesAny(std::string const& patterns, std::string const& relativePath);

private:
    using Id = std::uint64_t;
    struct Node {
        bool directory = false;
        std::string content;               // of a file, as last synced
        std::map<std::string, Id> entries; // of a directory, as last synced
    };
    struct Live {
        std::map<Id, std::string> paths;
        std::map<Id, std::map<std::string, Id>> entries;
    };

    Id idOf(ino_t inode);
    void adopt(std::string const& path, std::string const& unsynced);
    std::map<std::string, Id> list(std::string const& path);
    void syncBelow(std::string const& path);
    void walk(std::string const& path, Live& live);
    void write(Id id, std::string const& path, Keep keep, Live const& live);
    std::string mix(std::string const& durable, std::string const& live);
    bool chance() { return (random_() & 1) != 0; }

    std::string root_;
    std::map<ino_t, Id> inodes_;
    std::map<Id, Node> nodes_;
    Id next_ = 1;
    Id rootId_ = 0;
    std::mt19937 random_;
};

// With the C library's own functions, not the ones that faults.cpp puts in their place.
std::optional<std::string> readLive(std::string const& path);

} // namespace qianli::test
