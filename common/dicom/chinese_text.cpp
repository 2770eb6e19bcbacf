#include "common/dicom/chinese_text.h"

#include "common/base/text.h"
#include "common/dicom/code_page.h"

#include <algorithm>
#include <set>

namespace qianli::dicom {
namespace {

// The commonest surnames of today and traditional forms of those whose characters differ.
constexpr std::u32string_view singleSurnames =
    U"王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭"
    U"陆范汪廖石金韦贾夏付"
    U"方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳"
    U"翟申欧耿关兰焦俞左"
    U"柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游靳辛管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤时阳阎穆农司古吉"
    U"卓车简卜项代景全"
    U"应查仇区盖朴宗宫费岑卞邬瞿娄丛冷闵储浦桂窦官占佟桑米敖耶苟臧原候宿池隋褚练门栾仲邸"
    U"張劉陳楊黃趙吳孫馬鄭謝許韓鄧馮蕭蔣葉蘇呂盧鍾譚陸賈鄒龍賀顧龔萬錢戴嚴湯齊喬龐顏莊聶魯歐關蘭紀畢單華饒陽閻農車項應"
    U"區蓋費鄔婁叢閔儲竇區簡";

constexpr std::u32string_view compoundSurnames[] = {
    U"欧阳", U"上官", U"司马", U"诸葛", U"司徒", U"东方", U"独孤", U"南宫", U"慕容", U"公孙", U"令狐", U"尉迟", U"长孙",
    U"万俟", U"皇甫", U"端木", U"夏侯", U"轩辕", U"宇文", U"呼延", U"申屠", U"淳于", U"单于", U"太史", U"濮阳", U"闻人",
    U"赫连", U"澹台", U"公冶", U"宗政", U"钟离", U"鲜于", U"闾丘", U"仲孙", U"拓跋", U"百里", U"东郭", U"第五"};

unsigned at(std::string_view bytes, std::size_t i)
{
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
}

bool isBetween(unsigned byte, unsigned low, unsigned high)
{
    return byte >= low && byte <= high;
}

// Length of the character at i, or 0 when the bytes there are none; `cut` when they are the start of one and end too
// early.
std::size_t characterLength(std::string_view bytes, std::size_t i, bool& cut)
{
    unsigned const first = at(bytes, i);
    std::size_t const left = bytes.size() - i;
    cut = false;
    if (first < 0x80)
        return 1;
    if (first == 0x80 || first == 0xFF)
        return 0;
    cut = left == 1;
    if (cut)
        return 0;
    unsigned const second = at(bytes, i + 1);
    if (!isBetween(second, '0', '9'))
        return second >= 0x40 && second != 0x7F && second != 0xFF ? 2 : 0;
    cut = left < 4 && (left < 3 || isBetween(at(bytes, i + 2), 0x81, 0xFE));
    bool const whole = left >= 4 && isBetween(at(bytes, i + 2), 0x81, 0xFE) && isBetween(at(bytes, i + 3), '0', '9');
    return whole && (first <= 0x84 || isBetween(first, 0x90, 0xE3)) ? 4 : 0;
}

std::string_view withoutPadding(std::string_view bytes)
{
    std::size_t const last = bytes.find_last_not_of(std::string_view(" \0", 2));
    return bytes.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

} // namespace

Gb18030Walk walkGb18030(std::string_view bytes)
{
    Gb18030Walk walk;
    std::string_view const body = withoutPadding(bytes);
    while (walk.length < body.size()) {
        bool cut = false;
        std::size_t const length = characterLength(body, walk.length, cut);
        if (length == 0) {
            walk.truncated = cut;
            walk.valid = cut;
            return walk;
        }
        walk.length += length;
    }
    walk.length = bytes.size();
    return walk;
}

std::string_view withoutTruncatedGb18030(std::string_view bytes)
{
    Gb18030Walk const walk = walkGb18030(bytes);
    return walk.truncated ? bytes.substr(0, walk.length) : bytes;
}

std::string_view withoutTruncatedUtf8(std::string_view bytes)
{
    std::string_view const body = withoutPadding(bytes);
    for (std::size_t back = 1; back <= 3 && back <= body.size(); ++back) {
        unsigned const byte = at(body, body.size() - back);
        if (isBetween(byte, 0x80, 0xBF))
            continue;
        std::size_t const wanted = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1;
        return wanted > back ? body.substr(0, body.size() - back) : bytes;
    }
    return bytes;
}

bool isIdeograph(char32_t c)
{
    return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x323AF);
}

std::size_t gb18030Length(std::string_view bytes, std::size_t i)
{
    bool cut = false;
    return characterLength(bytes, i, cut);
}

bool startsWithSurname(std::u32string_view name)
{
    static std::set<char32_t> const single(singleSurnames.begin(), singleSurnames.end());
    if (name.empty())
        return false;
    return single.contains(name.front()) || std::any_of(std::begin(compoundSurnames), std::end(compoundSurnames),
                                                        [name](auto one) { return name.starts_with(one); });
}

bool holdsSurname(std::u32string_view value)
{
    bool atStart = true;
    for (std::size_t i = 0; i < value.size(); ++i) {
        char32_t const c = value[i];
        if (atStart && isIdeograph(c) && startsWithSurname(value.substr(i)))
            return true;
        atStart = c == U'^' || c == U'=' || c == U'\\' || (atStart && (c == U' ' || c == U'\u3000'));
    }
    return false;
}

bool isUsualTraditional(std::string_view gb18030)
{
    auto const big5 = toCodePage(fromCodePage(gb18030, "gb18030"), "Big5");
    return big5 && big5->size() == 2 && isBetween(at(*big5, 0), 0xA4, 0xC6);
}

} // namespace qianli::dicom
