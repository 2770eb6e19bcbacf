#include "tests/support/faults/simulated_disk.h"

#include <algorithm>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qianli::test {
namespace {

constexpr std::size_t pageBytes = 4096;

bool isDirectory(std::string const& path, ino_t& inode)
{
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0)
        return false;
    inode = status.st_ino;
    return S_ISDIR(status.st_mode);
}

void writeWhole(std::string const& path, std::string const& content)
{
    int const descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (std::size_t done = 0; done < content.size();) {
        ssize_t const n = ::write(descriptor, content.data() + done, content.size() - done);
        if (n <= 0)
            ::abort();
        done += static_cast<std::size_t>(n);
    }
    ::close(descriptor);
}

} // namespace

std::optional<std::string> readLive(std::string const& path)
{
    int const descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return std::nullopt;
    std::string content;
    char buffer[65536];
    for (ssize_t n = 0; (n = ::read(descriptor, buffer, sizeof buffer)) > 0;)
        content.append(buffer, static_cast<std::size_t>(n));
    ::close(descriptor);
    return content;
}

SimulatedDisk::SimulatedDisk(std::string root, std::string unsynced) : root_(std::move(root))
{
    adopt(root_, unsynced);
    ino_t inode = 0;
    isDirectory(root_, inode);
    rootId_ = idOf(inode);
}

std::string SimulatedDisk::relative(std::string const& absolute) const
{
    if (absolute == root_)
        return ".";
    if (absolute.size() <= root_.size() || absolute.compare(0, root_.size(), root_) != 0 ||
        absolute[root_.size()] != '/')
        return "";
    return absolute.substr(root_.size() + 1);
}

bool SimulatedDisk::matchesAny(std::string const& patterns, std::string const& relativePath)
{
    for (std::size_t start = 0; start < patterns.size();) {
        std::size_t const end = std::min(patterns.find(':', start), patterns.size());
        if (::fnmatch(patterns.substr(start, end - start).c_str(), relativePath.c_str(), FNM_PATHNAME) == 0)
            return true;
        start = end + 1;
    }
    return false;
}

SimulatedDisk::Id SimulatedDisk::idOf(ino_t inode)
{
    auto const [entry, added] = inodes_.emplace(inode, next_);
    if (added)
        ++next_;
    return entry->second;
}

void SimulatedDisk::created(ino_t inode)
{
    // The number may have belonged to a file that is gone but still lasts.
    inodes_[inode] = next_++;
}

void SimulatedDisk::syncFile(ino_t inode, std::string content)
{
    nodes_[idOf(inode)].content = std::move(content);
}

void SimulatedDisk::syncDirectory(ino_t inode, std::string const& path)
{
    Node& node = nodes_[idOf(inode)];
    node.directory = true;
    node.entries = list(path);
}

void SimulatedDisk::syncEverything()
{
    syncBelow(root_);
}

void SimulatedDisk::syncBelow(std::string const& path)
{
    ino_t inode = 0;
    isDirectory(path, inode);
    syncDirectory(inode, path);
    auto const entries = nodes_[idOf(inode)].entries;
    for (auto const& [name, id] : entries) {
        if (nodes_[id].directory)
            syncBelow(path + "/" + name);
        else
            nodes_[id].content = readLive(path + "/" + name).value_or("");
    }
}

std::map<std::string, SimulatedDisk::Id> SimulatedDisk::list(std::string const& path)
{
    std::map<std::string, Id> entries;
    DIR* const directory = ::opendir(path.c_str());
    if (directory == nullptr)
        return entries;
    while (dirent const* const entry = ::readdir(directory)) {
        std::string const name = entry->d_name;
        // SQLite's shared memory is no content: it is made again by the first who opens the database.
        if (name == "." || name == ".." || name.ends_with("-shm"))
            continue;
        ino_t inode = 0;
        bool const folder = isDirectory(path + "/" + name, inode);
        Id const id = idOf(inode);
        nodes_[id].directory = folder;
        entries.emplace(name, id);
    }
    ::closedir(directory);
    return entries;
}

void SimulatedDisk::adopt(std::string const& path, std::string const& unsynced)
{
    ino_t inode = 0;
    isDirectory(path, inode);
    auto const entries = list(path);
    Node& node = nodes_[idOf(inode)];
    node.directory = true;
    if (!matchesAny(unsynced, relative(path)))
        node.entries = entries;
    for (auto const& [name, id] : entries) {
        std::string const below = path + "/" + name;
        if (nodes_[id].directory)
            adopt(below, unsynced);
        else if (!matchesAny(unsynced, relative(below)))
            nodes_[id].content = readLive(below).value_or("");
    }
}

void SimulatedDisk::walk(std::string const& path, Live& live)
{
    ino_t inode = 0;
    isDirectory(path, inode);
    auto const entries = list(path);
    live.entries[idOf(inode)] = entries;
    for (auto const& [name, id] : entries) {
        live.paths[id] = path + "/" + name;
        if (nodes_[id].directory)
            walk(path + "/" + name, live);
    }
}

void SimulatedDisk::writeSurvivors(std::string const& folder, Keep keep, std::uint32_t seed)
{
    random_.seed(seed);
    Live live;
    walk(root_, live);
    write(rootId_, folder, keep, live);
}

void SimulatedDisk::write(Id id, std::string const& path, Keep keep, Live const& live)
{
    Node const& node = nodes_[id];
    if (!node.directory) {
        std::string content = node.content;
        if (auto const at = live.paths.find(id); keep == Keep::Random && at != live.paths.end())
            content = mix(content, readLive(at->second).value_or(content));
        return writeWhole(path, content);
    }
    std::map<std::string, Id> entries = node.entries;
    if (auto const now = live.entries.find(id); keep == Keep::Random && now != live.entries.end()) {
        for (auto const& [name, kept] : node.entries)
            if (!now->second.contains(name) && chance())
                entries.erase(name);
        for (auto const& [name, fresh] : now->second)
            if (auto const kept = entries.find(name); (kept == entries.end() || kept->second != fresh) && chance())
                entries[name] = fresh;
    }
    ::mkdir(path.c_str(), 0700);
    for (auto const& [name, below] : entries)
        write(below, path + "/" + name, keep, live);
}

// Page by page what lasted or what is there now; the length of either.
std::string SimulatedDisk::mix(std::string const& durable, std::string const& live)
{
    if (durable == live || chance())
        return chance() ? durable : live;
    std::string mixed(chance() ? durable.size() : live.size(), '\0');
    for (std::size_t at = 0; at < mixed.size(); at += pageBytes) {
        std::string const& from = chance() ? durable : live;
        if (at < from.size())
            from.copy(mixed.data() + at, std::min({pageBytes, mixed.size() - at, from.size() - at}), at);
    }
    return mixed;
}

} // namespace qianli::test
