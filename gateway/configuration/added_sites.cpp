#include "gateway/configuration/added_sites.h"

#include "common/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <system_error>

namespace qianli::gateway {
namespace {

// A basic string of TOML 1.0.
std::string basicString(std::string_view text)
{
    std::string out = "\"";
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (byte < 0x20 || byte == 0x7F)
            out += fmt::format("\\u{:04X}", byte);
        else
            out += c;
    }
    return out + '"';
}

std::string listOf(std::vector<std::string> const& texts)
{
    std::vector<std::string> items;
    for (auto const& text : texts)
        items.push_back(basicString(text));
    return fmt::format("[{}]", fmt::join(items, ", "));
}

} // namespace

std::filesystem::path addedSitePath(std::filesystem::path const& data, model::SiteId const& id)
{
    return data / "sites" / (id.value + ".toml");
}

AddedSites::AddedSites(std::filesystem::path folder, SiteEdit const* edit)
{
    std::vector<std::filesystem::path> paths;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (entry->path().extension() == ".toml")
            paths.push_back(entry->path());
    if (error && error != std::errc::no_such_file_or_directory)
        unreadable_ += fmt::format("{}: {}\n", folder.string(), error.message());
    auto const edited = edit ? folder / (edit->id.value + ".toml") : std::filesystem::path();
    if (edit) {
        std::erase(paths, edited);
        if (edit->text)
            paths.push_back(edited);
    }
    std::ranges::sort(paths);
    for (auto const& path : paths)
        add(path, edit && path == edited ? parseToml(*edit->text, path) : readToml(path));
}

void AddedSites::add(std::filesystem::path const& path, Result<TomlValue> document)
{
    if (!document) {
        unreadable_ += document.error().message + '\n';
        return;
    }
    files_.push_back({path, *std::move(document), Problems(path)});
}

std::string AddedSites::problems() const
{
    std::string text = unreadable_;
    for (File const& file : files_)
        if (!file.problems.empty())
            text += file.problems.text() + '\n';
    if (text.ends_with('\n'))
        text.pop_back();
    return text;
}

std::string_view serviceWord(model::Service service)
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

std::string toToml(model::Site const& site)
{
    std::vector<std::string> callers, allow;
    for (auto const& rule : site.callers)
        callers.push_back(
            fmt::format("{{ ae_title = {}, address = {} }}", basicString(rule.aeTitle), basicString(rule.address)));
    for (auto const service : site.allow)
        allow.emplace_back(serviceWord(service));
    std::string text = "# Written by `site add` and `site set`.\n";
    auto const line = [&](std::string_view key, std::string const& value) {
        text += fmt::format("{} = {}\n", key, value);
    };
    line("id", basicString(site.id.value));
    line("name", basicString(site.name));
    line("callers", fmt::format("[{}]", fmt::join(callers, ", ")));
    line("allow", listOf(allow));
    line("called", listOf(site.called));
    line("destinations", listOf(site.destinations));
    line("deliver", listOf(site.deliver));
    line("stat", site.stat ? "true" : "false");
    line("fuzzy_names", site.fuzzyNames ? "true" : "false");
    line("charset", basicString(site.charset));
    line("certificate_subject", basicString(site.certificateSubject));
    return text;
}

} // namespace qianli::gateway
