// NameReach: how much of a name a query must name.
#pragma once

namespace qianli::names {

enum class NameReach {
    Whole,     // all of it
    Beginning, // it, or what it begins with
    Anywhere   // these, or the given name alone, or what that begins with
};

} // namespace qianli::names
