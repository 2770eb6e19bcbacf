#include "common/base/file.h"

#include "common/base/stored_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace qianli {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept
{
    if (this != &other) {
        if (descriptor_ >= 0)
            ::close(descriptor_);
        descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
}

FileDescriptor::~FileDescriptor()
{
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

Result<void> FileDescriptor::close()
{
    int const descriptor = std::exchange(descriptor_, -1);
    if (descriptor >= 0 && ::close(descriptor) != 0)
        return failErrno("closing a file");
    return {};
}

Result<FileDescriptor> openFile(std::filesystem::path const& path, int flags, mode_t mode)
{
    int const descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (descriptor < 0)
        return failErrno(fmt::format("opening {}", path.string()));
    return FileDescriptor(descriptor);
}

tl::unexpected<Error> failReading(std::string_view what)
{
    int const number = errno;
    auto failed = failErrno(what);
    if (number == EIO || number == EUCLEAN)
        failed.value().code = ErrorCode::Corrupt;
    return failed;
}

Result<FileDescriptor> openStored(std::filesystem::path const& path)
{
    int const descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return failReading(fmt::format("opening {}", path.string()));
    return FileDescriptor(descriptor);
}

Result<void> writeAll(int descriptor, std::span<std::uint8_t const> bytes)
{
    while (!bytes.empty()) {
        ssize_t const written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return failErrno("writing");
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> writeAll(int descriptor, std::span<std::uint8_t const> first, std::span<std::uint8_t const> second)
{
    while (!first.empty()) {
        std::array<iovec, 2> const both{iovec{const_cast<std::uint8_t*>(first.data()), first.size()},
                                        iovec{const_cast<std::uint8_t*>(second.data()), second.size()}};
        ssize_t const written = ::writev(descriptor, both.data(), both.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return failErrno("writing");
        auto const ofFirst = std::min(static_cast<std::size_t>(written), first.size());
        first = first.subspan(ofFirst);
        second = second.subspan(static_cast<std::size_t>(written) - ofFirst);
    }
    return writeAll(descriptor, second);
}

Result<void> writeAllAt(int descriptor, std::span<std::uint8_t const> bytes, std::uint64_t offset)
{
    while (!bytes.empty()) {
        ssize_t const written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return failErrno("writing");
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return {};
}

Result<void> readAllAt(int descriptor, std::span<std::uint8_t> bytes, std::uint64_t offset)
{
    while (!bytes.empty()) {
        ssize_t const got = ::pread(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failReading("reading");
        if (got == 0)
            return fail(ErrorCode::Corrupt,
                        fmt::format("the file ends at byte {}, {} bytes before it should", offset, bytes.size()));
        bytes = bytes.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return {};
}

Result<void> syncFile(int descriptor)
{
    if (::fdatasync(descriptor) != 0)
        return failErrno("syncing a file");
    return {};
}

Result<void> syncDirectory(std::filesystem::path const& directory)
{
    QIANLI_ASSIGN(FileDescriptor const opened, openFile(directory, O_RDONLY | O_DIRECTORY));
    if (::fsync(opened.get()) != 0)
        return failErrno(fmt::format("syncing {}", directory.string()));
    return {};
}

Result<std::string> readFile(std::filesystem::path const& path, std::uint64_t limit)
{
    QIANLI_ASSIGN(FileDescriptor const opened, openFile(path, O_RDONLY));
    std::string bytes;
    char buffer[65536];
    for (;;) {
        ssize_t const got = ::read(opened.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failErrno(fmt::format("reading {}", path.string()));
        if (got == 0)
            return bytes;
        if (bytes.size() + static_cast<std::size_t>(got) > limit)
            return fail(ErrorCode::LimitExceeded, fmt::format("{} is larger than {} bytes", path.string(), limit));
        bytes.append(buffer, static_cast<std::size_t>(got));
    }
}

Result<void> writeFileDurably(std::filesystem::path const& path, std::string_view bytes, mode_t mode)
{
    std::string temporary = path.string() + ".XXXXXX";
    FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file)
        return failErrno(fmt::format("creating a file beside {}", path.string()));
    auto const write = [&]() -> Result<void> {
        if (::fchmod(file.get(), mode) != 0)
            return failErrno(fmt::format("setting the mode of {}", temporary));
        QIANLI_TRY(writeAll(file.get(), {reinterpret_cast<std::uint8_t const*>(bytes.data()), bytes.size()}));
        QIANLI_TRY(syncFile(file.get()));
        if (::rename(temporary.c_str(), path.c_str()) != 0)
            return failErrno(fmt::format("renaming {} to {}", temporary, path.string()));
        return syncDirectory(path.parent_path().empty() ? "." : path.parent_path());
    };
    auto done = write();
    if (!done) {
        ::unlink(temporary.c_str());
        return tl::unexpected(std::move(done).error().at(path.string()));
    }
    return done;
}

Result<void> createDirectoryDurably(std::filesystem::path const& directory)
{
    if (directory.empty() || ::access(directory.c_str(), F_OK) == 0)
        return {};
    std::filesystem::path const parent = directory.parent_path();
    QIANLI_TRY(createDirectoryDurably(parent));
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return failErrno(fmt::format("creating {}", directory.string()));
    return syncDirectory(parent.empty() ? "." : parent);
}

void fillRandom(std::span<std::uint8_t> bytes)
{
    while (!bytes.empty()) {
        ssize_t const got = ::getrandom(bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            std::abort(); // a machine without randomness can't keep any secret
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

} // namespace qianli
