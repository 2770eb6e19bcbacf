// Files that keep promises: an owned descriptor, whole-file reads with a bound, and writes that survive a power cut.
#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>

namespace qianli {

// Owns a file descriptor; closes it when it goes.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
    FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    FileDescriptor(FileDescriptor const&) = delete;
    FileDescriptor& operator=(FileDescriptor const&) = delete;
    ~FileDescriptor();

    int get() const { return descriptor_; }
    explicit operator bool() const { return descriptor_ >= 0; }
    // Closes now and reports what close() said.
    Result<void> close();

private:
    int descriptor_ = -1;
};

// open(2) with O_CLOEXEC; flags as there.
Result<FileDescriptor> openFile(std::filesystem::path const& path, int flags, mode_t mode = 0600);
Result<void> writeAll(int descriptor, std::span<std::uint8_t const> bytes);
// The one behind the other, in one call of the system where it takes them.
Result<void> writeAll(int descriptor, std::span<std::uint8_t const> first, std::span<std::uint8_t const> second);
Result<void> writeAllAt(int descriptor, std::span<std::uint8_t const> bytes, std::uint64_t offset);
// Reads exactly bytes.size() bytes at the offset; Corrupt when the file ends before.
Result<void> readAllAt(int descriptor, std::span<std::uint8_t> bytes, std::uint64_t offset);

// fdatasync of the file; fsync of the directory that holds it.
Result<void> syncFile(int descriptor);
Result<void> syncDirectory(std::filesystem::path const& directory);

// The whole file; LimitExceeded when it is larger than `limit` bytes.
Result<std::string> readFile(std::filesystem::path const& path, std::uint64_t limit);
// Replaces the file as one act that is on stable storage on return: temporary file, sync, rename, directory sync.
Result<void> writeFileDurably(std::filesystem::path const& path, std::string_view bytes, mode_t mode = 0600);
// Creates the directory and its parents (mode 0700) and syncs each parent that changed.
Result<void> createDirectoryDurably(std::filesystem::path const& directory);

// From the kernel's generator.
void fillRandom(std::span<std::uint8_t> bytes);

} // namespace qianli
