// site: who may send to us, as the configuration says, and what came from there.
#include "gateway/cli/commands.h"
#include "gateway/cli/devices.h"
#include "gateway/configuration/added_sites.h"
#include "gateway/workflow/repeats.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

nlohmann::ordered_json toJson(model::Site const& site)
{
    auto callers = nlohmann::ordered_json::array();
    for (auto const& rule : site.callers)
        callers.push_back({{"aeTitle", rule.aeTitle}, {"address", rule.address}});
    auto allow = nlohmann::ordered_json::array();
    for (auto const service : site.allow)
        allow.push_back(serviceWord(service));
    return {{"id", site.id.value},
            {"name", site.name},
            {"callers", callers},
            {"allow", allow},
            {"called", site.called},
            {"destinations", site.destinations},
            {"deliver", site.deliver},
            {"charset", site.charset},
            {"stat", site.stat},
            {"fuzzyNames", site.fuzzyNames},
            {"certificateSubject", site.certificateSubject}};
}

// Where it is written, and changed.
std::string fileOf(Configuration const& configuration, model::Site const& site)
{
    return site.inConfiguration ? configuration.file.string() : addedSitePath(configuration.data, site.id).string();
}

// A device, with what only workflow.db knows of it.
struct Device {
    DeviceRecord record;
    std::uint64_t repeats = 0;
    std::optional<TimePoint> lastRepeatAt;
};

Result<std::vector<Device>> devicesOf(Context& context, Configuration const& configuration, model::SiteId const& site)
{
    std::vector<Device> devices;
    std::error_code ignored;
    if (!std::filesystem::exists(configuration.data / "index.db", ignored))
        return devices;
    QIANLI_ASSIGN(auto const* index, context.index());
    QIANLI_ASSIGN(auto const records, index->devices(site));
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const repeats, repeatsOf(workflow->database(), site));
    for (DeviceRecord const& record : records)
        devices.push_back(Device{record, 0, std::nullopt});
    auto const place = [&](std::string const& callingAe, std::string const& address) {
        return std::ranges::find_if(devices, [&](Device const& device) {
            return device.record.callingAe == callingAe && device.record.address == address;
        });
    };
    for (RepeatCount const& count : repeats) {
        auto device = place(count.callingAe, count.address);
        if (device == devices.end())
            device = place("others", "");
        if (device == devices.end())
            continue;
        device->repeats += count.objects;
        device->lastRepeatAt = std::max(device->lastRepeatAt, std::optional(count.lastAt));
    }
    return devices;
}

std::string nameOf(DeviceRecord const& record)
{
    if (record.address.empty())
        return record.callingAe.empty() ? "(imported)" : "(others)";
    return fmt::format("{}@{}", record.callingAe, record.address);
}

nlohmann::ordered_json toJson(Device const& device)
{
    DeviceRecord const& record = device.record;
    auto defects = nlohmann::ordered_json::object();
    for (auto const& [bit, objects] : record.defects)
        for (auto const& code : defectCodes(bit))
            defects[code] = objects;
    auto const seconds = [](std::optional<Duration> const& skew) -> nlohmann::ordered_json {
        if (!skew)
            return nullptr;
        return std::chrono::duration_cast<std::chrono::seconds>(*skew).count();
    };
    return {{"callingAe", record.callingAe},
            {"address", record.address},
            {"stationName", record.station},
            {"manufacturer", record.manufacturer},
            {"objects", record.objects},
            {"repeats", device.repeats},
            {"lastRepeatAt", device.lastRepeatAt ? toIso8601(*device.lastRepeatAt) : std::string()},
            {"versions", record.versions},
            {"defects", defects},
            {"charsetCorrected", record.charsetCorrected},
            {"charsetUncertain", record.charsetUncertain},
            {"clockSkewSeconds", seconds(record.medianSkew)},
            {"lastClockSkewSeconds", seconds(record.lastSkew)},
            {"firstReceivedAt", toIso8601(record.firstReceivedAt)},
            {"lastReceivedAt", toIso8601(record.lastReceivedAt)}};
}

// Ten minutes are what a clock may be off, and what an examination may last before it is sent (domain.md 4.5).
std::string clockWords(std::optional<Duration> const& skew)
{
    if (!skew)
        return "unknown";
    auto const minutes = std::chrono::duration_cast<std::chrono::minutes>(*skew).count();
    if (std::abs(minutes) <= 10)
        return "right";
    auto const size = std::abs(minutes);
    auto const amount = size >= 48 * 60 ? fmt::format("{} days", size / (24 * 60))
                        : size >= 120   ? fmt::format("{} h", size / 60)
                                        : fmt::format("{} min", size);
    return minutes < 0 ? amount + " ahead" : amount + " behind or sent late";
}

std::string defectCounts(DeviceRecord const& record)
{
    std::vector<std::string> words;
    for (auto const& [bit, objects] : record.defects)
        words.push_back(fmt::format("{} ({})", defectWords(bit), objects));
    if (record.charsetCorrected > 0)
        words.push_back(fmt::format("character set corrected ({})", record.charsetCorrected));
    if (record.charsetUncertain > 0)
        words.push_back(fmt::format("character set uncertain ({})", record.charsetUncertain));
    return fmt::format("{}", fmt::join(words, ", "));
}

std::vector<std::string> rowOf(Device const& device)
{
    DeviceRecord const& record = device.record;
    return {nameOf(record),
            deviceName(record.manufacturer, record.station),
            fmt::format("{}", record.objects),
            fmt::format("{}", device.repeats),
            fmt::format("{}", record.versions),
            toLocalText(record.firstReceivedAt),
            toLocalText(record.lastReceivedAt),
            clockWords(record.medianSkew),
            defectCounts(record)};
}

void printSite(Output const& out, model::Site const& site, std::string const& file)
{
    std::vector<std::string> callers, allow;
    for (auto const& rule : site.callers)
        callers.push_back(fmt::format("{}@{}", rule.aeTitle, rule.address));
    for (auto const service : site.allow)
        allow.emplace_back(serviceWord(service));
    auto const line = [&](std::string_view name, std::vector<std::string> const& values) {
        out.line(fmt::format("{:<12}{}", name, values.empty() ? "-" : fmt::format("{}", fmt::join(values, " "))));
    };
    out.line(fmt::format("{:<12}{}, {}", "site", site.id.value, site.name));
    line("callers", callers);
    line("may", allow);
    line("calls us", site.called);
    line("moves to", site.destinations);
    line("reports to", site.deliver);
    out.line(fmt::format("{:<12}{}", "charset", site.charset.empty() ? "-" : site.charset));
    out.line(fmt::format("{:<12}{}", "written in", file));
}

} // namespace

Result<void> siteList(Context& context)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    auto document = nlohmann::ordered_json::array();
    Table table({{"ID"},
                 {"NAME"},
                 {"CALLERS", Table::Align::Left, 60},
                 {"ALLOW"},
                 {"REPORTS TO"},
                 {"CHARSET"},
                 {"WRITTEN IN", Table::Align::Left, 60}});
    for (model::Site const& site : configuration->sites) {
        document.push_back(toJson(site));
        document.back()["file"] = fileOf(*configuration, site);
        std::vector<std::string> callers, allow;
        for (auto const& rule : site.callers)
            callers.push_back(fmt::format("{}@{}", rule.aeTitle, rule.address));
        for (auto const service : site.allow)
            allow.emplace_back(serviceWord(service));
        table.add({site.id.value, site.name, fmt::format("{}", fmt::join(callers, " ")),
                   fmt::format("{}", fmt::join(allow, " ")), fmt::format("{}", fmt::join(site.deliver, " ")),
                   site.charset, fileOf(*configuration, site)});
    }
    context.out().table(table, "no sites are configured");
    context.out().json(document);
    return {};
}

Result<void> siteShow(Context& context, SiteArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    auto const* site = configuration->site({arguments.id});
    if (site == nullptr)
        return fail(ErrorCode::NotFound,
                    fmt::format("there is no site \"{}\" in {}", arguments.id, configuration->file.string()));
    QIANLI_ASSIGN(auto const devices, devicesOf(context, *configuration, site->id));
    auto document = toJson(*site);
    document["file"] = fileOf(*configuration, *site);
    document["devices"] = nlohmann::ordered_json::array();
    for (Device const& device : devices)
        document["devices"].push_back(toJson(device));
    context.out().json(document);
    printSite(context.out(), *site, fileOf(*configuration, *site));
    Table table({{"DEVICE", Table::Align::Left, 40},
                 {"WHAT IT IS", Table::Align::Left, 30},
                 {"OBJECTS", Table::Align::Right},
                 {"REPEATED", Table::Align::Right},
                 {"VERSIONS", Table::Align::Right},
                 {"FIRST"},
                 {"LAST"},
                 {"CLOCK"},
                 {"AGAINST THE STANDARD", Table::Align::Left, 200}});
    for (Device const& device : devices)
        table.add(rowOf(device));
    context.out().table(table, "nothing has come from it yet");
    return {};
}

} // namespace qianli::gateway::cli
