// The operational log: one line a happening, on standard error; for the operator at 3 a.m.
//
// Control characters are escaped, so what a peer sends can't forge a line (security.md T10). No patient names go here:
// callers log UIDs and site ids.
#pragma once

#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace qianli::log {

enum class Level { Debug, Information, Warning, Error };

void setLevel(Level level);
void write(Level level, std::string_view line);

template <typename... Arguments>
void debug(fmt::format_string<Arguments...> format, Arguments&&... arguments)
{
    write(Level::Debug, fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <typename... Arguments>
void information(fmt::format_string<Arguments...> format, Arguments&&... arguments)
{
    write(Level::Information, fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <typename... Arguments>
void warning(fmt::format_string<Arguments...> format, Arguments&&... arguments)
{
    write(Level::Warning, fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <typename... Arguments>
void error(fmt::format_string<Arguments...> format, Arguments&&... arguments)
{
    write(Level::Error, fmt::format(format, std::forward<Arguments>(arguments)...));
}

} // namespace qianli::log
