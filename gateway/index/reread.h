// What has to be read again together, so that the rows are those of a rebuilt index.
#pragma once

#include "common/sqlite/database.h"
#include "gateway/index/study_index.h"

#include <map>
#include <set>

namespace qianli::gateway {

struct Together {
    std::set<StudyKey> studies;
    std::vector<Receipt> receipts; // of all versions of their objects, in order of sequence
};
// Those that share patients, a UID or an object with the studies, and theirs; and those under these identities at their
// sites. LimitExceeded when more than `most` objects would be written.
Result<Together> readTogether(sqlite::Database& database, std::set<StudyKey> studies,
                              std::set<std::pair<model::SiteId, std::string>> const& identities, std::uint64_t most);

// Whoever receives waits while they are written, a second or two with so many.
inline constexpr std::uint64_t mostTogether = 20'000;

// What is to be read again, and what of it stays out then.
struct Wanted {
    std::set<StudyKey> studies;
    SequenceSet without;
    std::uint64_t most = mostTogether;
};

Result<std::vector<Receipt>> readReceiptsOf(sqlite::Database& database, StudyKey const& study,
                                            std::optional<int> part = std::nullopt);

} // namespace qianli::gateway
