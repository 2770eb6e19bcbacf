#include "gateway/index/query.h"

#include "common/base/text.h"
#include "common/sqlite/text_predicate.h"
#include "gateway/index/attributes.h"
#include "gateway/index/instances_of.h"
#include "gateway/index/name_search.h"
#include "gateway/index/uid_key.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace qianli::gateway {
namespace {

bool hasWildcard(std::string_view text)
{
    return text.find_first_of("*?") != std::string_view::npos;
}

// No value is asked for: everything matches (PS3.4 C.2.2.2.3).
bool isUniversal(Match const& match)
{
    return std::ranges::all_of(match.values, [&](std::string const& value) {
        return value.empty() ||
               (match.kind != Match::Kind::UidList && value.find_first_not_of('*') == std::string::npos);
    });
}

// Behind every text that begins with `prefix`: 0xFF is in no UTF-8.
std::string endOfPrefix(std::string_view prefix)
{
    return std::string(prefix) + '\xFF';
}

std::string_view literalPrefix(std::string_view pattern)
{
    return pattern.substr(0, pattern.find_first_of("*?"));
}

// Rows that the caller may see, in counts.
std::string_view countedColumn(bool unreleased)
{
    return unreleased ? "instances" : "released";
}

std::string modalitiesExpression(bool unreleased)
{
    return fmt::format(
        "(SELECT group_concat(modality, '\\') FROM (SELECT DISTINCT modality FROM series WHERE study = s.id AND {} > 0 "
        "AND modality <> '' ORDER BY modality))",
        countedColumn(unreleased));
}

} // namespace

std::string toJsonArray(std::span<std::string const> values)
{
    std::string json = "[";
    for (std::string const& value : values) {
        json += json.size() > 1 ? ",\"" : "\"";
        for (char const c : value) {
            if (c == '"' || c == '\\')
                json += '\\';
            if (static_cast<unsigned char>(c) < 0x20)
                fmt::format_to(std::back_inserter(json), "\\u{:04x}", static_cast<unsigned>(c));
            else
                json += c;
        }
        json += '"';
    }
    return json + "]";
}

Result<void> addMatchingFunctions(sqlite::Database& database)
{
    QIANLI_TRY(sqlite::addTextPredicate(database, "matches_wildcard", &text::matchesWildcard));
    QIANLI_TRY(sqlite::addTextPredicate(database, "matches_name", &matchesName));
    return addInstancesOf(database);
}

std::string_view tablesOf(Level level)
{
    switch (level) {
    case Level::Patient:
        return "patient p";
    case Level::Study:
        return "study s";
    case Level::Series:
        return "series e JOIN study s ON s.id = e.study";
    case Level::Image:
        break;
    }
    return "run r JOIN series e ON e.id = r.series JOIN study s ON s.id = e.study "
           "JOIN instances_of(r.packed, r.id, e.uid) i JOIN shared h ON h.id = i.shared";
}

std::vector<ComputedAttribute> computedAttributes(Level level, bool unreleased)
{
    std::string_view const counted = countedColumn(unreleased);
    switch (level) {
    case Level::Patient:
        return {
            {{0x0020, 0x1200}, "(SELECT count(*) FROM study WHERE patient = p.id)"},
            {{0x0020, 0x1202},
             fmt::format(
                 "(SELECT count(*) FROM study t JOIN series x ON x.study = t.id WHERE t.patient = p.id AND x.{} > 0)",
                 counted)},
            {{0x0020, 0x1204},
             fmt::format(
                 "(SELECT coalesce(sum(x.{}), 0) FROM study t JOIN series x ON x.study = t.id WHERE t.patient = p.id)",
                 counted)}};
    case Level::Study:
        return {
            {{0x0008, 0x0061}, modalitiesExpression(unreleased)},
            {{0x0020, 0x1206}, fmt::format("(SELECT count(*) FROM series WHERE study = s.id AND {} > 0)", counted)},
            {{0x0020, 0x1208}, fmt::format("(SELECT coalesce(sum({}), 0) FROM series WHERE study = s.id)", counted)}};
    case Level::Series:
        return {{{0x0020, 0x1209}, fmt::format("e.{}", counted)}};
    case Level::Image:
        break;
    }
    return {};
}

Result<Conditions> Conditions::compile(Scope const& scope, Level level, std::span<Match const> matches,
                                       NamesMeant const* names)
{
    Conditions conditions;
    conditions.unreleased_ = scope.unreleased;
    conditions.addScope(scope, level);
    for (Match const& match : matches)
        QIANLI_TRY(conditions.add(match, level, names));
    if (names != nullptr && std::ranges::find(matches, dicom::tag::patientName, &Match::tag) == matches.end())
        conditions.terms_.push_back(conditions.isNamed(*names, level));
    return conditions;
}

std::string Conditions::where() const
{
    return terms_.empty() ? std::string() : " WHERE " + text::join(terms_, " AND ");
}

Result<void> Conditions::bind(sqlite::Statement& statement) const
{
    for (std::size_t i = 0; i < parameters_.size(); ++i)
        QIANLI_TRY(statement.bind(static_cast<int>(i) + 1, parameters_[i]));
    return {};
}

std::string Conditions::parameter(std::string value)
{
    parameters_.push_back(std::move(value));
    return fmt::format("?{}", parameters_.size());
}

std::string Conditions::listParameter(std::span<std::string const> values)
{
    return fmt::format("(SELECT value FROM json_each({}))", parameter(toJsonArray(values)));
}

void Conditions::addScope(Scope const& scope, Level level)
{
    if (!scope.all) {
        std::vector<std::string> sites;
        for (model::SiteId const& site : scope.sites)
            sites.push_back(site.value);
        terms_.push_back(fmt::format("{}.site IN {}", level == Level::Patient ? "p" : "s", listParameter(sites)));
    }
    if (level == Level::Series)
        terms_.push_back(fmt::format("e.{} > 0", countedColumn(scope.unreleased)));
    if (level == Level::Image)
        terms_.push_back(scope.unreleased ? "i.newest = 1" : "i.newest_released = 1");
}

Result<void> Conditions::add(Match const& match, Level level, NamesMeant const* names)
{
    if (isUniversal(match))
        return {};
    Attribute const* const attribute = findAttribute(level, match.tag);
    if (attribute == nullptr)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{} is no attribute to search by at this level", toString(match.tag)));
    std::string_view const column = columnAt(*attribute, level);
    std::string const& value = match.values.front();
    if (match.tag == dicom::tag::patientId)
        addPatientIds(match, level);
    if (match.tag == dicom::tag::issuerOfPatientId && match.kind == Match::Kind::Value)
        return addIssuer(value, level), Result<void>();
    switch (attribute->comparison) {
    case Comparison::Modalities:
        addModalities(match);
        return {};
    case Comparison::Time:
        addTime(column, match);
        return {};
    case Comparison::Name:
        if (match.kind == Match::Kind::Range)
            break;
        if (names != nullptr && match.tag == dicom::tag::patientName)
            addNameOr(*names, column, value, level);
        else
            addName(column, value, level);
        return {};
    case Comparison::Number:
        if (match.kind == Match::Kind::Value)
            return addNumber(column, value), Result<void>();
        break;
    case Comparison::Uid:
        if (match.kind == Match::Kind::Range || (match.kind == Match::Kind::Wildcard && hasWildcard(value)))
            break;
        addUids(column, match.values);
        return {};
    default:
        break;
    }
    switch (match.kind) {
    case Match::Kind::Range:
        addRange(column, value, match.values.size() > 1 ? match.values[1] : std::string());
        break;
    case Match::Kind::Wildcard:
        addWildcard(column, value);
        break;
    case Match::Kind::UidList:
        addValues(column, match.values);
        break;
    case Match::Kind::Value:
        addText(column, value);
        break;
    }
    return {};
}

void Conditions::addValues(std::string_view column, std::span<std::string const> values)
{
    terms_.push_back(fmt::format("{} IN {}", column, listParameter(values)));
}

// By their keys, for which there is an index, and then by themselves.
void Conditions::addUids(std::string_view column, std::span<std::string const> uids)
{
    if (column != "h.sop_class") {
        std::string keys = "[";
        for (std::string const& uid : uids)
            fmt::format_to(std::back_inserter(keys), "{}{}", keys.size() > 1 ? "," : "", uidKey(uid));
        std::string const list = fmt::format("(SELECT value FROM json_each({}))", parameter(keys + "]"));
        terms_.push_back(column == "i.sop_instance"
                             ? fmt::format("r.id IN (SELECT run FROM sop_instance WHERE key IN {})", list)
                             : fmt::format("{}_key IN {}", column, list));
        selective_ = true;
    }
    addValues(column, uids);
}

// A study's patient has its Patient ID as identity, for which there is an index.
void Conditions::addPatientIds(Match const& match, Level level)
{
    std::string found;
    if (match.kind == Match::Kind::Wildcard && hasWildcard(match.values.front())) {
        std::string const prefix = "I" + std::string(literalPrefix(match.values.front()));
        if (prefix.size() == 1)
            return;
        std::string const from = parameter(prefix);
        found = fmt::format("identity >= {} AND identity < {}", from, parameter(endOfPrefix(prefix)));
    } else if (match.kind != Match::Kind::Range) {
        std::vector<std::string> identities;
        for (std::string const& value : match.values)
            identities.push_back(value.empty() ? value : "I" + value);
        // Without Patient ID the identity is another.
        if (std::ranges::any_of(identities, [](std::string const& one) { return one.empty(); }))
            return;
        found = fmt::format("identity IN {}", listParameter(identities));
    } else {
        return;
    }
    terms_.push_back(level == Level::Patient ? found
                                             : fmt::format("s.patient IN (SELECT id FROM patient WHERE {})", found));
    selective_ = true;
}

// The site issues what it sends, whatever the data set says; who asks by the data set's word is answered, too.
void Conditions::addIssuer(std::string const& value, Level level)
{
    std::string const place = parameter(value);
    terms_.push_back(fmt::format("({0}.site = {1} OR {0}.issuer = {1})", level == Level::Patient ? "p" : "s", place));
}

void Conditions::addText(std::string_view column, std::string const& value)
{
    terms_.push_back(fmt::format("{} = {}", column, parameter(value)));
}

// "01" and "1" are one number (IS, PS3.5 6.2).
void Conditions::addNumber(std::string_view column, std::string const& value)
{
    if (value.find_first_not_of("0123456789+-") != std::string::npos)
        return addText(column, value);
    terms_.push_back(
        fmt::format("({0} <> '' AND CAST({0} AS INTEGER) = CAST({1} AS INTEGER))", column, parameter(value)));
}

void Conditions::addWildcard(std::string_view column, std::string const& pattern)
{
    if (!hasWildcard(pattern))
        return addText(column, pattern);
    if (std::string_view const prefix = literalPrefix(pattern); !prefix.empty()) {
        std::string const from = parameter(std::string(prefix));
        terms_.push_back(fmt::format("{0} >= {1} AND {0} < {2}", column, from, parameter(endOfPrefix(prefix))));
    }
    // "abc*" is answered by the bounds alone.
    if (pattern.find_first_of("*?") != pattern.size() - 1 || pattern.back() != '*')
        terms_.push_back(fmt::format("matches_wildcard({}, {})", parameter(pattern), column));
}

void Conditions::addName(std::string_view column, std::string const& key, Level level)
{
    bool answered = false;
    std::size_t const termsBefore = terms_.size();
    if (column == "s.patient_name" && level != Level::Patient) {
        // study_name holds the groups as they are compared. It answers keys like "wang*" alone, and narrows down those
        // that begin with a literal.
        answered = true;
        std::vector<std::string> const groups = nameGroups(key);
        for (std::size_t position = 0; position < groups.size(); ++position) {
            if (groups[position].empty())
                continue;
            std::string const prefix(literalPrefix(groups[position]));
            std::string_view const rest = std::string_view(groups[position]).substr(prefix.size());
            answered = answered && !prefix.empty() && rest.find_first_not_of('*') == std::string_view::npos;
            if (prefix.empty())
                continue;
            std::string const from = parameter(prefix);
            std::string const which =
                rest.empty() ? fmt::format("text = {}", from)
                             : fmt::format("text >= {} AND text < {}", from, parameter(endOfPrefix(prefix)));
            std::string const at = groups.size() > 1 ? fmt::format(" AND position = {}", position) : std::string();
            terms_.push_back(fmt::format("s.id IN (SELECT study FROM study_name WHERE {}{})", which, at));
            selective_ = true;
        }
    }
    if (!answered)
        terms_.push_back(fmt::format("matches_name({}, {})", parameter(key), column));
    // No group says anything: all names, unless what is said stands behind the third (PS3.5 6.2.1).
    else if (terms_.size() == termsBefore)
        terms_.push_back(key.find_first_not_of("=^ ") == std::string::npos ? "1" : "0");
}

void Conditions::addNameOr(NamesMeant const& names, std::string_view column, std::string const& key, Level level)
{
    std::vector<std::string> others = std::exchange(terms_, {});
    addName(column, key, level);
    others.push_back(fmt::format("({} OR {})", text::join(terms_, " AND "), isNamed(names, level)));
    terms_ = std::move(others);
}

void Conditions::addStudies(std::span<std::int64_t const> ids)
{
    terms_.push_back(
        fmt::format("s.id IN (SELECT value FROM json_each({}))", parameter(fmt::format("[{}]", fmt::join(ids, ",")))));
    selective_ = true;
}

std::string Conditions::isNamed(NamesMeant const& names, Level level)
{
    constexpr std::size_t few = 2000;
    selective_ = selective_ || names.texts.size() <= few;
    std::string const studies =
        fmt::format("(SELECT study FROM study_name WHERE text IN {})", listParameter(names.texts));
    if (level == Level::Patient)
        return fmt::format("p.id IN (SELECT patient FROM study WHERE id IN {})", studies);
    return names.patients ? fmt::format("s.patient IN (SELECT patient FROM study WHERE id IN {})", studies)
                          : fmt::format("s.id IN {}", studies);
}

void Conditions::addRange(std::string_view column, std::string const& from, std::string const& to)
{
    if (from == to)
        return addText(column, from);
    // An object without the value is in no range.
    terms_.push_back(from.empty() ? fmt::format("{} > ''", column) : fmt::format("{} >= {}", column, parameter(from)));
    if (!to.empty())
        terms_.push_back(fmt::format("{} <= {}", column, parameter(to)));
    selective_ = selective_ || (!from.empty() && !to.empty());
}

// A time means the whole span that its digits leave open: "10" is 10:00:00.000000 to 10:59:59.999999 (PS3.5 6.2).
// Stored times are filled up with zeros for the comparison, so that "1015" and "101500.0" are the same.
void Conditions::addTime(std::string_view column, Match const& match)
{
    if (match.kind == Match::Kind::Wildcard && hasWildcard(match.values.front()))
        return addWildcard(column, match.values.front());
    std::string const& from = match.values.front();
    std::string const& to =
        match.kind == Match::Kind::Range ? (match.values.size() > 1 ? match.values[1] : std::string()) : from;
    terms_.push_back(fmt::format("{} > ''", column));
    std::string const filled = fmt::format("({0} || substr('000000.000000', length({0}) + 1))", column);
    if (!from.empty())
        terms_.push_back(fmt::format("{} >= {}", filled, parameter(from)));
    if (!to.empty())
        terms_.push_back(fmt::format("{} < {}", filled, parameter(endOfPrefix(to))));
}

void Conditions::addModalities(Match const& match)
{
    std::vector<std::string> wanted;
    for (std::string const& value : match.values)
        for (std::string& one : text::split(value, '\\'))
            wanted.push_back(std::move(one));
    std::vector<std::string> alternatives;
    for (std::string const& one : wanted) {
        std::string const place = parameter(one);
        alternatives.push_back(hasWildcard(one) ? fmt::format("matches_wildcard({}, modality)", place)
                                                : "modality = " + place);
    }
    terms_.push_back(fmt::format("EXISTS (SELECT 1 FROM series WHERE study = s.id AND {} > 0 AND ({}))",
                                 countedColumn(unreleased_), text::join(alternatives, " OR ")));
}

} // namespace qianli::gateway
