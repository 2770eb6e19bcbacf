// What a person types, and which names it finds (domain.md 4.3).
#include "common/base/text.h"
#include "common/names/name_query.h"
#include "common/names/readings.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::names;

namespace {

std::optional<int> rankOf(std::string_view typed, std::string_view name, NameReach reach = NameReach::Anywhere)
{
    NameReader reader;
    return NameQuery(typed, reach).rank(name, reader);
}

bool finds(std::string_view typed, std::string_view name)
{
    return rankOf(typed, name).has_value();
}

struct Case {
    char const *typed, *name;
};

// Would an index of keysOf() that is asked for ranges() come to this group?
bool indexLeadsTo(std::string_view typed, std::string_view group)
{
    auto const keys = keysOf(group);
    for (KeyRange const& range : NameQuery(typed).ranges())
        for (std::string const& key : keys) {
            std::size_t const blank = key.find(' ');
            bool const first = range.open   ? key.starts_with(range.first)
                               : range.rest ? key.substr(0, blank) == range.first
                                            : key.starts_with(range.first);
            if (first && (!range.rest || key.substr(blank + 1).starts_with(*range.rest)))
                return true;
        }
    return false;
}

} // namespace

TEST_CASE("a name is found however a person types it", "[names]")
{
    Case const cases[] = {
        // in full, by initials, mixed, unfinished
        {"张三", "张三"},
        {"zhangsan", "张三"},
        {"ZhangSan", "张三"},
        {"ZHANG SAN", "张三"},
        {"Zhang^San", "张三"},
        {"zs", "张三"},
        {"zhs", "张三"},
        {"zhangs", "张三"},
        {"zsan", "张三"},
        {"zhsan", "张三"},
        {"zhangsa", "张三"},
        {"zhang", "张三"},
        {"zha", "张三"},
        {"z", "张三"},
        {"zhāngsān", "张三"},
        {"ｚｈａｎｇ", "张三"},
        {"张", "张三"},
        {"张s", "张三"},
        {"张san", "张三"},
        {"zhang三", "张三"},
        // the given name alone
        {"小东", "张小东"},
        {"xiaodong", "张小东"},
        {"xd", "张小东"},
        {"zxd", "张小东"},
        {"zhangxd", "张小东"},
        {"zhangxiaod", "张小东"},
        {"zxdong", "张小东"},
        {"小东", "欧阳小东"},
        {"王小", "王小东"},
        // ü
        {"lvbu", "吕布"},
        {"lubu", "吕布"},
        {"lyubu", "吕布"},
        {"lübu", "吕布"},
        {"lb", "吕布"},
        {"ly", "吕布"},
        {"lv", "LYU^BU"},
        {"nver", "女儿"},
        {"lvefei", "略飞"},
        {"xvyan", "徐燕"},
        {"wanglv", "王绿"},
        {"wanglyu", "王绿"},
        {"wanglu", "王绿"},
        // surnames that are read in a way of their own, and characters with several readings
        {"shan", "单雄信"},
        {"zeng", "曾国藩"},
        {"qiu", "仇和"},
        {"xie", "解晓东"},
        {"ren", "任正非"},
        {"zha", "查良镛"},
        {"ou", "区小红"},
        {"ge", "盖叫天"},
        {"piao", "朴树"},
        {"hua", "华罗庚"},
        {"qin", "覃辉"},
        {"tan", "覃辉"},
        {"yuchi", "尉迟恭"},
        {"zhangsun", "长孙无忌"},
        {"moqi", "万俟卨"},
        {"linghu", "令狐冲"},
        {"lhc", "令狐冲"},
        {"yue", "乐嘉"},
        {"zengle", "曾乐"},
        {"zengyue", "曾乐"},
        {"wangxi", "王茜"},
        {"wangqian", "王茜"},
        {"lisheng", "李晟"},
        {"licheng", "李晟"},
        {"zeng", "曾國藩"},
        {"shanxiongxin", "單雄信"},
        // as devices send it
        {"zhangsan", "Zhang^San=张^三="},
        {"张三", "Zhang^San=张^三="},
        {"zhangsan", "ZHANG SAN"},
        {"zs", "ZHANG SAN"},
        {"zs", "ZHANGSAN"},
        {"zsan", "Zhang San^^^^"},
        {"zhangs", "ZhangSan"},
        {"san", "ZhangSan"},
        {"xian", "XIAN^LI"},
        {"xal", "XI'AN^LI"},
        {"gy", "GongsunGongyong"},
        {"mly", "梅吕泉"},
        {"wg", "WANGAN"},
        {"wa", "WANGAN"},
        {"xiaoan", "XIAOAN"},
        {"张三", "张　三"},
        {"张三", "张 三 M 45"},
        {"zs", "张三 M 45"},
        {"zhangsan", "ZHANG SAN M 45"},
        {"张三", "张三(急)"},
        {"张三", "（急）张三"},
        {"张三", "张三2"},
        {"张三", "张三 男 45岁"},
        {"张三 M 45", "张三"},
        {"张三2", "张三"},
        {"wms", "无名氏1"},
        {"无名氏1", "无名氏1"},
        {"zhangsan", "张三 Zhang San"},
        {"张三", "ZhangSan张三"},
        {"20241122", "20241122"},
        // every dot
        {"阿依古丽·买买提", "阿依古丽•买买提"},
        {"阿依古丽买买提", "阿依古丽．买买提"},
        {"阿依古丽.买买提", "阿依古丽·买买提"},
        {"ayiguli", "阿依古丽・买买提"},
        {"买买提", "阿依古丽·买买提"},
        {"aygl", "阿依古丽·买买提"},
        {"mmt", "阿依古丽·买买提"},
        // one script, two ways to write it
        {"张三丰", "張三豐"},
        {"張三豐", "张三丰"},
        {"陳", "陈毅"},
        // others
        {"muller", "Müller^Eva"},
        {"müller", "Müller^Eva"},
        {"Müller^Eva", "Müller^Eva"},
        {"me", "Müller^Eva"},
        {"eva", "Müller^Eva"},
        {"obrien", "O'Brien^Pat"},
        {"иванов", "ИВАНОВ^Петр"},
        {"山田", "Yamada^Tarou=山田^太郎=やまだ^たろう"},
        {"やまだ", "Yamada^Tarou=山田^太郎=やまだ^たろう"},
        {"䶮", "刘䶮"},
        {"liuyan", "刘䶮"},
        {"𠮷", "𠮷野"},
        {"jiye", "𠮷野"},
        {"zhangbing", "张昞"},
        {"liqi", "李玘"},
    };
    for (auto const& [typed, name] : cases) {
        CAPTURE(typed, name);
        CHECK(finds(typed, name));
    }
}

TEST_CASE("a name is not found by what nobody would type for it", "[names]")
{
    Case const cases[] = {
        {"lisi", "张三"},   {"zhangsi", "张三"}, {"zhangsanf", "张三"}, {"张四", "张三"},         {"三", "张小三"},
        {"sz", "张三"},     {"hangsan", "张三"}, {"zhngsan", "张三"},   {"chan", "单雄信"},       {"lv", "陆小明"},
        {"wang", "张三"},   {"yan", "YUAN^LI"},  {"jiang", "强森"},     {"liu", "陆游"},          {"女", "张三 女 45"},
        {"m", "张三 M 45"}, {"45", "张三 M 45"}, {"急", "张三(急)"},    {"mvller", "Müller^Eva"}, {"", "张三"},
        {"^", "张三"},
    };
    for (auto const& [typed, name] : cases) {
        CAPTURE(typed, name);
        CHECK_FALSE(finds(typed, name));
    }
}

TEST_CASE("the better a name answers, the further ahead it stands", "[names]")
{

    CHECK(rankOf("zhangsan", "张三") == 0);
    CHECK(rankOf("zs", "张三") == NameRank::shortened);
    CHECK(rankOf("zhangs", "张三") == NameRank::shortened);
    CHECK(rankOf("zhang", "张三") == NameRank::beginning);
    CHECK(rankOf("zh", "张三") == (NameRank::beginning | NameRank::shortened));
    CHECK(rankOf("sanfeng", "张三丰") == NameRank::given);
    CHECK(rankOf("sf", "张三丰") == (NameRank::given | NameRank::shortened));
    // The best reading counts.
    CHECK(rankOf("xian", "XIAN") == 0);
    CHECK(rankOf("张三", "Zhang^San=张^三") == 0);
}

TEST_CASE("a query may ask for whole names or beginnings only", "[names]")
{
    CHECK(rankOf("zhangsan", "张三", NameReach::Whole));
    CHECK(rankOf("zs", "张三", NameReach::Whole));
    CHECK_FALSE(rankOf("zhang", "张三", NameReach::Whole));
    CHECK(rankOf("zhang", "张三", NameReach::Beginning));
    CHECK_FALSE(rankOf("sanfeng", "张三丰", NameReach::Beginning));
}

TEST_CASE("what a query finds, its ranges in the index lead to", "[names]")
{
    char const* const names[] = {"张三",
                                 "张小东",
                                 "欧阳小东",
                                 "吕布",
                                 "女儿",
                                 "单雄信",
                                 "尉迟恭",
                                 "万俟卨",
                                 "曾乐",
                                 "王茜",
                                 "zhang^san",
                                 "zhangsan",
                                 "xian^li",
                                 "müller^eva",
                                 "张 三 m 45",
                                 "无名氏1",
                                 "阿依古丽·买买提",
                                 "山田^太郎",
                                 "やまだ^たろう",
                                 "刘䶮",
                                 "𠮷野",
                                 "lyu^bu",
                                 "o'brien^pat",
                                 "諸葛亮",
                                 "20241122",
                                 "张三 zhang san",
                                 "烟",
                                 "a"};
    // Everything that can be typed with the letters of any of them, from every place on.
    std::vector<std::string> typed = {"zhs",     "zsh", "shxx", "lbu", "lübu", "lyub",
                                      "zhangxd", "张s", "张xd", "z三", "小d"};
    for (char const* const name : names)
        for (std::string const& key : keysOf(name)) {
            std::string whole = key;
            std::erase(whole, ' ');
            for (std::size_t length = 1; length <= whole.size(); ++length)
                typed.push_back(whole.substr(0, length));
        }
    for (char const* const spelt :
         {"zhangsan", "zhangxiaodong", "ouyangxiaodong", "lvbu", "nver", "shanxiongxin", "yuchigong", "moqixie",
          "zengyue", "wangxi", "muller", "mullereva", "ayigulimaimaiti", "liuyan", "jiye"}) {
        std::string const whole = spelt;
        for (std::size_t length = 1; length <= whole.size(); ++length) {
            typed.push_back(whole.substr(0, length));
            typed.push_back(whole.substr(0, 1) + whole.substr(length));
        }
    }
    for (char const* const name : names) {
        std::u32string const characters = text::toCodePoints(name);
        for (std::size_t begin = 0; begin < characters.size(); ++begin)
            for (std::size_t length = 1; begin + length <= characters.size(); ++length)
                typed.push_back(text::fromCodePoints(characters.substr(begin, length)));
    }
    std::size_t found = 0;
    for (std::string const& one : typed) {
        if (!text::isUtf8(one))
            continue;
        for (char const* const name : names) {
            if (!finds(one, name))
                continue;
            ++found;
            CAPTURE(one, name);
            CHECK(indexLeadsTo(one, name));
        }
    }
    CHECK(found > 1000);
}

TEST_CASE("a name with many readings keeps sixteen of them", "[names]")
{
    CHECK(keysOf("曾乐乐").size() <= 32);
    // From the beginning and from each part; characters with two readings each.
    CHECK(keysOf("行乐长重行乐长重行乐长重").size() <= 48);
    CHECK_FALSE(keysOf("行乐长重行乐长重行乐长重").empty());
    CHECK(keysOf("").empty());
    CHECK(keysOf("^^").empty());
    CHECK(keysOf("张三") == std::vector<std::string>{"san ", "zhang s"});
}

TEST_CASE("a text made to be slow is not", "[names]")
{
    NameReader reader;
    std::string name;
    for (int i = 0; i < 64; ++i)
        name += "xian";
    for (std::string const& typed : {name.substr(0, 64), std::string(64, 'x'), std::string(64, 'a')}) {
        NameQuery const query(typed);
        CHECK(query.ranges().size() < 2000);
        (void)query.rank(name, reader);
        (void)query.rank(std::string(200, 'a'), reader);
        (void)query.rank(name + "=" + name, reader);
    }
    CHECK(keysOf(name).size() < 200);
    CHECK(keysOf(std::string(10'000, 'a')).size() < 200);
}

TEST_CASE("readings come from Unicode's tables and ours", "[names]")
{
    auto const has = [](char32_t character, std::u32string_view reading) {
        auto const readings = readingsOf(character);
        return std::ranges::find(readings, reading) != readings.end();
    };
    CHECK(has(U'张', U"zhang"));
    CHECK(has(U'張', U"zhang"));
    CHECK(has(U'吕', U"lv"));
    CHECK(has(U'乐', U"le"));
    CHECK(has(U'乐', U"yue"));
    CHECK(has(U'晟', U"sheng"));
    CHECK(readingsOf(U'a').empty());
    CHECK(simplified(U'張') == U'张');
    CHECK(simplified(U'乾') == U'乾');
    CHECK(foldedLetter(U'É') == U'e');
    CHECK(isSyllable(U"zhuang"));
    CHECK_FALSE(isSyllable(U"ton"));
}
