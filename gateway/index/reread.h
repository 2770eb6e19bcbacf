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
// Those that share patients, a UID or an object with the study, and theirs; and those under these identities at their
// sites.
Result<Together> readTogether(sqlite::Database& database, StudyKey const& study,
                              std::set<std::pair<model::SiteId, std::string>> const& identities);

Result<std::vector<Receipt>> readReceiptsOf(sqlite::Database& database, StudyKey const& study);

} // namespace qianli::gateway
