// site silent: who should have sent something by now, and whether its end answers.
#include "common/dicom/network/dicom_client.h"
#include "common/dicom/sop_class.h"
#include "gateway/association/tls_setup.h"
#include "gateway/cli/commands.h"
#include "gateway/daemon/control_socket.h"
#include "gateway/daemon/watch_json.h"
#include "gateway/upkeep/silent_sites.h"

#include <algorithm>
#include <fmt/format.h>
#include <future>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

// Also a device of its that calls from another address, or by a wrong name.
bool isOf(model::Site const& site, nlohmann::json const& refusal)
{
    return refusal.value("caller", std::string()) == "site " + site.id.value ||
           std::ranges::any_of(site.callers, [&](model::CallerRule const& rule) {
               return rule.aeTitle != "*" && rule.aeTitle == refusal.value("callingAe", std::string());
           });
}

// What a site's last refusal was; nothing when it had none since the gateway's start.
std::string lastError(nlohmann::json const& daemon, model::Site const* site)
{
    if (!daemon.contains("refusals") || site == nullptr)
        return {};
    for (auto const& refusal : daemon["refusals"]) {
        if (!isOf(*site, refusal))
            continue;
        auto const at = parseIso8601(refusal.value("lastAt", std::string()));
        return fmt::format("{} {}: {}", at ? toLocalText(*at) : std::string(),
                           refusal.value("callingAe", std::string()), refusal.value("reason", std::string()));
    }
    return {};
}

std::string echo(Configuration const& configuration, Result<DicomTls> const& tls, model::Site const& site)
{
    auto names = site.deliver;
    names.insert(names.end(), site.destinations.begin(), site.destinations.end());
    auto const* peer = names.empty() ? nullptr : configuration.peer(names.front());
    if (peer == nullptr)
        return "no [[peer]] to ask";
    dicom::Destination destination;
    destination.host = peer->host;
    destination.port = peer->port;
    destination.calledAe = peer->aeTitle;
    destination.callingAe = configuration.dicom.aeTitle;
    if (peer->tls && !tls)
        return tls.error().message;
    if (peer->tls && !tls->peers)
        return peer->aeTitle + " wants TLS, and [dicom.tls] has no `trust`";
    destination.tls = peer->tls ? tls->peers : nullptr;
    destination.connectTimeout = destination.silenceTimeout = std::chrono::seconds(5);
    using dicom::Uid;
    auto client = dicom::DicomClient::connect(
        destination, {{Uid::ofKnown(dicom::sop::verification), {Uid::ofKnown(dicom::transfer::implicitLittle)}}});
    if (!client)
        return fmt::format("{}: {}", peer->aeTitle, client.error().message);
    if (auto const answered = (*client)->echo(); !answered)
        return fmt::format("{}: {}", peer->aeTitle, answered.error().message);
    [[maybe_unused]] auto const released = (*client)->release();
    return peer->aeTitle + " answers";
}

Result<std::vector<Silence>> silencesHere(Context& context, Configuration const& configuration)
{
    QIANLI_ASSIGN(auto const* store, context.archive());
    ArrivalHistory history;
    QIANLI_TRY(history.catchUp(*store, context.clock().now()));
    return judgeSilence(history, configuration.sites, context.clock().now(), configuration.alarms);
}

std::string_view word(Silence::State state)
{
    switch (state) {
    case Silence::State::Silent:
        return "silent";
    case Silence::State::Sending:
        return "sending";
    case Silence::State::TooLittle:
        return "irregular";
    }
    return "";
}

} // namespace

Result<void> siteSilent(Context& context, SiteSilentArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    QIANLI_TRY(context.data());
    auto const daemon = askDaemon(context.controlSocket(), {{"command", "sites"}}, {});
    std::vector<Silence> silences;
    if (daemon) {
        for (auto const& one : *daemon->find("sites"))
            silences.push_back(silenceFromJson(one));
    } else if (daemon.error().message == daemonNotRunning) {
        Output::note("the gateway is not running: nothing can come in");
        QIANLI_ASSIGN(silences, silencesHere(context, *configuration));
    } else {
        return tl::unexpected(daemon.error());
    }
    if (!arguments.all)
        std::erase_if(silences, [](Silence const& one) { return one.state != Silence::State::Silent; });

    auto const tls = DicomTls::open(configuration->dicom);
    std::vector<std::future<std::string>> echoes; // one hanging peer doesn't hold up the others
    for (auto const& silence : silences)
        echoes.push_back(std::async(std::launch::async, [&configuration, &tls, id = silence.site] {
            auto const* site = configuration->site(id);
            return site == nullptr ? std::string("not in this configuration") : echo(*configuration, tls, *site);
        }));
    Table table({{"SITE"},
                 {"NAME", Table::Align::Left, 30},
                 {"STATE"},
                 {"USUALLY"},
                 {"LAST SEEN"},
                 {"WHY", Table::Align::Left, 60},
                 {"LAST ERROR", Table::Align::Left, 80},
                 {"C-ECHO", Table::Align::Left, 80}});
    auto document = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < silences.size(); ++i) {
        auto const& silence = silences[i];
        auto const* site = configuration->site(silence.site);
        auto const error = daemon ? lastError(*daemon, site) : std::string();
        auto const answer = echoes[i].get();
        table.add({silence.site.value, site == nullptr ? "" : site->name, std::string(word(silence.state)),
                   silence.usualDays == 0 ? "" : fmt::format("{:.0f} a day", silence.studiesPerDay),
                   silence.lastSeen ? toLocalText(*silence.lastSeen) : "never, or not in 12 weeks", whyWords(silence),
                   error.empty() ? "none" : error, answer});
        auto entry = nlohmann::ordered_json(toJson(silence));
        entry["why"] = inWords(silence);
        entry["lastError"] = error;
        entry["echo"] = answer;
        document.push_back(std::move(entry));
    }
    context.out().table(table, arguments.all ? "no sites are configured"
                                             : "no site is silent that usually sends at this time");
    context.out().json(document);
    return {};
}

} // namespace qianli::gateway::cli
