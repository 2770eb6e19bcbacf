#include "gateway/service/query.h"

#include "common/base/text.h"
#include "common/dicom/sop_class.h"
#include "gateway/index/name_search.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::gateway {

namespace {

using dicom::Tag;

constexpr Tag levelTag{0x0008, 0x0052}, retrieveAe{0x0008, 0x0054}, availability{0x0008, 0x0056},
    timezone{0x0008, 0x0201};

// Longer than any value that could match; patterns are tried on many rows.
constexpr std::size_t mostKeys = 500;    // each comes back in each answer; the standard has some 50
constexpr std::size_t mostUids = 20'000; // of one list
constexpr std::size_t longestKey = 1024; // three component groups of 64 characters (PS3.5 6.2), and wildcards

// Before a list is taken apart: as many strings as it has bytes would be sixteen times its size.
Result<void> checkList(Tag tag, std::string_view value)
{
    auto const count = static_cast<std::size_t>(std::ranges::count(value, '\\')) + 1;
    if (count > mostUids)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("key {} lists {} values, at most {} are taken", dicom::toString(tag), count, mostUids));
    return {};
}

// "**" means what "*" means.
std::string withoutRepeatedStars(std::string_view pattern)
{
    std::string shorter;
    for (char const c : pattern)
        if (c != '*' || shorter.empty() || shorter.back() != '*')
            shorter += c;
    return shorter;
}

Match matchOf(Tag tag, dicom::IdentifierElement const& element)
{
    auto const& value = element.value;
    if (element.vr == "UI")
        return {Match::Kind::UidList, tag, text::split(value, '\\')};
    if (element.vr == "DA" || element.vr == "TM" || element.vr == "DT") {
        auto const dash = value.find('-');
        if (dash == std::string::npos)
            return {Match::Kind::Value, tag, {value}};
        return {Match::Kind::Range,
                tag,
                {std::string(text::trim(value.substr(0, dash))), std::string(text::trim(value.substr(dash + 1)))}};
    }
    if (value.find('\\') != std::string::npos) // Modalities in Study may name several; elsewhere we are as generous
        return {Match::Kind::UidList, tag, text::split(value, '\\')};
    if (value.find_first_of("*?") != std::string::npos && element.vr != "IS" && element.vr != "DS")
        return {Match::Kind::Wildcard, tag, {withoutRepeatedStars(value)}};
    return {Match::Kind::Value, tag, {value}};
}

// Universal matching (PS3.4 C.2.2.2.3), or text of which only asterisks are left.
bool matchesAll(std::string_view value)
{
    return value.find_first_not_of('*') == std::string_view::npos;
}

// What a retrieve names at a level. One empty value among several would be the wish for everything: the index takes
// what has no value for no condition (PS3.4 C.2.2.2.3).
Result<Match> uniqueMatch(Level level, std::string const& value)
{
    auto const tag = uniqueKey(level);
    if (level == Level::Patient) { // may hold an asterisk or a question mark: it is taken as it is written
        if (matchesAll(text::trim(value)))
            return fail(ErrorCode::InvalidInput,
                        fmt::format("{} names no {}: a retrieve takes no wildcard", dicom::toString(tag), name(level)));
        return Match{Match::Kind::Value, tag, {value}};
    }
    if (value.find_first_of("*?") != std::string::npos)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{} has a wildcard: a retrieve takes none", dicom::toString(tag)));
    QIANLI_TRY(checkList(tag, value));
    auto values = text::split(value, '\\');
    if (std::ranges::any_of(values, [](std::string const& one) { return text::trim(one).empty(); }))
        return fail(ErrorCode::InvalidInput, fmt::format("{} has an empty value in its list", dicom::toString(tag)));
    return Match{Match::Kind::UidList, tag, std::move(values)};
}

} // namespace

std::optional<InformationModel> informationModelOf(dicom::Uid const& sopClass)
{
    using namespace dicom::sop;
    for (auto const* uid : {patientRootFind, patientRootMove, patientRootGet})
        if (sopClass.value() == uid)
            return InformationModel::PatientRoot;
    for (auto const* uid : {studyRootFind, studyRootMove, studyRootGet})
        if (sopClass.value() == uid)
            return InformationModel::StudyRoot;
    return std::nullopt;
}

Tag uniqueKey(Level level)
{
    switch (level) {
    case Level::Patient:
        return {0x0010, 0x0020};
    case Level::Study:
        return {0x0020, 0x000D};
    case Level::Series:
        return {0x0020, 0x000E};
    case Level::Image:
        return {0x0008, 0x0018};
    }
    return {};
}

std::string_view name(Level level)
{
    switch (level) {
    case Level::Patient:
        return "PATIENT";
    case Level::Study:
        return "STUDY";
    case Level::Series:
        return "SERIES";
    case Level::Image:
        return "IMAGE";
    }
    return {};
}

Result<Level> levelOf(dicom::DecodedIdentifier const& identifier, InformationModel model)
{
    auto const text = identifier.value(levelTag);
    for (auto const level : {Level::Patient, Level::Study, Level::Series, Level::Image}) {
        if (text != name(level))
            continue;
        if (level == Level::Patient && model == InformationModel::StudyRoot)
            return fail(ErrorCode::InvalidInput, "level PATIENT is not in the Study Root model");
        return level;
    }
    return fail(ErrorCode::InvalidInput, fmt::format("Query/Retrieve Level (0008,0052) is '{}'", text.substr(0, 16)));
}

Result<FindQuery> toFindQuery(dicom::DecodedIdentifier const& identifier, InformationModel model)
{
    FindQuery find;
    QIANLI_ASSIGN(find.query.level, levelOf(identifier, model));
    if (identifier.elements.size() > mostKeys)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{} keys, at most {} are taken", identifier.elements.size(), mostKeys));
    for (auto const& [tag, element] : identifier.elements) {
        if (tag == levelTag || tag == retrieveAe || tag == availability || tag == timezone || element.vr == "SQ" ||
            matchesAll(element.value))
            continue;
        if (element.vr == "UI")
            QIANLI_TRY(checkList(tag, element.value));
        if (element.vr != "UI" && element.value.size() > longestKey)
            return fail(ErrorCode::InvalidInput, fmt::format("key {} has {} bytes, at most {} are taken",
                                                             dicom::toString(tag), element.value.size(), longestKey));
        if (StudyIndex::holds(find.query.level, tag))
            find.query.matches.push_back(matchOf(tag, element));
        else
            find.keysIgnored = true;
    }
    return find;
}

void takeNamesAsTyped(Query& query)
{
    for (Match const& match : query.matches) {
        if (match.tag != dicom::tag::patientName || match.values.size() != 1)
            continue;
        if (auto meant = searchMeantBy(match.values.front()))
            query.name = std::move(*meant);
    }
}

Result<Query> toRetrieveQuery(dicom::DecodedIdentifier const& identifier, InformationModel model)
{
    Query query;
    QIANLI_ASSIGN(query.level, levelOf(identifier, model));
    for (auto const level : {Level::Patient, Level::Study, Level::Series, Level::Image}) {
        auto const value = identifier.value(uniqueKey(level));
        if (level > query.level)
            break;
        if (level == query.level && value.empty())
            return fail(ErrorCode::InvalidInput,
                        fmt::format("retrieve at level {} names no unique key of it", name(level)));
        if (value.empty())
            continue;
        QIANLI_ASSIGN(auto match, uniqueMatch(level, value));
        query.matches.push_back(std::move(match));
    }
    // With the Patient ID it is the whole key of a patient (PS3.3 C.2.2).
    if (auto const issuer = identifier.value(dicom::tag::issuerOfPatientId); !matchesAll(issuer))
        query.matches.push_back({Match::Kind::Value, dicom::tag::issuerOfPatientId, {issuer}});
    return query;
}

} // namespace qianli::gateway
