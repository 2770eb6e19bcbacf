#include "common/base/text.h"

#include <array>
#include <catch2/catch.hpp>

using namespace qianli;

TEST_CASE("what a peer sends can't forge a line of the log", "[text]")
{
    CHECK(text::escapeControl("a\nb\rc\td") == "a\\nb\\rc\\td");
    CHECK(text::escapeControl(std::string_view("\x1b[2J\0\x7f", 6)) == "\\x1b[2J\\x00\\x7f");
    CHECK(text::escapeControl("\xC2\x9B"
                              "31m") == "\\x9b31m"); // C1 control sequence introducer in UTF-8
    CHECK(text::escapeControl("张三 C:\\bilder") == "张三 C:\\bilder");
    // Bytes of no character: GBK, half a character, overlong, alone.
    CHECK(text::escapeControl("\xD5\xC5") == "\\xd5\\xc5");
    CHECK(text::escapeControl("a\xE5\xBC") == "a\\xe5\\xbc");
    CHECK(text::escapeControl("\xC0\x8A") == "\\xc0\\x8a");
    CHECK(text::escapeControl("\x9B"
                              "2J") == "\\x9b2J");
    // Lines that look like two, names that read backwards, what nobody sees.
    CHECK(text::escapeControl("a\u2028b\u2029c\u0085d") == "a\\u2028b\\u2029c\\x85d");
    CHECK(text::escapeControl("\u202Enas\u202C\u2066\u200F\u061C\uFEFF\U000E0041") ==
          "\\u202enas\\u202c\\u2066\\u200f\\u061c\\ufeff\\ue0041");
    CHECK(text::escapeControl("𠮷\u200Dé") == "𠮷\u200Dé");
}

TEST_CASE("split and join are each other's opposite", "[text]")
{
    CHECK(text::split("", '\\') == std::vector<std::string>{""});
    CHECK(text::split("a\\\\b\\", '\\') == std::vector<std::string>{"a", "", "b", ""});
    for (std::string const& whole : {std::string("a,b"), std::string(","), std::string("x")})
        CHECK(text::join(text::split(whole, ','), ",") == whole);
}

TEST_CASE("padding is spaces and NULs", "[text]")
{
    CHECK(text::trim(std::string_view(" \0 a b \0", 8)) == "a b");
    CHECK(text::trim("  ").empty());
    CHECK(text::trim("").empty());
}

TEST_CASE("UTF-8 is checked strictly", "[text]")
{
    for (char const* const good : {"", "a", "é", "张", "𠮷", "\xF4\x8F\xBF\xBF"})
        CHECK(text::isUtf8(good));
    // Overlong, lone continuation, truncated, surrogate, above U+10FFFF, GBK.
    for (char const* const bad : {"\xC0\x80", "\xE0\x80\x80", "\x80", "\xE5\xBC", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                  "\xF5\x80\x80\x80", "\xD5\xC5"})
        CHECK_FALSE(text::isUtf8(bad));
    CHECK(text::toCodePoints("张\xFFz") == U"张\uFFFDz");
    CHECK(text::fromCodePoints(U"a张𠮷") == "a张𠮷");
    CHECK(text::fromCodePoints(std::u32string{0xD800, 0x110000}) == "\uFFFD\uFFFD");
}

TEST_CASE("wildcards match by character and never explode", "[text]")
{
    struct Case {
        char const* pattern;
        char const* value;
        bool matches;
    };
    for (Case const& one : {Case{"", "", true}, Case{"*", "", true}, Case{"?", "", false}, Case{"张*", "张三", true},
                            Case{"张?", "张三", true}, Case{"?", "𠮷", true}, Case{"*三", "张三", true},
                            Case{"*三", "三张", false}, Case{"a*b*c", "aXbYc", true}, Case{"a*b*c", "aXcYb", false},
                            Case{"a", "A", false}, Case{"%", "x", false}, Case{"[ab]", "a", false}}) {
        CAPTURE(one.pattern, one.value);
        CHECK(text::matchesWildcard(one.pattern, one.value) == one.matches);
    }
    std::string pattern;
    for (int i = 0; i < 200; ++i)
        pattern += "a*";
    CHECK_FALSE(text::matchesWildcard(pattern + "b", std::string(2000, 'a'))); // comes back at all: not exponential
    CHECK_FALSE(text::matchesWildcard(std::string(4000, '?') + "*", "𠮷𠮷"));
    CHECK(text::matchesWildcard("????*", "𠮷𠮷𠮷𠮷"));
    CHECK(text::matchesWildcard(std::string(4000, '*') + "?", "𠮷"));
}

TEST_CASE("case and hex", "[text]")
{
    CHECK(text::toUpperAscii("aZ张1") == "AZ张1");
    CHECK(text::toLowerAscii("aZ张1") == "az张1");
    CHECK(text::toHex(std::array<std::uint8_t, 3>{0, 0x0F, 0xFF}) == "000fff");
}
