#include "gateway/index/answers.h"

#include "gateway/index/attributes.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace qianli::gateway {
namespace {

// The tag and SQL of everything that an answer at this level holds.
std::vector<ComputedAttribute> answerColumns(Level level, bool unreleased)
{
    std::vector<ComputedAttribute> columns;
    for (Attribute const& attribute : attributes())
        if (attribute.level <= level && attribute.comparison != Comparison::Modalities)
            columns.push_back({attribute.tag, std::string(columnAt(attribute, level))});
    std::ranges::move(computedAttributes(level, unreleased), std::back_inserter(columns));
    return columns;
}

std::string_view rowOf(Level level)
{
    switch (level) {
    case Level::Patient:
        return "p.id";
    case Level::Study:
        return "s.id";
    case Level::Series:
        return "e.id";
    case Level::Image:
        break;
    }
    return "i.id";
}

std::string listOf(std::span<AnswerId const> ids, std::int64_t AnswerId::*which)
{
    std::string list = "[";
    for (AnswerId const& id : ids)
        fmt::format_to(std::back_inserter(list), "{}{}", list.size() > 1 ? "," : "", id.*which);
    return list + "]";
}

} // namespace

std::string_view orderOf(Level level, bool newestFirst)
{
    switch (level) {
    case Level::Patient:
        return newestFirst ? "p.id DESC" : "p.id";
    case Level::Study:
        return newestFirst ? "s.id DESC" : "s.id";
    case Level::Series:
        return "s.id, CAST(e.number AS INTEGER), e.id";
    case Level::Image:
        break;
    }
    return "s.id, CAST(e.number AS INTEGER), e.id, CAST(i.number AS INTEGER), i.id";
}

std::string limitClause(std::size_t limit)
{
    return limit == 0 ? std::string() : fmt::format(" LIMIT {}", limit);
}

Result<std::vector<AnswerId>> findAnswers(sqlite::Database& database, Query const& query, Conditions const& conditions)
{
    // A plus keeps SQLite from walking through all rows in order, where sorting the few that an index finds is quicker.
    std::string_view const plus = conditions.isSelective() ? "+" : "";
    QIANLI_ASSIGN(auto read, database.prepare(fmt::format(
                                 "SELECT {}, {} FROM {}{} ORDER BY {}{}{}", rowOf(query.level),
                                 query.level == Level::Image ? "r.id" : "0", tablesOf(query.level), conditions.where(),
                                 plus, orderOf(query.level, query.newestFirst), limitClause(query.limit))));
    QIANLI_TRY(conditions.bind(read));
    std::vector<AnswerId> ids;
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            return ids;
        ids.push_back({read.integer(0), read.integer(1)});
    }
}

Result<std::vector<Answer>> readAnswers(sqlite::Database& database, Level level, bool unreleased,
                                        std::span<AnswerId const> ids)
{
    auto const columns = answerColumns(level, unreleased);
    std::string sql =
        fmt::format("SELECT {}, {}", rowOf(level), level == Level::Patient ? "p.site, 0" : "s.site, s.part");
    for (ComputedAttribute const& column : columns)
        sql += ", " + column.sql;
    sql += fmt::format(" FROM {} WHERE {} IN (SELECT value FROM json_each(?1))", tablesOf(level), rowOf(level));
    if (level == Level::Image)
        sql += " AND r.id IN (SELECT value FROM json_each(?2))";
    QIANLI_ASSIGN(auto read, database.prepare(sql));
    QIANLI_TRY(read.bind(1, listOf(ids, &AnswerId::row)));
    if (level == Level::Image)
        QIANLI_TRY(read.bind(2, listOf(ids, &AnswerId::run)));

    std::unordered_map<std::int64_t, std::size_t> places;
    for (std::size_t i = 0; i < ids.size(); ++i)
        places.emplace(ids[i].row, i);
    std::vector<Answer> answers(ids.size());
    std::vector<bool> there(ids.size());
    for (;;) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            break;
        auto const place = places.find(read.integer(0));
        if (place == places.end())
            continue;
        there[place->second] = true;
        Answer& answer = answers[place->second];
        answer.site.value = read.text(1);
        answer.part = static_cast<int>(read.integer(2));
        for (std::size_t i = 0; i < columns.size(); ++i)
            answer.values.emplace(columns[i].tag, read.text(static_cast<int>(i) + 3));
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (!there[i])
            continue;
        if (kept != i)
            answers[kept] = std::move(answers[i]);
        ++kept;
    }
    answers.resize(kept);
    return answers;
}

} // namespace qianli::gateway
