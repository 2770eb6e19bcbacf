#include "gateway/cli/words.h"

#include <algorithm>
#include <fmt/format.h>
#include <span>

namespace qianli::gateway::cli {
namespace {

// What changes something, or takes patients' data out of the gateway: not while it can't be put on record.
constexpr std::string_view changing[] = {
    "patient link",    "patient unlink", "patient merge", "patient unmerge", "study set",       "study hold",
    "study unhold",    "study delete",   "study recode",  "study export",    "archive import",  "quarantine release",
    "quarantine drop", "user add",       "user disable",  "user password",   "reading release", "reading set",
    "queue retry",     "site add",       "site set",      "site remove"};

// What only looks, sees to that by itself (purge --confirm), or is needed most when all else fails.
constexpr std::string_view others[] = {"patient list",
                                       "patient conflicts",
                                       "study list",
                                       "study show",
                                       "study verify",
                                       "archive verify",
                                       "archive reindex",
                                       "archive usage",
                                       "quarantine list",
                                       "user list",
                                       "reading list",
                                       "report list",
                                       "report verify",
                                       "queue list",
                                       "site list",
                                       "site show",
                                       "site silent",
                                       "backup create",
                                       "backup verify",
                                       "backup restore",
                                       "audit list",
                                       "audit verify",
                                       "config check",
                                       "serve",
                                       "status",
                                       "doctor",
                                       "purge"};

bool isOneOf(std::span<std::string_view const> all, std::string_view name)
{
    return std::ranges::find(all, name) != all.end();
}

} // namespace

std::optional<std::string> faultOf(Words const& words)
{
    for (auto const& name : words.all)
        if (isOneOf(changing, name) == isOneOf(others, name))
            return fmt::format("'{}' stands in none or in both of the lists of words.cpp", name);
    for (auto const& list : {std::span<std::string_view const>(changing), std::span<std::string_view const>(others)})
        for (auto const name : list)
            if (!words.all.contains(std::string(name)))
                return fmt::format("there is no '{}'", name);
    return std::nullopt;
}

CLI::App* noun(Words& words, std::string const& name, std::string const& description)
{
    auto* app = words.app.add_subcommand(name, description);
    app->require_subcommand(1);
    return app;
}

CLI::App* verb(Words& words, CLI::App* noun, std::string const& name, std::string const& description, Command command)
{
    auto* app = noun->add_subcommand(name, description);
    auto const whole = noun == &words.app ? name : noun->get_name() + " " + name;
    words.all.insert(whole);
    if (isOneOf(changing, whole))
        command = [does = std::move(command)](Context& context) -> Result<void> {
            QIANLI_TRY(context.mustBeOnRecord());
            return does(context);
        };
    app->callback([&words, command = std::move(command)] { words.chosen = command; });
    return app;
}

} // namespace qianli::gateway::cli
