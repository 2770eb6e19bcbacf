#include "common/dicom/character_set.h"
#include "common/dicom/instance_header.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace qianli;
using namespace qianli::dicom;

namespace {

struct Reading {
    std::string text;
    std::string used;
    int rule = 0;
    bool certain = false;
};

Reading read(std::string const& declared, std::string const& raw, std::string const& site = "")
{
    auto const decision = decideCharacterSet(declared, std::vector{raw}, site);
    CHECK(decision.declared == declared);
    return {decodeText(decision, raw), decision.used, decision.rule, decision.certain};
}

std::string gb(std::string_view utf8)
{
    auto const encoded = encodeText(utf8, "GB18030");
    REQUIRE(encoded);
    return *encoded;
}

} // namespace

TEST_CASE("names from four consoles are read right, whatever is declared", "[charset]")
{
    for (char const* const name :
         {"张昞", "李玘", "张智宏", "吴卫生", "黄璟瑄", "龚䶮", "𠮷䶮", "Zhang^San=张^三=", "ZhangSan=张三",
          "欧阳^娜娜", "張誠", "王", "张 三 M 45", "区誠奮", "黃志強", "Wang=王", "买买提·艾合买提"}) {
        CAPTURE(name);
        std::string const raw = gb(name);
        for (char const* const declared :
             {"GB18030", "GBK", "GB2312", "gb18030", "GB_2312-80", "ISO_IR 58", "ISO 2022 GBK", "CP936"}) {
            CAPTURE(declared);
            auto const reading = read(declared, raw);
            CHECK(reading.text == name);
            CHECK(reading.used == "GB18030");
            CHECK(reading.rule == 4);
        }
        for (char const* const declared : {"GB18030", "ISO_IR 100", "", "ISO_IR 192", "nonsense"}) {
            CAPTURE(declared);
            auto const reading = read(declared, name); // UTF-8
            CHECK(reading.text == name);
            CHECK(reading.used == "UTF-8");
            CHECK(reading.rule == 3);
        }
    }
    for (char const* const name : {"张昞", "李玘", "张智宏", "吴卫生", "黄璟瑄", "龚䶮", "Zhang^San=张^三=",
                                   "ZhangSan=张三", "欧阳^娜娜", "张 三 M 45", "Wang=王", "王", "黃志強"}) {
        for (char const* const declared : {"ISO_IR 100", "", "ISO_IR 6", "ISO_IR 192", "ISO 2022 IR 100", "nonsense"}) {
            CAPTURE(name, declared);
            auto const reading = read(declared, gb(name));
            CHECK(reading.text == name);
            CHECK(reading.used == "GB18030");
            CHECK(reading.rule == 5);
            CHECK(reading.certain);
        }
    }
}

TEST_CASE("the vectors of public bug reports", "[charset]")
{
    // What viewers showed as ÎâÎÀÉú and ÕÅÖÇºê.
    CHECK(read("ISO_IR 100", "\xCE\xE2\xCE\xC0\xC9\xFA").text == "吴卫生");
    CHECK(read("ISO_IR 100", "\xD5\xC5\xD6\xC7\xBA\xEA").text == "张智宏");
    // The second byte is a backslash or a caret.
    CHECK(read("ISO_IR 100", "\xD5\xC5\x95\x5C").text == "张昞");
    CHECK(read("", "\xC0\xEE\xAB\x5E").text == "李玘");
}

TEST_CASE("Latin names stay Latin, also at a Chinese site", "[charset]")
{
    struct Name {
        char const* latin1;
        char const* utf8;
    };
    for (Name const name :
         {Name{"M\xFCller^Eva", "Müller^Eva"}, Name{"Sch\xF6n", "Schön"}, Name{"\xDCnal^Ay\xFE", "Ünal^Ayþ"},
          Name{"\xC7"
               "elik",
               "Çelik"},
          Name{"Buc^J\xE9r\xF4me", "Buc^Jérôme"},
          Name{"\xC4neas^R\xFC"
               "diger",
               "Äneas^Rüdiger"},
          Name{"Fa\xEF\xE9", "Faïé"}}) {
        for (char const* const site : {"", "GB18030"}) {
            CAPTURE(name.utf8, site);
            auto const reading = read("ISO_IR 100", name.latin1, site);
            CHECK(reading.text == name.utf8);
            CHECK(reading.rule == 6);
            CHECK(reading.certain);
            auto const undeclared = read("", name.latin1, site);
            CHECK(undeclared.text == name.utf8);
            CHECK_FALSE(undeclared.certain);
            CHECK(read("ISO_IR 100", name.utf8, site).text == name.utf8);
        }
    }
}

TEST_CASE("plain text is ASCII and says so", "[charset]")
{
    for (char const* const declared : {"", "ISO_IR 100", "GB18030", "ISO_IR 192"}) {
        auto const reading = read(declared, "ZHANG^SAN");
        CHECK(reading.text == "ZHANG^SAN");
        CHECK(reading.rule == 1);
        CHECK(reading.certain);
    }
}

TEST_CASE("all values of an object decide together", "[charset]")
{
    // 习一 is also well-formed UTF-8 (two Cyrillic letters), and a rare name alone would leave doubt: the other values
    // tell.
    std::vector<std::string> const values{gb("习一"), gb("胸部正位片"), "CHEST"};
    auto const decision = decideCharacterSet("", values, "");
    CHECK(decision.used == "GB18030");
    CHECK(decodeText(decision, values[0]) == "习一");
    CHECK(decodeText(decision, values[1]) == "胸部正位片");
}

TEST_CASE("values of several sets in one object are each read as what they are", "[charset]")
{
    std::vector<std::string> const values{"张三", gb("胸部正位片"), "CHEST"};
    for (char const* const declared : {"ISO_IR 192", "GB18030", "ISO_IR 100", ""}) {
        CAPTURE(declared);
        auto const decision = decideCharacterSet(declared, values, "GB18030");
        CHECK(decision.used == "mixed");
        CHECK(decodeText(decision, values[0]) == "张三");
        CHECK(decodeText(decision, values[1]) == "胸部正位片");
    }
    // A protocol name of the maker's, in his language.
    std::vector<std::string> const german{gb("张^三丰"),
                                          "Sch\xE4"
                                          "delbasis",
                                          gb("青山县人民医院")};
    auto const decision = decideCharacterSet("ISO_IR 100", german, "GB18030");
    CHECK(decodeText(decision, german[0]) == "张^三丰");
    CHECK(decodeText(decision, german[1]) == "Schädelbasis");
    CHECK_FALSE(decision.certain);
}

TEST_CASE("bytes that mean nothing are marked, and the rest is read", "[charset]")
{
    auto const chinese = read("GB18030", gb("张三") + "\xFF" + gb("丰"));
    CHECK(chinese.text == "张三\uFFFD丰");
    CHECK_FALSE(chinese.certain);
    // Each component was cut by itself.
    auto const unicode = read("ISO_IR 192", "张三\xE4\xB8^李四");
    CHECK(unicode.used == "UTF-8");
    CHECK(unicode.text == "张三\uFFFD\uFFFD^李四");
    CHECK_FALSE(unicode.certain);
}

TEST_CASE("a long text is read to its end, and by its beginning", "[charset]")
{
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += "未见明显异常";
    for (std::string const& lead : {std::string(), std::string("A")}) { // a character may lie across any limit
        auto const reading = read("ISO_IR 100", gb(lead + text));
        CHECK(reading.text == lead + text);
        CHECK(reading.rule == 5);
        CHECK(reading.certain);
        auto const unicode = read("ISO_IR 100", lead + text);
        CHECK(unicode.text == lead + text);
        CHECK(unicode.certain);
    }
}

TEST_CASE("a long text is judged by what is not plain in it, wherever that stands", "[charset]")
{
    std::string plain;
    while (plain.size() < 2100)
        plain += "NO CONTRAST GIVEN. ";
    auto const comment = [&](std::string const& declared, std::string const& raw) {
        std::vector<std::string> const values{"ZHANG^SAN", raw};
        auto const decision = decideCharacterSet(declared, values, "GB18030");
        return Reading{decodeText(decision, raw), decision.used, decision.rule, decision.certain};
    };
    auto const unicode = comment("ISO_IR 192", plain + "张三，未见异常");
    CHECK(unicode.text.ends_with(". 张三，未见异常"));
    CHECK(unicode.rule == 3);
    CHECK(unicode.certain);
    auto const chinese = comment("ISO_IR 100", plain + gb("张三，未见异常"));
    CHECK(chinese.text.ends_with(". 张三，未见异常"));
    CHECK(chinese.rule == 5);
    CHECK(chinese.certain);
    // One sign early says little: what comes late counts as well.
    auto const late = comment("", "38°C, " + plain + "张三，未见异常");
    CHECK(late.text.starts_with("38°C, "));
    CHECK(late.text.ends_with(". 张三，未见异常"));
    CHECK(late.rule == 3);
    CHECK(late.certain);
}

TEST_CASE("a long text that was cut, or has bytes that mean nothing, is marked as a short one is", "[charset]")
{
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += "未见明显异常";
    std::string const bytes = gb(text);
    CHECK_FALSE(read("GB18030", bytes.substr(0, bytes.size() - 1)).certain);
    CHECK_FALSE(read("ISO_IR 192", text.substr(0, text.size() - 1)).certain);
    auto const flawed = read("GB18030", bytes + "\xFF" + bytes);
    CHECK(flawed.text == text + "\uFFFD" + text);
    CHECK_FALSE(flawed.certain);
    auto const halved = read("ISO_IR 192", text + "\xE4\xB8^" + text);
    CHECK(halved.text == text + "\uFFFD\uFFFD^" + text);
    CHECK_FALSE(halved.certain);
}

TEST_CASE("what Windows adds to Latin letters is read, and marked", "[charset]")
{
    auto const reading = read("ISO_IR 100", "O\x92Hara^M\xE9lanie");
    CHECK(reading.text == "O’Hara^Mélanie");
    CHECK_FALSE(reading.certain);
}

TEST_CASE("a name that a device cut in the middle of a character loses the half and is marked", "[charset]")
{
    std::string const whole = gb("张智宏");
    for (char const* const declared : {"GB18030", "ISO_IR 100", ""}) {
        for (std::string const& raw : {whole.substr(0, 5), whole.substr(0, 5) + " "}) {
            auto const reading = read(declared, raw);
            CHECK(reading.text == "张智");
            CHECK_FALSE(reading.certain);
        }
    }
    auto const escaped = read("\\ISO 2022 IR 58", "\x1b$)A\xD5\xC5^\x1b$)A\xD0\xA1\xB6 ");
    CHECK(escaped.text == "张^小");
    CHECK_FALSE(escaped.certain);
    auto const escape = read("\\ISO 2022 IR 58", "\x1b$)A\xD5\xC5^\x1b$");
    CHECK(escape.text == "张^");
    CHECK_FALSE(escape.certain);
    auto const japanese = read("\\ISO 2022 IR 87", "\x1b$B;3E");
    CHECK(japanese.text == "山");
    CHECK_FALSE(japanese.certain);
    auto const utf8 = read("ISO_IR 192", std::string("张智宏").substr(0, 8));
    CHECK(utf8.text == "张智");
    CHECK_FALSE(utf8.certain);
}

TEST_CASE("escapes are followed whatever is declared", "[charset]")
{
    CHECK(read("\\ISO 2022 IR 58", "Zhang^XiaoDong=\x1b$)A\xD5\xC5^\x1b$)A\xD0\xA1\xB6\xAB=").text ==
          "Zhang^XiaoDong=张^小东=");
    // Not repeated behind the caret, against PS3.5 6.1.2.5.3.
    CHECK(read("\\ISO 2022 IR 58", "\x1b$)A\xD5\xC5^\xD0\xA1\xB6\xAB").text == "张^小东");
    CHECK(read("ISO_IR 100", "\x1b$)A\xD5\xC5^\x1b$)A\xD0\xA1\xB6\xAB").text == "张^小东");
    // Nor where the label gives high bytes another meaning; there a name in Latin letters stays one.
    CHECK(read("ISO_IR 100", "\x1b$)A\xD5\xC5^\xD0\xA1\xB6\xAB").text == "张^小东");
    CHECK(read("ISO 2022 IR 100\\ISO 2022 IR 58", "\x1b$)A\xD5\xC5^M\xFCller").text == "张^Müller");
    // A character beyond GB 2312, which old consoles put there all the same.
    CHECK(read("\\ISO 2022 IR 58", "\x1b$)A\xD5\xC5\x95\x5C").text == "张昞");
    CHECK(read("\\ISO 2022 IR 149", "\x1b$)C\xFB\xF3^\x1b$)C\xD1\xCE\xD4\xD7=\x1b$)C\xC8\xAB^\x1b$)C\xB1\xE6\xB5\xBF")
              .text == "洪^吉洞=홍^길동");
    CHECK(
        read("\\ISO 2022 IR 87", "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B")
            .text == "Yamada^Tarou=山田^太郎=やまだ^たろう");
    CHECK(read("ISO 2022 IR 13\\ISO 2022 IR 87", "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J")
              .text == "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎");
    CHECK(read("ISO 2022 IR 100\\ISO 2022 IR 144", "M\xFCller\\\x1b-L\xBB\xEE\xDA^M\xFCller").text ==
          "Müller\\Люк^Müller");
    CHECK(read("", "\x1b$)A\xD5\xFF").text == "\xEF\xBF\xBD");
    CHECK(read("", "\x1b$)A\xD5\xC5\x1b").text == "张");
}

TEST_CASE("half a character within an escaped name doesn't take the delimiter behind it along", "[charset]")
{
    for (char const* const declared : {"\\ISO 2022 IR 58", "ISO_IR 100", ""}) {
        CAPTURE(declared);
        auto const flagged = [&](std::string const& raw, std::string const& text) {
            CAPTURE(text);
            auto const reading = read(declared, raw);
            CHECK(reading.text == text);
            CHECK(reading.rule == 2);
            CHECK_FALSE(reading.certain);
        };
        flagged("Zhang^San=\x1b$)A\xD5\xC5\xC8^\x1b$)A\xC8\xFD", "Zhang^San=张\uFFFD^三");
        flagged("\x1b$)A\xD5\xC5\xC8\\\x1b$)A\xC8\xFD", "张\uFFFD\\三");
        flagged("\x1b$)A\xD5\xC5\xC8^ ", "张\uFFFD^ ");
        flagged("\x1b$)A\xD5\xC5\xC8=\xC8\xFD", "张\uFFFD=三");
        // What may be a character beyond GB 2312 as well stays one.
        flagged("\x1b$)A\xD5\xC5\x95\x5C", "张昞");
        flagged("\x1b$)A\xC0\xEE\xAB\x5E", "李玘");
        flagged("\x1b$)A\xD5\xC5\xC8^\xC8\xFD", "张萟三");
    }
    CHECK(read("\\ISO 2022 IR 58", "\x1b$)A\xD5\xC5^\x1b$)A\xC8\xFD").certain);
    auto const korean = read("\\ISO 2022 IR 149", "\x1b$)C\xFB\xF3\xD1^\x1b$)C\xD1\xCE");
    CHECK(korean.text == "洪\uFFFD^吉");
    CHECK_FALSE(korean.certain);
    auto const japanese = read("\\ISO 2022 IR 87", "\x1b$B;3E\x1b(B^\x1b$BB@O:\x1b(B");
    CHECK(japanese.text == "山\uFFFD^太郎");
    CHECK_FALSE(japanese.certain);
    CHECK(read("\\ISO 2022 IR 87", "\x1b$B;3ED^\x1b$BB@O:\x1b(B").text == "山田^太郎");
}

TEST_CASE("declared ISO 8859 sets and Thai are read as declared", "[charset]")
{
    CHECK(read("ISO_IR 144", "\xBB\xEE\xDA\x63\x65\xDC\xD1\x79p\xD3").text == "Люкceмбypг");
    CHECK(read("ISO_IR 126", "\xC4\xE9\xEF\xED\xF5\xF3\xE9\xEF\xF2").text == "Διονυσιος");
    CHECK(read("ISO_IR 138", "\xF9\xF8\xE5\xEF^\xE3\xE1\xE5\xF8\xE4").text == "שרון^דבורה");
    CHECK(read("ISO_IR 127", "\xE2\xC8\xC7\xE6\xEA^\xE4\xE6\xD2\xC7\xD1").text == "قباني^لنزار");
    CHECK(read("ISO_IR 166", "\xA1\xD2").text == "กา");
    CHECK(read("ISO_IR 13", "\xD4\xCF\xC0\xDE").text == "ﾔﾏﾀﾞ");
    CHECK(read("ISO_IR 144", "Люк").used == "UTF-8");
}

TEST_CASE("the site's policy decides where the bytes leave it open", "[charset]")
{
    std::string const rare = gb("馯馰"); // no surname, no common character; the bytes may mean "ñUñV" as well
    auto const open = read("ISO_IR 100", rare);
    CHECK_FALSE(open.certain);
    auto const decided = read("ISO_IR 100", rare, "GB18030");
    CHECK(decided.text == "馯馰");
    CHECK(decided.rule == 6);
    CHECK(decided.certain);
}

TEST_CASE("text is written in the peer's character set or not at all", "[charset]")
{
    CHECK(encodeText("张昞", "GB18030").value() == "\xD5\xC5\x95\x5C");
    CHECK(encodeText("张昞", "GBK").value() == "\xD5\xC5\x95\x5C");
    CHECK(encodeText("𠮷", "GB18030").value().size() == 4);
    CHECK_FALSE(encodeText("𠮷", "GBK"));
    CHECK(encodeText("张三", "ISO_IR 192").value() == "张三");
    CHECK(encodeText("Müller", "ISO_IR 100").value() == "M\xFCller");
    CHECK(encodeText("Zhang^San=张^三", "\\ISO 2022 IR 58").value() == "Zhang^San=\x1b$)A\xD5\xC5^\x1b$)A\xC8\xFD");
    CHECK(encodeText("ZHANG", "").value() == "ZHANG");
    auto const refused = encodeText("张三", "ISO_IR 100");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "the character 张 (U+5F20) has no place in ISO-8859-1");
    CHECK_FALSE(encodeText("张三", ""));
    CHECK_FALSE(encodeText("张昞", "ISO 2022 IR 58"));
    CHECK_FALSE(encodeText("张", "nonsense"));
}
