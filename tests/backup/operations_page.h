// docs/operations.md, of which tests follow what it says to the letter.
#pragma once

#include "tests/backup/backup_fixture.h"

#include <string>

namespace qianli::test {

inline std::string operationsPage()
{
    return contentOf(std::filesystem::path(QIANLI_SOURCE_DIR) / "docs" / "operations.md");
}

// The text from this heading to the next one of its rank or above.
inline std::string sectionOf(std::string const& page, std::string const& heading)
{
    auto const start = page.find("\n" + heading + "\n");
    REQUIRE(start != std::string::npos);
    auto const rank = heading.find(' ');
    auto end = start + 1;
    do {
        end = page.find("\n#", end + 1);
    } while (end != std::string::npos && page.find(' ', end + 1) - (end + 1) > rank);
    return page.substr(start, end == std::string::npos ? end : end - start);
}

// The first ```LANGUAGE block after the heading.
inline std::string codeBlockAfter(std::string const& page, std::string const& heading, std::string const& language)
{
    auto const section = sectionOf(page, heading);
    auto const opening = "```" + language + "\n";
    auto const start = section.find(opening);
    REQUIRE(start != std::string::npos);
    auto const end = section.find("```", start + opening.size());
    REQUIRE(end != std::string::npos);
    return section.substr(start + opening.size(), end - start - opening.size());
}

inline std::string replaced(std::string text, std::string const& what, std::string const& by)
{
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

} // namespace qianli::test
