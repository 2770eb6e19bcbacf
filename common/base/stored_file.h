// Reading what was stored: a file that the disk itself can't read any more is damaged, whoever else is out of means.
#pragma once

#include "common/base/file.h"

namespace qianli {

// errno after a failed open or read as an Error: Corrupt where the disk has lost the bytes (EIO, EUCLEAN: a bad sector,
// a damaged file system), else as failErrno(): out of descriptors or memory is no damage.
tl::unexpected<Error> failReading(std::string_view what);

// openFile() to read, with that difference. readAllAt() makes it, too.
Result<FileDescriptor> openStored(std::filesystem::path const& path);

} // namespace qianli
