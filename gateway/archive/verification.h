// Verification of the archive: every receipt against its file, every file against the receipts.
#pragma once

#include "gateway/archive/blob_store.h"

#include <string>
#include <vector>

namespace qianli::gateway {

struct VerificationReport {
    std::uint64_t objects = 0, bytes = 0; // looked at
    std::vector<std::string> missing;     // receipts without a file: "1.2.3 of site puzi, receipt 17: …"
    std::vector<std::string> damaged;     // files whose bytes are not those received
    std::vector<std::string> strangers;   // files below objects/ that no receipt names
    bool isSound() const { return missing.empty() && damaged.empty() && strangers.empty(); }
};

// Reads everything, so it takes as long as the disk needs. Corrupt when the receipts themselves can't be read. Beside a
// running gateway, objects that arrive meanwhile are no strangers: they are looked up again at the end.
Result<VerificationReport> verifyArchive(BlobStore const& store, std::filesystem::path const& root,
                                         std::function<void(std::uint64_t done, std::uint64_t total)> const& progress);

} // namespace qianli::gateway
