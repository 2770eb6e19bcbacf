// Which files below data/ (and of the configuration) make a gateway what it is.
#pragma once

#include "common/base/result.h"
#include "gateway/configuration/configuration.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

// Paths below data/. Not among them: workflow.db, which needs SQLite's help; archive/ and audit/; and what is made
// anew: index.db, delivery/, backups/ and the like.
Result<std::vector<std::string>> dataFiles(std::filesystem::path const& data);
Result<std::vector<std::string>> trailFiles(std::filesystem::path const& data); // of audit/
// Of archive/: all but receipts and objects.
std::vector<std::string> archiveRecords(std::filesystem::path const& data);
// Full paths, oldest first.
Result<std::vector<std::filesystem::path>> receiptSegments(std::filesystem::path const& archive);
// Somebody adds lines to it while it is copied.
bool growsByLines(std::string_view path);
// Those that are there.
std::uint64_t bytesOf(std::filesystem::path const& folder, std::vector<std::string> const& paths);

// The file itself, and the certificates and keys that it names.
std::vector<std::filesystem::path> filesOfConfiguration(Configuration const& configuration);

} // namespace qianli::gateway
