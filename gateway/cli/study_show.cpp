// study show: one study, what it holds, how it came.
#include "common/base/text.h"
#include "gateway/cli/devices.h"
#include "gateway/cli/study_lookup.h"
#include "gateway/cli/study_rows.h"
#include "gateway/cli/study_time.h"
#include "gateway/cli/study_versions.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace qianli::gateway::cli {
namespace {

using nlohmann::ordered_json;

// Who sent it, and how fast: "PUZI_CT (10.1.0.7), 2 objects, 30.0 MB in 12.1 s, 2.5 MB/s". What the first object took
// is not known, so it doesn't count for the rate.
std::string transferOf(std::vector<InstanceRecord> const& instances)
{
    std::set<std::string> senders;
    std::vector<std::pair<TimePoint, std::uint64_t>> arrivals;
    std::uint64_t bytes = 0;
    for (auto const& instance : instances) {
        auto const& receipt = instance.receipt;
        if (receipt.origin == Origin::Station)
            continue;
        senders.insert(receipt.origin == Origin::Import
                           ? "import"
                           : fmt::format("{} ({})", text::escapeControl(receipt.callingAe), receipt.address));
        arrivals.emplace_back(receipt.receivedAt, receipt.location.dataSetLength);
        bytes += receipt.location.dataSetLength;
    }
    if (arrivals.empty())
        return "reading stations only";
    std::sort(arrivals.begin(), arrivals.end());
    auto const seconds = std::chrono::duration<double>(arrivals.back().first - arrivals.front().first).count();
    auto words = fmt::format("{}: {} object{}, {}", fmt::join(senders, ", "), arrivals.size(),
                             arrivals.size() == 1 ? "" : "s", bytesForPeople(bytes));
    if (seconds > 0)
        words += fmt::format(", {:.1f} s from first to last, {:.2f} MB/s", seconds,
                             static_cast<double>(bytes - arrivals.front().second) / 1e6 / seconds);
    return words;
}

} // namespace

Result<void> studyShow(Context& context, StudyArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* index, context.index());
    QIANLI_ASSIGN(auto study, oneStudy(context, arguments));
    QIANLI_ASSIGN(auto const state, stateOf(context, study));
    QIANLI_ASSIGN(auto const instances, instancesOf(*index, study));
    struct Series {
        dicom::InstanceHeader header;
        int instances = 0, withheld = 0;
        std::uint64_t bytes = 0;
    };
    std::vector<std::pair<std::string, Series>> series;
    auto instancesJson = ordered_json::array();
    for (auto const& instance : instances) {
        auto const& uid = instance.header.seriesUid.value();
        auto found = std::find_if(series.begin(), series.end(), [&](auto const& entry) { return entry.first == uid; });
        if (found == series.end())
            found = series.insert(series.end(), {uid, {instance.header}});
        ++found->second.instances;
        found->second.withheld += instance.released ? 0 : 1;
        found->second.bytes += instance.receipt.location.dataSetLength;
        if (context.out().isJson())
            instancesJson.push_back({{"sopInstanceUid", instance.receipt.sopInstance.value()},
                                     {"sopClassUid", instance.receipt.sopClass.value()},
                                     {"seriesInstanceUid", uid},
                                     {"transferSyntaxUid", instance.receipt.transferSyntax.value()},
                                     {"instanceNumber", instance.header.instanceNumber},
                                     {"version", instance.receipt.version},
                                     {"bytes", instance.receipt.location.dataSetLength},
                                     {"xxh3", text::toHex(instance.receipt.digest)},
                                     {"receivedAt", toIso8601(instance.receipt.receivedAt)},
                                     {"callingAe", instance.receipt.callingAe},
                                     {"address", instance.receipt.address},
                                     {"released", instance.released}});
    }
    auto document = toJson(study, state);
    document["studyId"] = study.header.studyId;
    document["referringPhysician"] = study.header.referringPhysician;
    document["objects"] = std::move(instancesJson);
    QIANLI_ASSIGN(auto const versions, versionsOf(*index, study, instances));
    document["versions"] = versionsJson(versions);
    context.out().json(document);

    auto const& header = study.header;
    context.out().line(fmt::format("{}  {}  born {}  ID {}", text::escapeControl(nameForPeople(header.patientName)),
                                   header.patientSex, dateForPeople(header.patientBirthDate),
                                   text::escapeControl(context.out().id(header.patientId))));
    if (auto const age = ageWords(study); !age.empty())
        context.out().line("age: " + age);
    context.out().line(fmt::format("{}  {}  {}", dateForPeople(header.studyDate, header.studyTime), modalitiesOf(study),
                                   text::escapeControl(header.studyDescription)));
    context.out().line(fmt::format("site {}, received {} to {}, state {}", study.site.value,
                                   toLocalText(study.firstReceivedAt), toLocalText(study.lastReceivedAt),
                                   state.code.empty() ? "-" : state.code));
    context.out().line(fmt::format("sent by {}", transferOf(instances)));
    context.out().line(fmt::format("names: declared \"{}\", read as {} (rule {}{})", header.charset.declared,
                                   header.charset.used, header.charset.rule,
                                   header.charset.certain ? "" : ", uncertain"));
    if (auto const flags = flagsOf(study, state); !flags.empty())
        context.out().line("note: " + flags);
    if (auto const defects = defectWords(study.defects); !defects.empty())
        context.out().line("against the standard: " + defects);
    Table table({{"SERIES", Table::Align::Right},
                 {"MODALITY"},
                 {"BODY PART"},
                 {"DESCRIPTION", Table::Align::Left, 40},
                 {"OBJECTS", Table::Align::Right},
                 {"SIZE", Table::Align::Right},
                 {"NOTE"}});
    for (auto const& [uid, one] : series)
        table.add({one.header.seriesNumber, one.header.modality, one.header.bodyPart, one.header.seriesDescription,
                   fmt::format("{}", one.instances), bytesForPeople(one.bytes),
                   one.withheld > 0 ? "not visible to the site until issued" : ""});
    context.out().table(table, "no objects");
    printVersions(context.out(), versions);
    return {};
}

} // namespace qianli::gateway::cli
