#include "gateway/index/name_search.h"

#include "common/base/text.h"

#include <algorithm>

namespace qianli::gateway {
namespace {

// Alphabetic, ideographic, phonetic (PS3.5 6.2.1).
constexpr std::size_t mostGroups = 3;

} // namespace

std::vector<std::string> nameGroups(std::string_view name)
{
    std::vector<std::string> groups = text::split(name, '=');
    if (groups.size() > mostGroups)
        groups.resize(mostGroups);
    for (std::string& group : groups) {
        std::string_view kept = text::trim(group);
        while (kept.ends_with('^') || kept.ends_with(' '))
            kept.remove_suffix(1);
        group = text::toLowerAscii(kept);
    }
    return groups;
}

bool matchesName(std::string_view key, std::string_view name)
{
    std::vector<std::string> const wanted = nameGroups(key);
    std::vector<std::string> const given = nameGroups(name);
    if (wanted.size() == 1)
        return std::ranges::any_of(given,
                                   [&](std::string const& group) { return text::matchesWildcard(wanted[0], group); });
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if (!wanted[i].empty() && !text::matchesWildcard(wanted[i], i < given.size() ? given[i] : std::string()))
            return false;
    return true;
}

std::optional<NameSearch> searchMeantBy(std::string_view key)
{
    key = text::trim(key);
    NameSearch search{{}, names::NameReach::Whole};
    while (key.ends_with('*')) {
        key.remove_suffix(1);
        search.reach = std::max(search.reach, names::NameReach::Beginning);
    }
    while (key.starts_with('*')) {
        key.remove_prefix(1);
        search.reach = names::NameReach::Anywhere;
    }
    if (key.empty() || key.find_first_of("*?") != std::string_view::npos)
        return std::nullopt;
    search.text = key;
    return search;
}

} // namespace qianli::gateway
