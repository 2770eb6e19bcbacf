#include "samples/people.h"

#include "common/base/text.h"
#include "common/dicom/character_set.h"
#include "samples/noise.h"

#include <array>
#include <fmt/format.h>
#include <stdexcept>

namespace qianli::samples {
namespace {

struct Syllable {
    char const* hanzi;
    char const* pinyin;
};

constexpr std::array surnames = {
    Syllable{"王", "Wang"},  Syllable{"李", "Li"},   Syllable{"张", "Zhang"}, Syllable{"刘", "Liu"},
    Syllable{"陈", "Chen"},  Syllable{"杨", "Yang"}, Syllable{"赵", "Zhao"},  Syllable{"黄", "Huang"},
    Syllable{"周", "Zhou"},  Syllable{"吴", "Wu"},   Syllable{"徐", "Xu"},    Syllable{"孙", "Sun"},
    Syllable{"胡", "Hu"},    Syllable{"朱", "Zhu"},  Syllable{"高", "Gao"},   Syllable{"林", "Lin"},
    Syllable{"何", "He"},    Syllable{"郭", "Guo"},  Syllable{"马", "Ma"},    Syllable{"罗", "Luo"},
    Syllable{"梁", "Liang"}, Syllable{"宋", "Song"}, Syllable{"郑", "Zheng"}, Syllable{"谢", "Xie"},
    Syllable{"韩", "Han"},   Syllable{"唐", "Tang"}, Syllable{"冯", "Feng"},  Syllable{"于", "Yu"},
    Syllable{"董", "Dong"},  Syllable{"萧", "Xiao"}, Syllable{"程", "Cheng"}, Syllable{"曹", "Cao"},
    Syllable{"袁", "Yuan"},  Syllable{"邓", "Deng"}, Syllable{"许", "Xu"},    Syllable{"傅", "Fu"},
    Syllable{"沈", "Shen"},  Syllable{"曾", "Zeng"}, Syllable{"彭", "Peng"},  Syllable{"吕", "Lyu"}};

constexpr std::array given = {
    Syllable{"伟", "wei"},  Syllable{"芳", "fang"}, Syllable{"娜", "na"},    Syllable{"敏", "min"},
    Syllable{"静", "jing"}, Syllable{"丽", "li"},   Syllable{"强", "qiang"}, Syllable{"磊", "lei"},
    Syllable{"军", "jun"},  Syllable{"洋", "yang"}, Syllable{"勇", "yong"},  Syllable{"艳", "yan"},
    Syllable{"杰", "jie"},  Syllable{"娟", "juan"}, Syllable{"涛", "tao"},   Syllable{"明", "ming"},
    Syllable{"超", "chao"}, Syllable{"秀", "xiu"},  Syllable{"霞", "xia"},   Syllable{"平", "ping"},
    Syllable{"刚", "gang"}, Syllable{"桂", "gui"},  Syllable{"英", "ying"},  Syllable{"华", "hua"},
    Syllable{"玉", "yu"},   Syllable{"兰", "lan"},  Syllable{"红", "hong"},  Syllable{"建", "jian"},
    Syllable{"国", "guo"},  Syllable{"春", "chun"}, Syllable{"梅", "mei"},   Syllable{"晨", "chen"},
    Syllable{"宇", "yu"},   Syllable{"轩", "xuan"}, Syllable{"雨", "yu"},    Syllable{"欣", "xin"},
    Syllable{"怡", "yi"},   Syllable{"佳", "jia"},  Syllable{"浩", "hao"},   Syllable{"然", "ran"}};

// Second byte 5C or 5E in GBK, outside GB2312, or four bytes in GB18030.
constexpr std::array rare = {Syllable{"昞", "bing"}, Syllable{"誠", "cheng"}, Syllable{"玘", "qi"},
                             Syllable{"璟", "jing"}, Syllable{"瑄", "xuan"},  Syllable{"䶮", "yan"},
                             Syllable{"㛃", "jie"},  Syllable{"镕", "rong"}};

constexpr std::array foreigners = {"Müller^Jürgen", "Schön^Käthe", "Ünal^Ayşe",
                                   "Çelik^Gül",     "Lefèvre^Zoé", "Muñoz^Inés"};

std::string encoded(std::string const& utf8, char const* term)
{
    auto bytes = dicom::encodeText(utf8, term);
    if (!bytes)
        throw std::runtime_error(fmt::format("sample text has no place in {}: {}", term, bytes.error().message));
    return *std::move(bytes);
}

// GB2312 bytes in G1 behind ESC $)A, said again after each delimiter (PS3.5 6.1.2.5.3).
std::string escaped(std::string const& utf8)
{
    std::string const escape = "\x1B$)A";
    std::string result;
    bool inChinese = false;
    for (char32_t const c : text::toCodePoints(utf8)) {
        std::string const one = text::fromCodePoints(std::u32string_view(&c, 1));
        if (c < 0x80) {
            result += one;
            if (c == '^' || c == '=' || c == '\\' || c == '\r' || c == '\n')
                inChinese = false;
            continue;
        }
        if (!inChinese)
            result += escape;
        inChinese = true;
        result += encoded(one, "GB18030"); // the same bytes as GB2312 for its characters
    }
    return result;
}

std::string capitalised(std::string pinyin)
{
    return text::toUpperAscii(pinyin.substr(0, 1)) + pinyin.substr(1);
}

std::string inventName(Random& random, Writing writing)
{
    if (writing == Writing::Latin) {
        std::string name = foreigners[random.below(foreigners.size())];
        // ISO_IR 100 has no ş.
        if (auto const at = name.find("ş"); at != std::string::npos)
            name.replace(at, std::string("ş").size(), "s");
        return name;
    }
    auto const& family = surnames[random.below(surnames.size())];
    auto const& first =
        writing == Writing::Gb18030Rare ? rare[random.below(rare.size())] : given[random.below(given.size())];
    bool const two = random.below(3) != 0;
    auto const& second = given[random.below(given.size())];
    std::string const givenHanzi = std::string(first.hanzi) + (two ? second.hanzi : "");
    // Consoles differ: some write the name in one piece, some in both groups.
    if (writing == Writing::Iso2022 || writing == Writing::Utf8)
        return fmt::format("{}^{}={}^{}", family.pinyin, capitalised(first.pinyin) + (two ? second.pinyin : ""),
                           family.hanzi, givenHanzi);
    return std::string(family.hanzi) + givenHanzi;
}

} // namespace

std::string declaredCharacterSet(Writing writing)
{
    switch (writing) {
    case Writing::Gb18030:
    case Writing::Gb18030Rare:
        return "GB18030";
    case Writing::GbkAsLatin:
    case Writing::Latin:
        return "ISO_IR 100";
    case Writing::GbkUndeclared:
        return "";
    case Writing::Iso2022:
        return "\\ISO 2022 IR 58";
    case Writing::Utf8:
        return "ISO_IR 192";
    }
    return "";
}

std::string written(Writing writing, std::string const& utf8)
{
    switch (writing) {
    case Writing::Gb18030:
    case Writing::Gb18030Rare:
    case Writing::GbkAsLatin:
    case Writing::GbkUndeclared:
        return encoded(utf8, "GB18030");
    case Writing::Iso2022:
        return escaped(utf8);
    case Writing::Utf8:
        return utf8;
    case Writing::Latin:
        return encoded(utf8, "ISO_IR 100");
    }
    return utf8;
}

Person inventPerson(std::uint64_t seed, int number, Writing writing, std::string const& studyDate)
{
    Random random(seed * 1000003u + static_cast<std::uint64_t>(number));
    Person person;
    person.writing = writing;
    person.name = inventName(random, writing);
    // A console's counter, as most townships use it: it is the same at every site.
    person.patientId = fmt::format("{:06}", 100 + number * 7 + static_cast<int>(random.below(7)));
    person.sex = random.below(2) == 0 ? "M" : "F";
    int const age = 6 + static_cast<int>(random.below(78));
    person.birthDate = fmt::format("{:04}{:02}{:02}", std::stoi(studyDate.substr(0, 4)) - age - 1, 1 + random.below(12),
                                   1 + random.below(28));
    bool const hadBirthday = person.birthDate.substr(4) <= studyDate.substr(4);
    person.age = fmt::format("{:03}Y", hadBirthday ? age + 1 : age);
    return person;
}

} // namespace qianli::samples
