// site: add, set, remove: sites that live in data/sites/ID.toml.
#include "common/base/text.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/words.h"
#include "gateway/configuration/added_sites.h"
#include "gateway/daemon/control_socket.h"
#include "gateway/workflow/users.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace qianli::gateway::cli {
namespace {

// What was said; the rest stays as it is. An empty word in a list empties it.
struct SiteEditArguments {
    std::string id;
    std::optional<std::string> name, charset, certificateSubject;
    std::vector<std::string> callers, allow, called, destinations, deliver;
    std::optional<bool> stat, fuzzyNames;
};

std::vector<std::string> withoutEmpty(std::vector<std::string> words)
{
    std::erase(words, "");
    return words;
}

Result<std::vector<model::CallerRule>> callersOf(std::vector<std::string> const& words)
{
    std::vector<model::CallerRule> rules;
    for (std::string const& word : withoutEmpty(words)) {
        auto const at = word.rfind('@');
        if (at == std::string::npos)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("--caller: expected AE@ADDRESS, such as PUZI_CT@10.8.3.7 or *@10.8.3.0/24, found "
                                    "\"{}\"",
                                    text::escapeControl(word)));
        rules.push_back({word.substr(0, at), word.substr(at + 1)});
    }
    return rules;
}

Result<std::set<model::Service>> allowOf(std::vector<std::string> const& words)
{
    std::set<model::Service> allow;
    for (std::string const& word : withoutEmpty(words)) {
        bool isKnown = false;
        for (auto const service : {model::Service::Echo, model::Service::Store, model::Service::Find,
                                   model::Service::Get, model::Service::Move})
            if (word == serviceWord(service)) {
                allow.insert(service);
                isKnown = true;
            }
        if (!isKnown)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("--allow: expected echo, store, find, get or move, found \"{}\"",
                                    text::escapeControl(word)));
    }
    return allow;
}

Result<void> take(SiteEditArguments const& arguments, model::Site& site)
{
    if (!arguments.callers.empty()) {
        QIANLI_ASSIGN(site.callers, callersOf(arguments.callers));
    }
    if (!arguments.allow.empty()) {
        QIANLI_ASSIGN(site.allow, allowOf(arguments.allow));
    }
    for (auto const& [given, target] :
         {std::pair(&arguments.called, &site.called), std::pair(&arguments.destinations, &site.destinations),
          std::pair(&arguments.deliver, &site.deliver)})
        if (!given->empty())
            *target = withoutEmpty(*given);
    site.name = arguments.name.value_or(site.name);
    site.charset = arguments.charset.value_or(site.charset);
    site.certificateSubject = arguments.certificateSubject.value_or(site.certificateSubject);
    site.stat = arguments.stat.value_or(site.stat);
    site.fuzzyNames = arguments.fuzzyNames.value_or(site.fuzzyNames);
    return {};
}

// Who is root writes it for the user that the gateway runs as.
void giveToOwnerOf(std::filesystem::path const& data, std::filesystem::path const& path)
{
    struct stat owner {};
    if (::geteuid() == 0 && ::stat(data.c_str(), &owner) == 0) [[maybe_unused]]
        int const done = ::lchown(path.c_str(), owner.st_uid, owner.st_gid);
}

// The running gateway reads it at once. Without one it counts from the next start on, and goes on record here.
Result<void> tellGateway(Context& context, std::string const& what)
{
    auto const answer = askDaemon(context.controlSocket(), {{"command", "reload"}}, {});
    if (answer)
        return {};
    if (answer.error().code != ErrorCode::NotFound || answer.error().message != daemonNotRunning)
        return fail(answer.error().code, fmt::format("it is written, but the running gateway goes on as before: {}",
                                                     answer.error().message));
    AuditEvent event;
    event.kind = AuditEventKind::ConfigurationChanged;
    event.person = operatingSystemUser();
    event.detail = what;
    context.record(std::move(event));
    return {};
}

Result<void> write(Configuration const& before, model::Site const& site)
{
    SiteEdit const edit{site.id, toToml(site)};
    // By the reader that will read it, before anything is written.
    QIANLI_TRY(Configuration::load(before.file, &edit));
    auto const path = addedSitePath(before.data, site.id);
    QIANLI_TRY(createDirectoryDurably(path.parent_path()));
    QIANLI_TRY(writeFileDurably(path, *edit.text));
    giveToOwnerOf(before.data, path.parent_path());
    giveToOwnerOf(before.data, path);
    return {};
}

tl::unexpected<Error> noSuchSite(std::string const& id)
{
    return fail(ErrorCode::NotFound, fmt::format("there is no site \"{}\"", text::escapeControl(id)));
}

Result<model::Site> editable(Configuration const& configuration, std::string const& id)
{
    auto const* site = configuration.site({id});
    if (site == nullptr)
        return noSuchSite(id);
    if (site->inConfiguration)
        return fail(ErrorCode::Refused,
                    fmt::format("site \"{}\" is written in {}: change it there, and send the gateway a SIGHUP", id,
                                configuration.file.string()));
    return *site;
}

void say(Context& context, std::string const& line, Configuration const& configuration, model::SiteId const& id)
{
    context.out().line(line);
    context.out().json({{"id", id.value}, {"file", addedSitePath(configuration.data, id).string()}});
}

Result<void> siteAdd(Context& context, SiteEditArguments const& arguments)
{
    QIANLI_TRY(context.data());
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    if (configuration->site({arguments.id}) != nullptr)
        return fail(ErrorCode::Conflict, fmt::format("there is a site \"{}\" already", arguments.id));
    model::Site site;
    site.id.value = arguments.id;
    site.name = arguments.id;
    site.allow = {model::Service::Echo, model::Service::Store};
    QIANLI_TRY(take(arguments, site));
    QIANLI_TRY(write(*configuration, site));
    QIANLI_TRY(tellGateway(context, fmt::format("site {} added", site.id.value)));
    say(context, fmt::format("site {} is added", site.id.value), *configuration, site.id);
    return {};
}

Result<void> siteSet(Context& context, SiteEditArguments const& arguments)
{
    QIANLI_TRY(context.data());
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    QIANLI_ASSIGN(auto site, editable(*configuration, arguments.id));
    QIANLI_TRY(take(arguments, site));
    QIANLI_TRY(write(*configuration, site));
    QIANLI_TRY(tellGateway(context, fmt::format("site {} changed", site.id.value)));
    say(context, fmt::format("site {} is changed", site.id.value), *configuration, site.id);
    return {};
}

// People who sign in for it would see nothing any more and not know why.
Result<void> mustHaveNoUsers(Context& context, model::SiteId const& site)
{
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const users, workflow->users().list());
    std::vector<std::string> names;
    for (auto const& user : users)
        if (!user.disabled && user.site == site)
            names.push_back(user.name);
    if (names.empty())
        return {};
    return fail(ErrorCode::Refused,
                fmt::format("people sign in for it ({}): `user disable` them first", fmt::join(names, ", ")));
}

Result<std::uint64_t> studiesOf(Context& context, model::SiteId const& site)
{
    auto const index = context.index();
    if (!index)
        return 0; // nothing was ever received
    std::uint64_t studies = 0;
    Scope scope;
    scope.sites = {site};
    scope.unreleased = true;
    QIANLI_TRY((*index)->find(scope, {}, [&](Answer const&) {
        ++studies;
        return true;
    }));
    return studies;
}

Result<void> siteRemove(Context& context, SiteArguments const& arguments)
{
    QIANLI_TRY(context.data());
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    QIANLI_ASSIGN(auto const site, editable(*configuration, arguments.id));
    QIANLI_TRY(mustHaveNoUsers(context, site.id));
    // A station that sees it would keep the gateway from starting.
    SiteEdit const edit{site.id, std::nullopt};
    QIANLI_TRY(Configuration::load(configuration->file, &edit));
    QIANLI_ASSIGN(auto const studies, studiesOf(context, site.id));
    auto const path = addedSitePath(configuration->data, site.id);
    std::error_code failed;
    if (!std::filesystem::remove(path, failed) || failed)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", path.string(), failed.message()));
    QIANLI_TRY(syncDirectory(path.parent_path()));
    QIANLI_TRY(tellGateway(context, fmt::format("site {} removed", site.id.value)));
    say(context,
        studies == 0
            ? fmt::format("site {} is removed", site.id.value)
            : fmt::format("site {} is removed; its {} studies stay and can still be read, and their reports go "
                          "nowhere",
                          site.id.value, studies),
        *configuration, site.id);
    return {};
}

void addOptions(CLI::App* app, SiteEditArguments& arguments)
{
    app->add_option("ID", arguments.id, "small letters, digits, \"-\" and \"_\"; it never changes")->required();
    app->add_option("--name", arguments.name, "what people see");
    app->add_option("--caller", arguments.callers, "AE@ADDRESS; several times for several devices");
    app->add_option("--allow", arguments.allow, "echo, store, find, get, move")->delimiter(',');
    app->add_option("--called", arguments.called, "names it may call us by")->delimiter(',');
    app->add_option("--destinations", arguments.destinations, "peers to which it may have its studies sent")
        ->delimiter(',');
    app->add_option("--deliver", arguments.deliver, "peers that get its reports")->delimiter(',');
    app->add_option("--charset", arguments.charset, "what its devices mean when they declare nothing, GB18030");
    app->add_option("--stat", arguments.stat, "true: all that it sends is urgent");
    app->add_option("--fuzzy-names", arguments.fuzzyNames, "true: its C-FIND also matches pinyin");
    app->add_option("--certificate-subject", arguments.certificateSubject, "with TLS: who shows this is this site");
}

} // namespace

void addSiteEditing(Words& words, CLI::App* site)
{
    auto [add, added] = verb<SiteEditArguments>(
        words, site, "add", "a new site, in data/sites/; the running gateway knows it at once", &siteAdd);
    addOptions(add, *added);
    auto [set, changed] = verb<SiteEditArguments>(
        words, site, "set", "change what is said; an empty text empties a list (--deliver '')", &siteSet);
    addOptions(set, *changed);
    auto [remove, removed] =
        verb<SiteArguments>(words, site, "remove", "it may not send any more; its studies stay", &siteRemove);
    remove->add_option("ID", removed->id, "the site")->required();
}

} // namespace qianli::gateway::cli
