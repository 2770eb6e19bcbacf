// Import: objects from a folder, a CD or another archive's files, by the same way that the network's take (ingest).
#pragma once

#include "common/base/result.h"
#include "common/model/site.h"
#include "gateway/ingest/ingest.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace qianli::gateway {

struct ImportProgress {
    std::uint64_t files = 0; // found so far
    std::uint64_t bytes = 0; // of what was taken
    std::uint64_t stored = 0, duplicates = 0, newVersions = 0;
    std::uint64_t notDicom = 0;    // no DICOM at all
    std::uint64_t directories = 0; // DICOMDIR: what it names is taken file by file
    std::uint64_t refused = 0;
};

struct ImportReport {
    ImportProgress counts;
    std::vector<std::string> refused; // "path: reason"; the first thousand
};

// Takes every DICOM file below the folder (or the one file) into the site. `progress` is called between files and
// returns false to stop; what was taken before stays. An error of the disk or the archive ends it; a bad file is
// counted and named.
Result<ImportReport> importFiles(Ingest& ingest, std::filesystem::path const& path, model::Site const& site,
                                 std::function<bool(ImportProgress const&)> const& progress);

} // namespace qianli::gateway
