#include "gateway/cli/words.h"

#include <algorithm>

namespace qianli::gateway::cli {
namespace {

// What changes something, or takes patients' data out of the gateway.
constexpr std::string_view changing[] = {
    "patient link",    "patient unlink", "patient merge", "patient unmerge", "study set",       "study hold",
    "study unhold",    "study delete",   "study recode",  "study export",    "archive import",  "quarantine release",
    "quarantine drop", "user add",       "user disable",  "user password",   "reading release", "reading set",
    "queue retry",     "site add",       "site set",      "site remove"};

} // namespace

CLI::App* noun(Words& words, std::string const& name, std::string const& description)
{
    auto* app = words.app.add_subcommand(name, description);
    app->require_subcommand(1);
    return app;
}

CLI::App* verb(Words& words, CLI::App* noun, std::string const& name, std::string const& description, Command command)
{
    auto* app = noun->add_subcommand(name, description);
    if (std::ranges::find(changing, noun->get_name() + " " + name) != std::end(changing))
        command = [does = std::move(command)](Context& context) -> Result<void> {
            QIANLI_TRY(context.mustBeOnRecord());
            return does(context);
        };
    app->callback([&words, command = std::move(command)] { words.chosen = command; });
    return app;
}

} // namespace qianli::gateway::cli
