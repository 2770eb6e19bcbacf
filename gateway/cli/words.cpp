#include "gateway/cli/words.h"

namespace qianli::gateway::cli {

CLI::App* noun(Words& words, std::string const& name, std::string const& description)
{
    auto* app = words.app.add_subcommand(name, description);
    app->require_subcommand(1);
    return app;
}

CLI::App* verb(Words& words, CLI::App* noun, std::string const& name, std::string const& description, Command command)
{
    auto* app = noun->add_subcommand(name, description);
    app->callback([&words, command = std::move(command)] { words.chosen = command; });
    return app;
}

} // namespace qianli::gateway::cli
