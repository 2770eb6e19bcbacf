// NameText: what of a name as devices send it is the name: without the marks that consoles and people add to it, as
// characters that are compared (simplified, lower case, without accents).
//
// "张 三 M 45", "张三(急)" and "张三2" are 张三; "阿依古丽·买买提" has two parts, whichever dot it was written with.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::names {

struct NameToken {
    enum class Kind { Ideographs, Letters, Digits };
    enum class Break { None, Space, Part, Component }; // before it
    Kind kind = Kind::Letters;
    Break before = Break::None;
    std::u32string_view text;
};

struct NameText {
    std::u32string characters; // what the tokens look at: not to be moved without them
    std::vector<NameToken> tokens;

    void clear();
    bool holds(NameToken::Kind kind) const;
};

// One component group, or what a person typed: U+00FC stays where it may stand for the ü of pinyin.
enum class Source { Name, Typed };
void readName(std::string_view group, Source source, NameText& into);

bool isIdeograph(char32_t character);

} // namespace qianli::names
