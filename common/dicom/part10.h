// Part 10 files of our own making: zero preamble, "DICM", our meta header, then a data set's bytes (PS3.10 section 7).
#pragma once

#include "common/base/result.h"
#include "common/dicom/uid.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace qianli::dicom {

inline constexpr char implementationVersionName[] = "QIANLI_01";
Uid implementationClassUid();

struct FileMeta {
    Uid sopClassUid;
    Uid sopInstanceUid;
    Uid transferSyntaxUid;
    std::string sourceAeTitle; // (0002,0016), may be empty
};

// Preamble, prefix and meta header as bytes; the same input gives the same bytes. The sender's preamble is never kept
// (R09).
std::string encodeFileMeta(FileMeta const& meta);

struct Part10Layout {
    FileMeta meta;
    std::uint64_t dataSetOffset = 0;
    std::uint64_t fileSize = 0;
};

// Reads the meta header of a file: ours or anybody's (import). Bounded. A file without preamble or transfer syntax is
// read as its first element shows: explicit or implicit VR, either byte order. InvalidInput with the reason otherwise.
Result<Part10Layout> readPart10Layout(std::filesystem::path const& path);
// The same of a file that is open.
Result<Part10Layout> readPart10Layout(int descriptor);

} // namespace qianli::dicom
