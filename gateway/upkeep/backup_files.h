// Files of a backup: copied with their digests, and listed as `sha256sum -c` reads it.
#pragma once

#include "common/base/file.h"
#include "common/crypto/sha256.h"
#include "gateway/archive/receipt.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace qianli::gateway {

// Bytes: all that are there. Lines: somebody may be adding a line, so only up to the last newline.
enum class Whole { Bytes, Lines };

struct FileCopy {
    std::uint64_t bytes = 0;
    crypto::Sha256Digest sha256{};
};

// A new file, mode 0600, its bytes on stable storage on return; its name is the caller's to sync. NotFound when `from`
// is not there.
Result<FileCopy> copyFile(std::filesystem::path const& from, std::filesystem::path const& to, Whole whole);
Result<FileCopy> digestOf(std::filesystem::path const& file);

// Reads an object's file; Corrupt when its length or the digest of its data set is not that of the receipt. With a
// `copy` it becomes that file, mode 0600, on stable storage but for its name.
Result<FileCopy> readObject(std::filesystem::path const& file, Receipt const& receipt,
                            std::filesystem::path const* copy = nullptr);

// Path below the folder → digest.
using FileDigests = std::map<std::string, crypto::Sha256Digest>;
std::string digestLine(std::string_view path, crypto::Sha256Digest const& digest);
struct DigestEntry {
    std::string path;
    crypto::Sha256Digest sha256{};
};
// Without the newline. Corrupt when it is no such line.
Result<DigestEntry> parseDigestLine(std::string_view line);
Result<FileDigests> readDigests(std::filesystem::path const& file);
Result<void> writeDigests(std::filesystem::path const& file, FileDigests const& digests);

} // namespace qianli::gateway
