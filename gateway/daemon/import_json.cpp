#include "gateway/daemon/import_json.h"

namespace qianli::gateway {

nlohmann::json toJson(ImportProgress const& progress)
{
    return {{"files", progress.files},
            {"bytes", progress.bytes},
            {"stored", progress.stored},
            {"duplicates", progress.duplicates},
            {"newVersions", progress.newVersions},
            {"notDicom", progress.notDicom},
            {"directories", progress.directories},
            {"refused", progress.refused}};
}

nlohmann::json toJson(ImportReport const& report)
{
    auto json = toJson(report.counts);
    json["refusedFiles"] = report.refused;
    return json;
}

ImportProgress importProgressFromJson(nlohmann::json const& json)
{
    ImportProgress progress;
    auto const take = [&](char const* key, std::uint64_t& target) {
        if (auto const found = json.find(key); found != json.end() && found->is_number_unsigned())
            target = found->get<std::uint64_t>();
    };
    take("files", progress.files);
    take("bytes", progress.bytes);
    take("stored", progress.stored);
    take("duplicates", progress.duplicates);
    take("newVersions", progress.newVersions);
    take("notDicom", progress.notDicom);
    take("directories", progress.directories);
    take("refused", progress.refused);
    return progress;
}

ImportReport importReportFromJson(nlohmann::json const& json)
{
    ImportReport report;
    report.counts = importProgressFromJson(json);
    if (auto const found = json.find("refusedFiles"); found != json.end() && found->is_array())
        for (auto const& line : *found)
            if (line.is_string())
                report.refused.push_back(line.get<std::string>());
    return report;
}

} // namespace qianli::gateway
