// FileStamp: which file an open one is, and whether it is still as it was.
#pragma once

#include "common/base/result.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <sys/stat.h>

namespace qianli::viewer {

struct FileStamp {
    std::uint64_t device = 0, node = 0, size = 0;
    std::int64_t seconds = 0, nanoseconds = 0;
    auto operator<=>(FileStamp const&) const = default;
};

inline Result<FileStamp> stampOf(int descriptor)
{
    struct stat status {};
    if (::fstat(descriptor, &status) != 0)
        return failErrno("reading a file");
    return FileStamp{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec};
}

// Corrupt when it is another one, or was written to: its pixels may be another patient's than its header said.
inline Result<void> checkStamp(int descriptor, std::optional<FileStamp> const& expected)
{
    if (!expected)
        return {};
    QIANLI_ASSIGN(auto const found, stampOf(descriptor));
    if (found != *expected)
        return fail(ErrorCode::Corrupt, "the file was changed after it had been opened: open it again");
    return {};
}

} // namespace qianli::viewer
