// site: who may send to us, as the configuration says.
#include "gateway/cli/commands.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

std::string_view word(model::Service service)
{
    switch (service) {
    case model::Service::Echo:
        return "echo";
    case model::Service::Store:
        return "store";
    case model::Service::Find:
        return "find";
    case model::Service::Get:
        return "get";
    case model::Service::Move:
        return "move";
    }
    return "";
}

nlohmann::ordered_json toJson(model::Site const& site)
{
    auto callers = nlohmann::ordered_json::array();
    for (auto const& rule : site.callers)
        callers.push_back({{"aeTitle", rule.aeTitle}, {"address", rule.address}});
    auto allow = nlohmann::ordered_json::array();
    for (auto const service : site.allow)
        allow.push_back(word(service));
    return {{"id", site.id.value},     {"name", site.name},      {"callers", callers},
            {"allow", allow},          {"called", site.called},  {"destinations", site.destinations},
            {"deliver", site.deliver}, {"charset", site.charset}};
}

} // namespace

Result<void> siteList(Context& context)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    auto document = nlohmann::ordered_json::array();
    Table table({{"ID"}, {"NAME"}, {"CALLERS", Table::Align::Left, 60}, {"ALLOW"}, {"REPORTS TO"}, {"CHARSET"}});
    for (model::Site const& site : configuration->sites) {
        document.push_back(toJson(site));
        std::vector<std::string> callers, allow;
        for (auto const& rule : site.callers)
            callers.push_back(fmt::format("{}@{}", rule.aeTitle, rule.address));
        for (auto const service : site.allow)
            allow.emplace_back(word(service));
        table.add({site.id.value, site.name, fmt::format("{}", fmt::join(callers, " ")),
                   fmt::format("{}", fmt::join(allow, " ")), fmt::format("{}", fmt::join(site.deliver, " ")),
                   site.charset});
    }
    context.out().table(table, "no sites are configured");
    context.out().json(document);
    return {};
}

} // namespace qianli::gateway::cli
