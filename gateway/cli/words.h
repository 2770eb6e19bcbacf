// Words: the nouns and verbs of the command line; one addNOUN() each, in the file of that noun or in command_line.cpp.
#pragma once

#include "gateway/cli/context.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace qianli::gateway::cli {

using Command = std::function<Result<void>(Context&)>;

// The words of the command line, and the command that they choose.
struct Words {
    CLI::App app{"The gateway of a reading centre: takes studies from township hospitals, hands them out for reading, "
                 "and carries the signed "
                 "reports back.",
                 "qianli-gateway"};
    std::string configuration = "/etc/qianli/gateway.toml";
    bool json = false;
    bool reveal = false;
    Command chosen;
    std::set<std::string> all; // "study list", …
};

// Our mistake: a verb of which words.cpp does not say whether it changes anything, or that it knows and isn't there.
std::optional<std::string> faultOf(Words const& words);

CLI::App* noun(Words& words, std::string const& name, std::string const& description);
// A verb without words of its own.
CLI::App* verb(Words& words, CLI::App* noun, std::string const& name, std::string const& description, Command command);

// A verb with arguments: filled by the options, read when the command runs.
template <typename Arguments>
std::pair<CLI::App*, std::shared_ptr<Arguments>> verb(Words& words, CLI::App* noun, std::string const& name,
                                                      std::string const& description,
                                                      Result<void> (*command)(Context&, Arguments const&))
{
    auto arguments = std::make_shared<Arguments>();
    auto* app = verb(words, noun, name, description,
                     [command, arguments](Context& context) { return command(context, *arguments); });
    return {app, arguments};
}

} // namespace qianli::gateway::cli
