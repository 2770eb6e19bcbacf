// The table name_key: how the names of studies are read, for searching as people type (docs/decisions/0013).
#pragma once

#include "common/names/name_query.h"
#include "common/sqlite/database.h"

#include <array>
#include <string>
#include <vector>

namespace qianli::gateway {

// Enters a name's component groups as nameGroups() gives them.
Result<void> addNameKeys(sqlite::Database& database, std::vector<std::string> const& groups);
// Takes a group out again. To be called when no study has it any more.
Result<void> removeNameKeys(sqlite::Database& database, std::string const& group);

// The texts of study_name that a query finds, by rank.
struct NamesFound {
    std::array<std::vector<std::string>, names::NameRank::count> byRank;
    bool complete = true;

    std::vector<std::string> all() const;
};
// All of them; or none but the first some thousands, incomplete, where there are more.
enum class Extent { All, UnlessBroad };
Result<NamesFound> findNames(sqlite::Database& database, names::NameQuery const& query, Extent extent);

} // namespace qianli::gateway
