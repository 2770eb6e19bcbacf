#include "common/names/name_text.h"

#include "common/base/text.h"
#include "common/names/readings.h"

#include <algorithm>

namespace qianli::names {
namespace {

using Kind = NameToken::Kind;
using Break = NameToken::Break;

bool isBetween(char32_t c, char32_t low, char32_t high)
{
    return c >= low && c <= high;
}

bool isDigit(char32_t c)
{
    return isBetween(c, '0', '9');
}

bool isLetter(char32_t c)
{
    return isBetween(c, 'a', 'z') || isBetween(c, 'A', 'Z') ||
           (isBetween(c, 0xC0, 0x10FF) && c != 0xD7 && c != 0xF7 && c != 0x387 && !isBetween(c, 0x300, 0x36F)) ||
           isBetween(c, 0x1E00, 0x1FFF);
}

bool isUmlaut(char32_t c)
{
    return c == U'ü' || c == U'Ü' || isBetween(c, 0x1D5, 0x1DC);
}

// Full-width forms are those of the keyboard.
char32_t narrow(char32_t c)
{
    if (isBetween(c, 0xFF01, 0xFF5E))
        return c - 0xFEE0;
    return c == 0x3000 || c == 0xA0 || c == '\t' ? U' ' : c;
}

bool mayBeBracket(char32_t c)
{
    return c < 0x80 ? !isLetter(c) && !isDigit(c) : isBetween(c, 0x3008, 0x3015);
}

bool opens(char32_t c)
{
    return mayBeBracket(c) && std::u32string_view(U"([{<【〔《〈「『").find(c) != std::u32string_view::npos;
}

bool closes(char32_t c)
{
    return mayBeBracket(c) && std::u32string_view(U")]}>】〕》〉」』").find(c) != std::u32string_view::npos;
}

// Accents that stand by themselves.
bool isUnread(char32_t c)
{
    return isBetween(c, 0x300, 0x36F);
}

// What consoles and people write behind a name, with a space between.
bool isMark(std::u32string_view word)
{
    static constexpr std::u32string_view marks[] = {
        U"男",   U"女", U"岁",   U"月", U"天",   U"日",   U"急",   U"急诊", U"加急", U"平诊", U"复查", U"门诊", U"住院",
        U"体检", U"床", U"加床", U"号", U"先生", U"女士", U"小姐", U"患者", U"病人", U"重复", U"补",   U"新",   U"旧"};
    return std::ranges::find(marks, word) != std::end(marks);
}

bool isSexLetter(std::u32string_view word)
{
    return word == U"m" || word == U"f" || word == U"y";
}

// Without what stands in brackets, unless nothing else is there.
std::u32string withoutBrackets(std::u32string_view group)
{
    std::u32string outside;
    outside.reserve(group.size());
    int depth = 0;
    for (char32_t const given : group) {
        char32_t const c = narrow(given);
        if (opens(c)) {
            ++depth;
            outside += U' ';
        } else if (closes(c)) {
            depth = std::max(0, depth - 1);
        } else if (depth == 0) {
            outside += c;
        }
    }
    auto const isSomething = [](char32_t c) { return isLetter(c) || isIdeograph(c) || isDigit(c); };
    if (std::ranges::any_of(outside, isSomething))
        return outside;
    outside.clear();
    for (char32_t const given : group) {
        char32_t const c = narrow(given);
        outside += opens(c) || closes(c) ? U' ' : c;
    }
    return outside;
}

class Tokens {
public:
    Tokens(NameText& into, std::u32string_view text, Source source) : into_(into), text_(text), source_(source)
    {
        into_.characters.reserve(text.size());
    }

    void read()
    {
        for (at_ = 0; at_ < text_.size(); ++at_) {
            char32_t const c = text_[at_];
            if (isUnread(c))
                continue;
            if (isDigit(c))
                add(Kind::Digits, c);
            else if (isLetter(c))
                add(Kind::Letters, letter(c));
            else if (isIdeograph(c))
                add(Kind::Ideographs, simplified(c));
            else
                separate(c);
        }
    }

private:
    char32_t letter(char32_t c) const
    {
        if (!isUmlaut(c))
            return foldedLetter(c);
        if (source_ == Source::Typed)
            return U'ü';
        // As pinyin: lü, nüe. Else as in Müller.
        char32_t const before = at_ > 0 ? foldedLetter(text_[at_ - 1]) : 0;
        std::size_t const after = at_ + 1 < text_.size() && foldedLetter(text_[at_ + 1]) == 'e' ? at_ + 2 : at_ + 1;
        bool const ends = after >= text_.size() || !isLetter(text_[after]);
        return (before == 'l' || before == 'n') && ends ? U'v' : U'u';
    }

    void add(Kind kind, char32_t c)
    {
        if (into_.tokens.empty() || into_.tokens.back().kind != kind || break_ != Break::None)
            into_.tokens.push_back({kind, into_.tokens.empty() ? Break::None : break_, {}});
        break_ = Break::None;
        // The buffer has room for all: views into it stay.
        into_.characters += c;
        NameToken& token = into_.tokens.back();
        char32_t const* const end = into_.characters.data() + into_.characters.size();
        token.text = std::u32string_view(end - token.text.size() - 1, token.text.size() + 1);
    }

    void separate(char32_t c)
    {
        Break const found = c == U'^' ? Break::Component : c == U' ' ? Break::Space : Break::Part;
        break_ = std::max(break_, found);
    }

    NameText& into_;
    std::u32string_view text_;
    Source source_;
    std::size_t at_ = 0;
    Break break_ = Break::None;
};

void dropMarks(NameText& name, Source source)
{
    bool const hasDigits = name.holds(Kind::Digits);
    bool const hasIdeographs = name.holds(Kind::Ideographs);
    bool const hasLetters = name.holds(Kind::Letters);
    std::size_t ideographs = 0, words = 0;
    Kind former = Kind::Letters;
    std::vector<NameToken> kept;
    for (NameToken const& token : name.tokens) {
        bool mark = token.kind == Kind::Digits && (hasIdeographs || hasLetters);
        if (token.kind == Kind::Ideographs) {
            bool const apart = token.before == Break::Space || former == Kind::Digits;
            mark = ideographs >= 2 && apart && isMark(token.text);
            ideographs += mark ? 0 : token.text.size();
        } else if (token.kind == Kind::Letters) {
            // 张m is how a person begins to type 张明.
            bool const behind = source == Source::Typed ? hasDigits && ideographs + words > 0
                                                        : hasIdeographs || (hasDigits && words > 0);
            mark = behind && isSexLetter(token.text);
            words += mark ? 0 : 1;
        }
        former = token.kind;
        if (!mark)
            kept.push_back(token);
    }
    name.tokens = std::move(kept);
}

} // namespace

void NameText::clear()
{
    characters.clear();
    tokens.clear();
}

bool NameText::holds(Kind kind) const
{
    return std::ranges::find(tokens, kind, &NameToken::kind) != tokens.end();
}

bool isIdeograph(char32_t c)
{
    return isBetween(c, 0x3400, 0xD7FF) || c == 0x3005 || c == 0x3007 || isBetween(c, 0x1100, 0x11FF) ||
           isBetween(c, 0x2E80, 0x2FDF) || (isBetween(c, 0x3041, 0x318F) && c != 0x30FB && c != 0x30A0) ||
           isBetween(c, 0x31A0, 0x31FF) || isBetween(c, 0xE000, 0xFAFF) || isBetween(c, 0xFF66, 0xFF9F) ||
           isBetween(c, 0x1B000, 0x1B16F) || isBetween(c, 0x20000, 0x3FFFF);
}

void readName(std::string_view group, Source source, NameText& into)
{
    into.clear();
    std::u32string const text = withoutBrackets(text::toCodePoints(group));
    Tokens(into, text, source).read();
    dropMarks(into, source);
}

} // namespace qianli::names
