#include "gateway/cli/study_versions.h"

#include "common/base/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {

Result<std::vector<std::vector<Receipt>>> versionsOf(StudyIndex const& index, StudyRecord const& study,
                                                     std::span<InstanceRecord const> instances)
{
    std::vector<std::vector<Receipt>> found;
    if (!study.versionConflict)
        return found;
    for (InstanceRecord const& instance : instances) {
        QIANLI_ASSIGN(auto versions, index.findBySopInstance(study.site, instance.receipt.sopInstance));
        if (versions.size() > 1)
            found.push_back(std::move(versions));
    }
    return found;
}

nlohmann::ordered_json versionsJson(std::vector<std::vector<Receipt>> const& versions)
{
    auto objects = nlohmann::ordered_json::array();
    for (auto const& receipts : versions) {
        auto list = nlohmann::ordered_json::array();
        for (Receipt const& receipt : receipts)
            list.push_back({{"version", receipt.version},
                            {"xxh3", text::toHex(receipt.digest)},
                            {"receivedAt", toIso8601(receipt.receivedAt)},
                            {"callingAe", receipt.callingAe},
                            {"address", receipt.address},
                            {"bytes", receipt.location.dataSetLength}});
        objects.push_back({{"sopInstanceUid", receipts.front().sopInstance.value()}, {"versions", std::move(list)}});
    }
    return objects;
}

void printVersions(Output const& out, std::vector<std::vector<Receipt>> const& versions)
{
    if (versions.empty())
        return;
    out.line("");
    out.line("came again with other content; every version is kept:");
    Table table({{"SOP INSTANCE UID", Table::Align::Left, 64},
                 {"VERSION", Table::Align::Right},
                 {"RECEIVED"},
                 {"FROM", Table::Align::Left, 40},
                 {"SIZE", Table::Align::Right},
                 {"DIGEST (XXH3-128)"}});
    for (auto const& receipts : versions)
        for (Receipt const& receipt : receipts)
            table.add({receipt.version == receipts.front().version ? receipt.sopInstance.value() : std::string(),
                       fmt::format("{}", receipt.version), toLocalText(receipt.receivedAt, TimePrecision::Seconds),
                       fmt::format("{}@{}", receipt.callingAe, receipt.address),
                       bytesForPeople(receipt.location.dataSetLength), text::toHex(receipt.digest)});
    out.table(table, "");
}

} // namespace qianli::gateway::cli
