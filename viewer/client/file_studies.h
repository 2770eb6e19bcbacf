// FileStudies: which files a person meant with `--open PATH…`: files, folders, a DICOMDIR and what it names.
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <vector>

namespace qianli::viewer {

struct FileSelection {
    std::vector<std::filesystem::path> files;
    std::vector<Error> problems; // paths that could not be read, each with its name
};

// Bounded: at most 200,000 files, folders 32 deep; links to folders are not followed.
FileSelection findFiles(std::vector<std::filesystem::path> const& paths);

// The files that a DICOMDIR names, below its own folder only (PS3.10 8.5). InvalidInput when it is none.
Result<std::vector<std::filesystem::path>> readDicomdir(std::filesystem::path const& dicomdir);

} // namespace qianli::viewer
