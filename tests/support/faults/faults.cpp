// The fault layer: preloaded (LD_PRELOAD) into a program, it counts what the program does to the files of one folder,
// cuts the power before a given operation, and lets operations fail.
//
//   QIANLI_FAULTS_ROOT       the folder; without it the layer does nothing
//   QIANLI_FAULTS_CUT        number of the operation before which the power fails; the program ends with 137
//   QIANLI_FAULTS_SURVIVORS  new folder for what lasted
//   QIANLI_FAULTS_KEEP       seed: of what was not synced a part lasts, by chance; without it, nothing
//   QIANLI_FAULTS_DEAF       patterns of paths below the root whose syncs do nothing
//   QIANLI_FAULTS_UNSYNCED   patterns of paths that do not last at the start, as after a kill before their sync
//   QIANLI_FAULTS_FULL       "from-to": operations that need space fail with ENOSPC
//   QIANLI_FAULTS_SYNC_ERROR "from-to": syncs fail with EIO and make nothing last
//   QIANLI_FAULTS_SWITCH     file that says what fails from now on: "full" (ENOSPC), "read-only" (EROFS), "broken" (EIO
//                            of what is written), "quota" (EDQUOT of what is written in large pieces), "sync" (EIO of
//                            syncs), "read PATTERNS" (EIO of reading these paths below the root, as from a bad sector);
//                            nothing while it is absent
//   QIANLI_FAULTS_PLAIN      anything: what lasts is not kept beside; no power can be cut then
//   QIANLI_FAULTS_COUNT      file that gets the number of operations at the end
#include "tests/support/faults/simulated_disk.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <memory>
#include <mutex>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

using qianli::test::SimulatedDisk;

thread_local bool inside = false; // our own file operations go straight through

template <typename Function>
Function real(char const* name)
{
    void* const symbol = ::dlsym(RTLD_NEXT, name);
    Function function = nullptr;
    std::memcpy(&function, &symbol, sizeof function);
    return function;
}

#define REAL(name) (real<decltype(&::name)>(#name))

std::string variable(char const* name)
{
    char const* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

struct Span {
    unsigned long from = 0, to = 0;
    explicit Span(std::string const& text) { std::sscanf(text.c_str(), "%lu-%lu", &from, &to); }
    bool holds(unsigned long n) const { return from != 0 && n >= from && n <= to; }
};

struct Layer {
    std::mutex mutex; // one operation at a time; guards disk and operations
    std::unique_ptr<SimulatedDisk> disk;
    std::string root;   // of the disk
    bool plain = false; // nothing is kept of what lasts
    std::string switchFile = variable("QIANLI_FAULTS_SWITCH");
    unsigned long operations = 0;
    unsigned long cut = std::strtoul(variable("QIANLI_FAULTS_CUT").c_str(), nullptr, 10);
    std::string survivors = variable("QIANLI_FAULTS_SURVIVORS");
    std::string keep = variable("QIANLI_FAULTS_KEEP");
    std::string deaf = variable("QIANLI_FAULTS_DEAF");
    Span full{variable("QIANLI_FAULTS_FULL")};
    Span syncError{variable("QIANLI_FAULTS_SYNC_ERROR")};

    Layer()
    {
        inside = true;
        plain = !variable("QIANLI_FAULTS_PLAIN").empty();
        if (std::string const named = variable("QIANLI_FAULTS_ROOT"); !named.empty()) {
            char resolved[PATH_MAX];
            root = ::realpath(named.c_str(), resolved) ? resolved : named;
            if (!plain)
                disk = std::make_unique<SimulatedDisk>(root, variable("QIANLI_FAULTS_UNSYNCED"));
        }
        inside = false;
    }

    std::string relative(std::string const& absolute) const
    {
        if (disk)
            return disk->relative(absolute);
        return absolute.starts_with(root + "/") ? absolute.substr(root.size() + 1) : absolute == root ? "." : "";
    }
    void created(ino_t inode)
    {
        if (disk)
            disk->created(inode);
    }
    // What the switch says now.
    std::string fault() const { return switchFile.empty() ? "" : qianli::test::readLive(switchFile).value_or(""); }

    // Under the mutex, before each operation on the root's files.
    void count()
    {
        ++operations;
        if (cut == 0 || operations < cut)
            return;
        inside = true;
        disk->writeSurvivors(survivors, keep.empty() ? SimulatedDisk::Keep::Nothing : SimulatedDisk::Keep::Random,
                             static_cast<std::uint32_t>(std::strtoul(keep.c_str(), nullptr, 10)));
        ::_exit(137);
    }
};

// Never destroyed: threads may still write while the program ends.
Layer& layer()
{
    static Layer* const only = new Layer;
    return *only;
}

std::string absolutePath(int folder, char const* path)
{
    std::string text = path;
    if (!text.starts_with('/')) {
        char base[PATH_MAX];
        std::string const link = folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/" + std::to_string(folder);
        ssize_t const n = ::readlink(link.c_str(), base, sizeof base);
        text = std::string(base, n < 0 ? 0 : static_cast<std::size_t>(n)) + "/" + text;
    }
    while (text.size() > 1 && text.ends_with('/'))
        text.pop_back();
    return text;
}

std::string pathOf(int descriptor)
{
    char target[PATH_MAX];
    ssize_t const n = ::readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), target, sizeof target);
    return std::string(target, n < 0 ? 0 : static_cast<std::size_t>(n));
}

constexpr std::size_t quota = 32 << 10; // what is left of it when the switch says so

// The layer's lock, for an operation on something below the root.
class Operation {
public:
    explicit Operation(std::string const& path)
    {
        if (inside || layer().root.empty())
            return;
        relative_ = layer().relative(path);
        if (relative_.empty())
            return;
        lock_ = std::unique_lock(layer().mutex);
        layer().count();
        inside = true;
    }
    ~Operation()
    {
        if (lock_)
            inside = false;
    }
    Operation(Operation const&) = delete;
    Operation& operator=(Operation const&) = delete;

    explicit operator bool() const { return lock_.owns_lock(); }
    std::string const& relative() const { return relative_; }
    bool isFull(std::size_t bytes = 0) const
    {
        if (!lock_)
            return false;
        auto const fault = layer().fault();
        errno = fault == "read-only" ? EROFS : fault == "broken" ? EIO : fault == "quota" ? EDQUOT : ENOSPC;
        return layer().full.holds(layer().operations) || fault == "full" || fault == "read-only" || fault == "broken" ||
               (fault == "quota" && bytes > quota);
    }
    bool isReadOnly() const
    {
        if (!lock_ || layer().fault() != "read-only")
            return false;
        errno = EROFS;
        return true;
    }
    bool refusesSync() const
    {
        auto const fault = layer().fault();
        errno = EIO;
        return layer().syncError.holds(layer().operations) || fault == "sync" || fault == "broken";
    }

private:
    std::string relative_;
    std::unique_lock<std::mutex> lock_;
};

template <typename Open>
int openWith(int folder, char const* path, int flags, Open open)
{
    if (inside || (flags & O_CREAT) == 0)
        return open();
    std::string const absolute = absolutePath(folder, path);
    struct stat status {};
    Operation const operation(absolute);
    if (!operation)
        return open();
    bool const existed = ::stat(absolute.c_str(), &status) == 0;
    if (!existed && operation.isFull())
        return -1;
    int const descriptor = open();
    if (descriptor >= 0 && !existed && ::fstat(descriptor, &status) == 0)
        layer().created(status.st_ino);
    return descriptor;
}

int syncWith(int descriptor, int (*sync)(int))
{
    if (inside)
        return sync(descriptor);
    std::string const path = pathOf(descriptor);
    Operation const operation(path);
    if (!operation)
        return sync(descriptor);
    if (operation.refusesSync())
        return -1;
    if (layer().plain)
        return sync(descriptor);
    if (SimulatedDisk::matchesAny(layer().deaf, operation.relative()))
        return 0;
    struct stat status {};
    ::fstat(descriptor, &status);
    if (S_ISDIR(status.st_mode))
        layer().disk->syncDirectory(status.st_ino, path);
    else
        layer().disk->syncFile(status.st_ino,
                               qianli::test::readLive("/proc/self/fd/" + std::to_string(descriptor)).value_or(""));
    return 0;
}

template <typename Write>
ssize_t writeWith(int descriptor, Write write, std::size_t bytes = 0)
{
    if (inside)
        return write();
    Operation const operation(pathOf(descriptor));
    return operation.isFull(bytes) ? -1 : write();
}

// Not counted: a power cut before it is none after the write before it.
template <typename Read>
ssize_t readWith(int descriptor, Read read)
{
    if (inside || layer().root.empty() || layer().switchFile.empty())
        return read();
    inside = true;
    auto const fault = layer().fault();
    inside = false;
    constexpr std::string_view word = "read ";
    if (!fault.starts_with(word))
        return read();
    auto const relative = layer().relative(pathOf(descriptor));
    if (relative.empty() || !SimulatedDisk::matchesAny(fault.substr(word.size()), relative))
        return read();
    errno = EIO;
    return -1;
}

mode_t modeOf(int flags, va_list arguments)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

__attribute__((destructor)) void writeCount()
{
    std::string const file = variable("QIANLI_FAULTS_COUNT");
    if (file.empty() || layer().root.empty())
        return;
    inside = true;
    if (FILE* const out = std::fopen(file.c_str(), "w")) {
        std::fprintf(out, "%lu\n", layer().operations);
        std::fclose(out);
    }
}

} // namespace

extern "C" {

#define OPEN_FUNCTION(name)                                                                                            \
    int name(char const* path, int flags, ...)                                                                         \
    {                                                                                                                  \
        va_list arguments;                                                                                             \
        va_start(arguments, flags);                                                                                    \
        mode_t const mode = modeOf(flags, arguments);                                                                  \
        va_end(arguments);                                                                                             \
        return openWith(AT_FDCWD, path, flags, [&] { return REAL(name)(path, flags, mode); });                         \
    }
OPEN_FUNCTION(open)
OPEN_FUNCTION(open64)

#define OPENAT_FUNCTION(name)                                                                                          \
    int name(int folder, char const* path, int flags, ...)                                                             \
    {                                                                                                                  \
        va_list arguments;                                                                                             \
        va_start(arguments, flags);                                                                                    \
        mode_t const mode = modeOf(flags, arguments);                                                                  \
        va_end(arguments);                                                                                             \
        return openWith(folder, path, flags, [&] { return REAL(name)(folder, path, flags, mode); });                   \
    }
OPENAT_FUNCTION(openat)
OPENAT_FUNCTION(openat64)

int creat(char const* path, mode_t mode)
{
    return openWith(AT_FDCWD, path, O_CREAT, [&] { return REAL(creat)(path, mode); });
}

int mkostemp(char* pattern, int flags)
{
    std::string const folder = absolutePath(AT_FDCWD, pattern);
    Operation const operation(folder);
    if (operation.isFull())
        return -1;
    int const descriptor = REAL(mkostemp)(pattern, flags);
    struct stat status {};
    if (operation && descriptor >= 0 && ::fstat(descriptor, &status) == 0)
        layer().created(status.st_ino);
    return descriptor;
}

ssize_t write(int descriptor, void const* bytes, size_t count)
{
    return writeWith(
        descriptor, [&] { return REAL(write)(descriptor, bytes, count); }, count);
}

ssize_t pwrite(int descriptor, void const* bytes, size_t count, off_t offset)
{
    return writeWith(descriptor, [&] { return REAL(pwrite)(descriptor, bytes, count, offset); });
}

ssize_t pwrite64(int descriptor, void const* bytes, size_t count, off64_t offset)
{
    return writeWith(descriptor, [&] { return REAL(pwrite64)(descriptor, bytes, count, offset); });
}

ssize_t read(int descriptor, void* bytes, size_t count)
{
    return readWith(descriptor, [&] { return REAL(read)(descriptor, bytes, count); });
}

ssize_t pread(int descriptor, void* bytes, size_t count, off_t offset)
{
    return readWith(descriptor, [&] { return REAL(pread)(descriptor, bytes, count, offset); });
}

ssize_t pread64(int descriptor, void* bytes, size_t count, off64_t offset)
{
    return readWith(descriptor, [&] { return REAL(pread64)(descriptor, bytes, count, offset); });
}

// What a program that is built with _FORTIFY_SOURCE calls where the length of the buffer is known.
ssize_t __read_chk(int descriptor, void* bytes, size_t count, size_t)
{
    return read(descriptor, bytes, count);
}

ssize_t __pread_chk(int descriptor, void* bytes, size_t count, off_t offset, size_t)
{
    return pread(descriptor, bytes, count, offset);
}

ssize_t __pread64_chk(int descriptor, void* bytes, size_t count, off64_t offset, size_t)
{
    return pread64(descriptor, bytes, count, offset);
}

ssize_t writev(int descriptor, iovec const* pieces, int count)
{
    std::size_t bytes = 0;
    for (int i = 0; i < count; ++i)
        bytes += pieces[i].iov_len;
    return writeWith(
        descriptor, [&] { return REAL(writev)(descriptor, pieces, count); }, bytes);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length)
{
    return static_cast<int>(writeWith(
        descriptor, [&]() -> ssize_t { return REAL(fallocate)(descriptor, mode, offset, length); },
        static_cast<std::size_t>(length)));
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t length)
{
    return static_cast<int>(writeWith(
        descriptor, [&]() -> ssize_t { return REAL(fallocate64)(descriptor, mode, offset, length); },
        static_cast<std::size_t>(length)));
}

int ftruncate(int descriptor, off_t length) noexcept
{
    return static_cast<int>(writeWith(descriptor, [&]() -> ssize_t { return REAL(ftruncate)(descriptor, length); }));
}

int ftruncate64(int descriptor, off64_t length) noexcept
{
    return static_cast<int>(writeWith(descriptor, [&]() -> ssize_t { return REAL(ftruncate64)(descriptor, length); }));
}

int mkdir(char const* path, mode_t mode) noexcept
{
    std::string const absolute = absolutePath(AT_FDCWD, path);
    Operation const operation(absolute);
    if (operation.isFull())
        return -1;
    int const done = REAL(mkdir)(path, mode);
    struct stat status {};
    if (operation && done == 0 && ::stat(absolute.c_str(), &status) == 0)
        layer().created(status.st_ino);
    return done;
}

int link(char const* from, char const* to) noexcept
{
    Operation const operation(absolutePath(AT_FDCWD, to));
    return operation.isFull() ? -1 : REAL(link)(from, to);
}

int rename(char const* from, char const* to) noexcept
{
    Operation const operation(absolutePath(AT_FDCWD, to));
    return operation.isFull() ? -1 : REAL(rename)(from, to);
}

int unlink(char const* path) noexcept
{
    Operation const operation(absolutePath(AT_FDCWD, path));
    return operation.isReadOnly() ? -1 : REAL(unlink)(path);
}

int rmdir(char const* path) noexcept
{
    Operation const operation(absolutePath(AT_FDCWD, path));
    return REAL(rmdir)(path);
}

int fsync(int descriptor)
{
    return syncWith(descriptor, REAL(fsync));
}

int fdatasync(int descriptor)
{
    return syncWith(descriptor, REAL(fdatasync));
}

// A pattern "syncfs" makes it deaf.
int syncfs(int descriptor) noexcept
{
    if (inside)
        return REAL(syncfs)(descriptor);
    Operation const operation(pathOf(descriptor));
    if (!operation)
        return REAL(syncfs)(descriptor);
    if (operation.refusesSync())
        return -1;
    if (layer().plain)
        return REAL(syncfs)(descriptor);
    if (!SimulatedDisk::matchesAny(layer().deaf, "syncfs"))
        layer().disk->syncEverything();
    return 0;
}

} // extern "C"
