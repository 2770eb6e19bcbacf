#include "gateway/index/name_answers.h"

#include "common/dicom/instance_header.h"
#include "gateway/index/name_keys.h"
#include "gateway/index/name_search.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_set>

namespace qianli::gateway {
namespace {

// Further than to the first answers, so that a better one of this week comes before those of today.
constexpr std::size_t shortestWalk = 2'000;

class RankedSearch {
public:
    RankedSearch(sqlite::Database& database, Scope const& scope, Query const& query, names::NameQuery const& name)
        : database_(database), scope_(scope), query_(query), name_(name)
    {
    }

    Result<std::vector<AnswerId>> run()
    {
        bool const isLimited = query_.limit != 0;
        QIANLI_ASSIGN(NamesFound const found,
                      findNames(database_, name_, isLimited ? Extent::UnlessBroad : Extent::All));
        // So many have answers among the newest studies: those are found by walking back from today.
        if (!found.complete)
            QIANLI_TRY(walk());
        for (std::size_t rank = 0; found.complete && rank < found.byRank.size() && !isFull(); ++rank)
            if (!found.byRank[rank].empty())
                QIANLI_TRY(take(found.byRank[rank]));
        // ZHANG SAN, where another study of the same patient says 张三.
        if (found.complete && name_.hasIdeographs() && !isFull() && !found.all().empty())
            QIANLI_TRY(takePatients(found.all()));
        return std::move(ids_);
    }

private:
    bool isFull() const { return query_.limit != 0 && ids_.size() >= query_.limit; }

    void add(std::int64_t study)
    {
        if (!isFull() && taken_.insert(study).second)
            ids_.push_back({study, 0});
    }

    // Those that have one of the names, as many as are still wanted.
    Result<void> take(std::vector<std::string> const& texts)
    {
        QIANLI_ASSIGN(auto read, database_.prepare("SELECT study FROM study_name WHERE text IN (SELECT value FROM "
                                                   "json_each(?1))"));
        QIANLI_TRY(read.bind({toJsonArray(texts)}));
        std::vector<std::int64_t> studies;
        for (;;) {
            QIANLI_ASSIGN(bool const more, read.step());
            if (!more)
                break;
            if (!taken_.contains(read.integer(0)))
                studies.push_back(read.integer(0));
        }
        std::ranges::sort(studies);
        if (query_.newestFirst)
            std::ranges::reverse(studies);
        constexpr std::size_t atOnce = 512;
        for (std::span<std::int64_t const> rest = studies; !rest.empty() && !isFull();) {
            auto const now = rest.first(std::min(atOnce, rest.size()));
            rest = rest.subspan(now.size());
            QIANLI_TRY(takeWhereAllowed(now));
        }
        return {};
    }

    Result<void> takeWhereAllowed(std::span<std::int64_t const> studies)
    {
        QIANLI_ASSIGN(auto conditions, Conditions::compile(scope_, Level::Study, query_.matches));
        if (conditions.where().empty()) {
            for (std::int64_t const study : studies)
                add(study);
            return {};
        }
        conditions.addStudies(studies);
        return takeAll(conditions);
    }

    // Every study of the patients of whom one has one of the names.
    Result<void> takePatients(std::vector<std::string> texts)
    {
        NamesMeant const names{std::move(texts), true};
        QIANLI_ASSIGN(auto const conditions, Conditions::compile(scope_, Level::Study, query_.matches, &names));
        return takeAll(conditions);
    }

    Result<void> takeAll(Conditions const& conditions)
    {
        QIANLI_ASSIGN(auto read,
                      database_.prepare(fmt::format("SELECT s.id FROM study s{} ORDER BY +{}", conditions.where(),
                                                    orderOf(Level::Study, query_.newestFirst))));
        QIANLI_TRY(conditions.bind(read));
        while (!isFull()) {
            QIANLI_ASSIGN(bool const more, read.step());
            if (!more)
                break;
            add(read.integer(0));
        }
        return {};
    }

    // Newest first, until there are enough answers.
    Result<void> walk()
    {
        QIANLI_ASSIGN(auto const conditions, Conditions::compile(scope_, Level::Study, query_.matches));
        QIANLI_ASSIGN(auto read, database_.prepare(fmt::format(
                                     "SELECT s.id, s.patient_name FROM study s{} ORDER BY {}{}", conditions.where(),
                                     conditions.isSelective() ? "+" : "", orderOf(Level::Study, query_.newestFirst))));
        QIANLI_TRY(conditions.bind(read));
        std::vector<std::pair<int, std::int64_t>> found;
        names::NameReader reader;
        for (std::size_t walked = 0; walked < shortestWalk || found.size() < query_.limit; ++walked) {
            QIANLI_ASSIGN(bool const more, read.step());
            if (!more)
                break;
            if (auto const here = name_.rank(read.textView(1), reader))
                found.emplace_back(*here, read.integer(0));
        }
        std::ranges::stable_sort(found, {}, &std::pair<int, std::int64_t>::first);
        for (auto const& [worse, study] : found)
            add(study);
        return {};
    }

    sqlite::Database& database_;
    Scope const& scope_;
    Query const& query_;
    names::NameQuery const& name_;
    std::vector<AnswerId> ids_;
    std::unordered_set<std::int64_t> taken_;
};

bool hasNameMatch(Query const& query)
{
    return std::ranges::find(query.matches, dicom::tag::patientName, &Match::tag) != query.matches.end();
}

// A key that means so many names ("z*") that they are not listed: study for study, newest first, until there are enough
// that the standard's matching or the search finds.
Result<std::vector<AnswerId>> walkForBoth(sqlite::Database& database, Scope const& scope, Query const& query,
                                          names::NameQuery const& name)
{
    std::vector<Match> others;
    std::string key;
    for (Match const& match : query.matches) {
        if (match.tag == dicom::tag::patientName)
            key = match.values.front();
        else
            others.push_back(match);
    }
    QIANLI_ASSIGN(auto const conditions, Conditions::compile(scope, Level::Study, others));
    QIANLI_ASSIGN(auto read, database.prepare(fmt::format("SELECT s.id, s.patient_name FROM study s{} ORDER BY {}{}",
                                                          conditions.where(), conditions.isSelective() ? "+" : "",
                                                          orderOf(Level::Study, query.newestFirst))));
    QIANLI_TRY(conditions.bind(read));
    std::vector<AnswerId> found;
    names::NameReader reader;
    while (found.size() < query.limit) {
        QIANLI_ASSIGN(bool const more, read.step());
        if (!more)
            break;
        std::string_view const patient = read.textView(1);
        if (name.rank(patient, reader) || matchesName(key, patient))
            found.push_back({read.integer(0), 0});
    }
    return found;
}

} // namespace

Result<std::vector<AnswerId>> findByName(sqlite::Database& database, Scope const& scope, Query const& query)
{
    names::NameQuery const name(query.name.text, query.name.reach);
    if (!name.empty() && query.level == Level::Study && !hasNameMatch(query))
        return RankedSearch(database, scope, query, name).run();
    NamesMeant names;
    if (!name.empty()) {
        bool const mayWalk = query.level == Level::Study && query.limit != 0;
        QIANLI_ASSIGN(NamesFound const found, findNames(database, name, mayWalk ? Extent::UnlessBroad : Extent::All));
        if (!found.complete)
            return walkForBoth(database, scope, query, name);
        names = {found.all(), name.hasIdeographs()};
    }
    QIANLI_ASSIGN(auto const conditions,
                  Conditions::compile(scope, query.level, query.matches, name.empty() ? nullptr : &names));
    return findAnswers(database, query, conditions);
}

} // namespace qianli::gateway
