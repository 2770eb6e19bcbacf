#include "gateway/cli/study_lookup.h"

#include "common/base/text.h"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>

namespace qianli::gateway::cli {
namespace {

constexpr dicom::Tag studyDate{0x0008, 0x0020}, accessionNumber{0x0008, 0x0050}, modalitiesInStudy{0x0008, 0x0061},
    patientName{0x0010, 0x0010}, patientId{0x0010, 0x0020}, studyInstanceUid{0x0020, 0x000D};

// "2026-11-22" or "20261122" to DA; "" stays.
Result<std::string> dicomDate(std::string_view option, std::string text)
{
    std::string const given = text;
    if (text.size() == 10 && text[4] == '-' && text[7] == '-')
        text = text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2);
    if (!text.empty() && (text.size() != 8 || text.find_first_not_of("0123456789") != std::string::npos))
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{}: expected a date such as 2026-11-22, found \"{}\"", option, given));
    return text;
}

void addMatch(Query& query, dicom::Tag tag, std::string const& value)
{
    if (value.empty())
        return;
    bool const wildcard = value.find_first_of("*?") != std::string::npos;
    query.matches.push_back({wildcard ? Match::Kind::Wildcard : Match::Kind::Value, tag, {value}});
}

} // namespace

Scope scopeOf(std::string const& site)
{
    Scope scope = everything();
    if (!site.empty()) {
        scope.all = false;
        scope.sites = {{site}};
    }
    return scope;
}

Result<Query> studyQuery(StudyListArguments const& arguments)
{
    Query query;
    query.level = Level::Study;
    addMatch(query, patientId, arguments.patient);
    // A pattern is DICOM's; everything else is looked for as people type.
    if (arguments.name.find_first_of("*?") != std::string::npos)
        addMatch(query, patientName, arguments.name);
    else
        query.name.text = arguments.name;
    addMatch(query, modalitiesInStudy, arguments.modality);
    addMatch(query, accessionNumber, arguments.accession);
    QIANLI_ASSIGN(auto const from, dicomDate("--from", arguments.from));
    QIANLI_ASSIGN(auto const to, dicomDate("--to", arguments.to));
    if (!from.empty() || !to.empty())
        query.matches.push_back({Match::Kind::Range, studyDate, {from, to}});
    return query;
}

Result<std::optional<TimePoint>> parseLocalTime(std::string_view option, std::string const& text, Edge edge)
{
    if (text.empty())
        return std::optional<TimePoint>();
    for (char const* format :
         {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d", "%Y%m%d"}) {
        std::tm fields{};
        fields.tm_isdst = -1;
        char const* end = ::strptime(text.c_str(), format, &fields);
        if (end == nullptr || *end != '\0')
            continue;
        bool const dateOnly = std::string_view(format).find('H') == std::string_view::npos;
        if (dateOnly && edge == Edge::End) {
            fields.tm_mday += 1; // mktime carries over to the next month
            return std::optional(TimePoint(std::chrono::seconds(std::mktime(&fields))) - Duration(1));
        }
        return std::optional(TimePoint(std::chrono::seconds(std::mktime(&fields))));
    }
    return fail(
        ErrorCode::InvalidInput,
        fmt::format("{}: expected a time such as 2026-11-22 or \"2026-11-22 12:30\", found \"{}\"", option, text));
}

Result<StudyRecord> oneStudy(Context& context, StudyArguments const& arguments)
{
    auto const uid = dicom::Uid::fromPeer(arguments.uid);
    if (!uid)
        return fail(ErrorCode::InvalidInput, fmt::format("\"{}\" is no Study Instance UID", arguments.uid));
    QIANLI_ASSIGN(auto const* index, context.index());
    QIANLI_ASSIGN(auto studies, index->studiesOf(*uid));
    std::erase_if(studies, [&](StudyRecord const& study) {
        return (!arguments.site.empty() && study.site.value != arguments.site) ||
               (arguments.part && study.part != *arguments.part);
    });
    if (studies.empty())
        return fail(ErrorCode::NotFound,
                    fmt::format("there is no study {}{}{}", arguments.uid,
                                arguments.part ? fmt::format(" with a part {}", *arguments.part) : "",
                                arguments.site.empty() ? "" : fmt::format(" of site {}", arguments.site)));
    if (studies.size() == 1)
        return std::move(studies.front());
    std::vector<std::string> sites, parts;
    for (auto const& study : studies) {
        if (std::ranges::find(sites, study.site.value) == sites.end())
            sites.push_back(study.site.value);
        parts.push_back(fmt::format("{}: {} {}", study.part, nameForPeople(study.header.patientName),
                                    context.out().id(study.header.patientId)));
    }
    if (sites.size() > 1)
        return fail(ErrorCode::Conflict, fmt::format("the sites {} all hold study {}: say which with --site",
                                                     fmt::join(sites, ", "), arguments.uid));
    return fail(ErrorCode::Conflict, fmt::format("{} patients of {} have study {}: say which with --part ({})",
                                                 studies.size(), sites.front(), arguments.uid, fmt::join(parts, "; ")));
}

Result<std::vector<InstanceRecord>> instancesOf(StudyIndex const& index, StudyRecord const& study)
{
    Query query;
    query.level = Level::Image;
    query.newestFirst = false;
    query.matches.push_back({Match::Kind::Value, studyInstanceUid, {study.header.studyUid.value()}});
    QIANLI_ASSIGN(auto instances, index.instances(scopeOf(study.site.value), query));
    std::erase_if(instances, [&](InstanceRecord const& one) { return one.part != study.part; });
    return instances;
}

} // namespace qianli::gateway::cli
