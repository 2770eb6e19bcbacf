// From a query to SQL: the conditions and their parameters, and the columns of an answer.
#pragma once

#include "common/sqlite/database.h"
#include "gateway/index/study_index.h"

#include <string>
#include <vector>

namespace qianli::gateway {

// Texts of study_name that count as the name asked for; with `patients` every study of a patient who has one of them in
// some study.
struct NamesMeant {
    std::vector<std::string> texts;
    bool patients = false;
};

class Conditions {
public:
    // For rows of `level`. InvalidInput for an attribute that the index does not hold there. With `names` one of those
    // suffices where Patient's Name is matched, and is needed where it isn't.
    static Result<Conditions> compile(Scope const& scope, Level level, std::span<Match const> matches,
                                      NamesMeant const* names = nullptr);

    // Of studies, these only.
    void addStudies(std::span<std::int64_t const> ids);

    // " WHERE … AND …", or nothing.
    std::string where() const;
    // An index leads to few rows: better to sort those than to walk through all in order.
    bool isSelective() const { return selective_; }
    Result<void> bind(sqlite::Statement& statement) const;

private:
    Result<void> add(Match const& match, Level level, NamesMeant const* names);
    void addScope(Scope const& scope, Level level);
    void addValues(std::string_view column, std::span<std::string const> values);
    void addUids(std::string_view column, std::span<std::string const> uids);
    void addPatientIds(Match const& match, Level level);
    void addIssuer(std::string const& value, Level level);
    void addText(std::string_view column, std::string const& value);
    void addNumber(std::string_view column, std::string const& value);
    void addWildcard(std::string_view column, std::string const& pattern);
    void addName(std::string_view column, std::string const& key, Level level);
    void addNameOr(NamesMeant const& names, std::string_view column, std::string const& key, Level level);
    std::string isNamed(NamesMeant const& names, Level level);
    void addRange(std::string_view column, std::string const& from, std::string const& to);
    void addTime(std::string_view column, Match const& match);
    void addModalities(Match const& match);
    std::string parameter(std::string value);                       // "?7"
    std::string listParameter(std::span<std::string const> values); // "(SELECT value FROM json_each(?7))"

    bool unreleased_ = false;
    bool selective_ = false;
    std::vector<std::string> terms_;
    std::vector<std::string> parameters_;
};

// "patient p", "study s", "series e JOIN study s …", "run r JOIN … JOIN instances_of(…) i JOIN shared h …".
std::string_view tablesOf(Level level);

// The computed attributes of a level (counts, modalities) with the SQL that gives them; `unreleased`: also what sites
// don't see.
struct ComputedAttribute {
    dicom::Tag tag;
    std::string sql;
};
std::vector<ComputedAttribute> computedAttributes(Level level, bool unreleased);

// What statements of the index call; to be given to every connection.
Result<void> addMatchingFunctions(sqlite::Database& database);

std::string toJsonArray(std::span<std::string const> values);

} // namespace qianli::gateway
