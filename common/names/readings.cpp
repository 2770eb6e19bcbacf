#include "common/names/readings.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>

namespace qianli::names {
namespace {

struct ReadingSet {
    std::uint16_t first, count;
};
struct Character {
    char32_t character;
    std::uint16_t set;
};
struct Pair {
    char32_t from, to;
};

#include "reading_table.inc"

// Most of what is looked up lies in the basic plane between these: there a table answers at once.
constexpr char32_t firstIdeograph = 0x3400, lastIdeograph = 0x9FFF;

bool isInTable(char32_t character)
{
    return character >= firstIdeograph && character <= lastIdeograph;
}

char32_t mapped(std::span<Pair const> pairs, char32_t character)
{
    auto const found = std::ranges::lower_bound(pairs, character, {}, &Pair::from);
    return found != pairs.end() && found->from == character ? found->to : character;
}

struct Table {
    struct Entry {
        char32_t simplified;
        std::uint16_t first = 0, count = 0; // in setItems
    };
    std::vector<Entry> entries = std::vector<Entry>(lastIdeograph - firstIdeograph + 1);

    Table()
    {
        for (std::size_t i = 0; i < entries.size(); ++i)
            entries[i].simplified = firstIdeograph + static_cast<char32_t>(i);
        for (Character const& one : characters)
            if (isInTable(one.character)) {
                Entry& entry = entries[one.character - firstIdeograph];
                entry.first = readingSets[one.set].first;
                entry.count = readingSets[one.set].count;
            }
        for (Pair const& pair : simplifiedForms)
            if (isInTable(pair.from))
                entries[pair.from - firstIdeograph].simplified = pair.to;
    }
};

Table::Entry const& entryOf(char32_t character)
{
    static Table const table;
    return table.entries[character - firstIdeograph];
}

struct Known {
    std::u32string_view characters, readings; // "yu chi": one for each character
};

// Surnames that are read otherwise than their characters elsewhere. The reading that consoles and people take by
// mistake is listed too, behind the right one; what is not listed is not looked for: nobody is called Chan 单.
constexpr Known single[] = {
    {U"单", U"shan dan"},  {U"曾", U"zeng ceng"},   {U"仇", U"qiu chou"},    {U"解", U"xie jie"},
    {U"任", U"ren"},       {U"查", U"zha cha"},     {U"区", U"ou qu"},       {U"盖", U"ge gai"},
    {U"朴", U"piao pu"},   {U"华", U"hua"},         {U"覃", U"qin tan"},     {U"翟", U"zhai di"},
    {U"尉", U"wei yu"},    {U"乐", U"yue le"},      {U"召", U"shao zhao"},   {U"石", U"shi"},
    {U"冯", U"feng"},      {U"宓", U"mi fu"},       {U"柏", U"bai bo"},      {U"卜", U"bu"},
    {U"缪", U"miao mou"},  {U"么", U"yao me"},      {U"员", U"yun yuan"},    {U"贠", U"yun yuan"},
    {U"殷", U"yin"},       {U"折", U"she zhe"},     {U"黑", U"he hei"},      {U"费", U"fei bi"},
    {U"纪", U"ji"},        {U"俞", U"yu"},          {U"都", U"du"},          {U"贾", U"jia"},
    {U"车", U"che"},       {U"宁", U"ning"},        {U"种", U"chong zhong"}, {U"重", U"chong zhong"},
    {U"六", U"lu liu"},    {U"秘", U"bi mi"},       {U"祭", U"zhai ji"},     {U"繁", U"po fan"},
    {U"句", U"gou ju"},    {U"盛", U"sheng"},       {U"哈", U"ha"},          {U"郇", U"xun huan"},
    {U"薄", U"bo"},        {U"万", U"wan"},         {U"洗", U"xian"},        {U"冼", U"xian"},
    {U"乜", U"nie"},       {U"逄", U"pang"},        {U"佴", U"nai er"},      {U"隗", U"wei kui"},
    {U"郗", U"xi chi"},    {U"长", U"chang zhang"}, {U"令", U"ling"},        {U"过", U"guo"},
    {U"谌", U"chen shen"}, {U"阚", U"kan"},         {U"沈", U"shen"},        {U"尹", U"yin"},
    {U"谷", U"gu"},        {U"晁", U"chao"},        {U"暴", U"bao"},         {U"曲", U"qu"},
    {U"那", U"na"},        {U"牟", U"mou mu"},      {U"幸", U"xing"},        {U"强", U"qiang"},
    {U"相", U"xiang"},     {U"行", U"xing"},        {U"朝", U"chao"},        {U"晟", U"cheng"},
    {U"臧", U"zang"},      {U"褚", U"chu"},         {U"葛", U"ge"},          {U"降", U"jiang xiang"},
    {U"参", U"can shen"},  {U"舍", U"she"},         {U"适", U"shi kuo"},     {U"於", U"yu"},
    {U"应", U"ying"},      {U"宿", U"su"},          {U"藏", U"zang cang"},   {U"叶", U"ye"},
    {U"还", U"huan"},      {U"会", U"gui hui"},     {U"阿", U"a"},           {U"于", U"yu"},
    {U"余", U"yu"},        {U"干", U"gan"},         {U"沙", U"sha"},         {U"敦", U"dun"},
    {U"赫", U"he"},        {U"戚", U"qi"},          {U"扎", U"zha"},         {U"卡", U"ka"},
    {U"艾", U"ai"},        {U"呼", U"hu"},          {U"吾", U"wu"},          {U"约", U"yue"},
    {U"茹", U"ru"},        {U"买", U"mai"},         {U"吐", U"tu"}};

constexpr Known compound[] = {
    {U"欧阳", U"ou yang"},   {U"上官", U"shang guan"}, {U"司马", U"si ma"},     {U"诸葛", U"zhu ge"},
    {U"司徒", U"si tu"},     {U"东方", U"dong fang"},  {U"独孤", U"du gu"},     {U"南宫", U"nan gong"},
    {U"慕容", U"mu rong"},   {U"公孙", U"gong sun"},   {U"令狐", U"ling hu"},   {U"尉迟", U"yu chi"},
    {U"尉迟", U"wei chi"},   {U"长孙", U"zhang sun"},  {U"长孙", U"chang sun"}, {U"万俟", U"mo qi"},
    {U"万俟", U"wan si"},    {U"皇甫", U"huang fu"},   {U"端木", U"duan mu"},   {U"夏侯", U"xia hou"},
    {U"轩辕", U"xuan yuan"}, {U"宇文", U"yu wen"},     {U"呼延", U"hu yan"},    {U"申屠", U"shen tu"},
    {U"淳于", U"chun yu"},   {U"单于", U"chan yu"},    {U"太史", U"tai shi"},   {U"濮阳", U"pu yang"},
    {U"闻人", U"wen ren"},   {U"赫连", U"he lian"},    {U"澹台", U"tan tai"},   {U"澹台", U"dan tai"},
    {U"公冶", U"gong ye"},   {U"宗政", U"zong zheng"}, {U"钟离", U"zhong li"},  {U"鲜于", U"xian yu"},
    {U"闾丘", U"lv qiu"},    {U"仲孙", U"zhong sun"},  {U"拓跋", U"tuo ba"},    {U"百里", U"bai li"},
    {U"东郭", U"dong guo"},  {U"第五", U"di wu"},      {U"纳兰", U"na lan"},    {U"完颜", U"wan yan"},
    {U"西门", U"xi men"},    {U"司空", U"si kong"},    {U"亓官", U"qi guan"},   {U"巫马", U"wu ma"},
    {U"乐正", U"yue zheng"}, {U"漆雕", U"qi diao"},    {U"左丘", U"zuo qiu"},   {U"单于", U"shan yu"}};

using Readings = std::vector<std::vector<std::u32string_view>>;

std::vector<std::u32string_view> words(std::u32string_view text)
{
    std::vector<std::u32string_view> found;
    for (;;) {
        auto const end = text.find(U' ');
        found.push_back(text.substr(0, end));
        if (end == std::u32string_view::npos)
            return found;
        text.remove_prefix(end + 1);
    }
}

void addOnce(std::vector<std::u32string_view>& list, std::u32string_view reading)
{
    if (std::ranges::find(list, reading) == list.end())
        list.push_back(reading);
}

std::map<std::u32string_view, Readings> listedSurnames()
{
    std::map<std::u32string_view, Readings> listed;
    for (Known const& known : single)
        listed[known.characters] = {words(known.readings)};
    for (Known const& known : compound) {
        Readings& readings = listed[known.characters];
        readings.resize(known.characters.size());
        auto const each = words(known.readings);
        for (std::size_t i = 0; i < readings.size(); ++i)
            addOnce(readings[i], each[i]);
    }
    return listed;
}

std::map<std::u32string_view, Readings> const& surnames()
{
    static auto const listed = listedSurnames();
    return listed;
}

// Spellings of ü that registers and passports have, besides the tables' own v.
constexpr Known otherSpellings[] = {{U"lyu", U"lv"},  {U"nyu", U"nv"},   {U"lue", U"lve"},
                                    {U"nue", U"nve"}, {U"lyue", U"lve"}, {U"nyue", U"nve"}};

// The letters a to z in five bits each; 0 for what no syllable is.
std::uint32_t packed(std::u32string_view letters)
{
    std::uint32_t all = 0;
    if (letters.size() > longestSyllable)
        return 0;
    for (char32_t const c : letters) {
        if (c < 'a' || c > 'z')
            return 0;
        all = all << 5 | static_cast<std::uint32_t>(c - 'a' + 1);
    }
    return all;
}

// A hash table that is never full: there are some four hundred syllables, and as many beginnings of them.
class Syllables {
public:
    struct Entry {
        std::uint32_t letters = 0;
        std::u32string_view known; // empty: a beginning only
    };

    Syllables()
    {
        for (std::u32string_view const one : syllables)
            add(one, one);
        for (Known const& known : otherSpellings)
            add(known.characters, known.readings);
    }

    Entry const* find(std::u32string_view letters) const
    {
        std::uint32_t const wanted = packed(letters);
        Entry const& entry = entries_[placeOf(wanted)];
        return wanted != 0 && entry.letters == wanted ? &entry : nullptr;
    }

private:
    static constexpr std::size_t size = 4096;

    std::size_t placeOf(std::uint32_t letters) const
    {
        std::size_t place = letters * 2654435761U >> 20;
        while (entries_[place].letters != 0 && entries_[place].letters != letters)
            place = (place + 1) % size;
        return place;
    }

    void add(std::u32string_view spelling, std::u32string_view known)
    {
        for (std::size_t length = 1; length <= spelling.size(); ++length) {
            std::uint32_t const letters = packed(spelling.substr(0, length));
            Entry& entry = entries_[placeOf(letters)];
            entry.letters = letters;
            if (length == spelling.size() && entry.known.empty())
                entry.known = known;
        }
    }

    std::array<Entry, size> entries_{};
};

Syllables::Entry const* syllable(std::u32string_view letters)
{
    static Syllables const all;
    return all.find(letters);
}

// What listed surnames begin with, most of all names do not.
bool beginsSurname(char32_t character)
{
    static auto const beginnings = [] {
        std::unordered_set<char32_t> all;
        for (auto const& [characters_, readings] : surnames())
            all.insert(characters_[0]);
        return all;
    }();
    return beginnings.contains(character);
}

} // namespace

std::span<std::u32string_view const> readingsOf(char32_t character)
{
    if (isInTable(character)) {
        auto const& entry = entryOf(character);
        return std::span(setItems).subspan(entry.first, entry.count);
    }
    auto const found = std::ranges::lower_bound(characters, character, {}, &Character::character);
    if (found == std::end(characters) || found->character != character)
        return {};
    ReadingSet const set = readingSets[found->set];
    return std::span(setItems).subspan(set.first, set.count);
}

char32_t simplified(char32_t character)
{
    if (isInTable(character))
        return entryOf(character).simplified;
    return character < firstIdeograph ? character : mapped(simplifiedForms, character);
}

std::vector<char32_t> formsOf(char32_t simplifiedCharacter)
{
    std::vector<char32_t> forms{simplifiedCharacter};
    for (Pair const& pair : simplifiedForms)
        if (pair.to == simplifiedCharacter)
            forms.push_back(pair.from);
    return forms;
}

char32_t foldedLetter(char32_t character)
{
    if (character < 0x80)
        return character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character;
    return mapped(foldedLetters, character);
}

Surname surnameOf(std::u32string_view name)
{
    if (name.empty() || !beginsSurname(name[0]))
        return {};
    auto const& listed = surnames();
    for (std::size_t const length : {std::size_t{2}, std::size_t{1}})
        if (name.size() >= length)
            if (auto const found = listed.find(name.substr(0, length)); found != listed.end())
                return {length, &found->second};
    return {};
}

std::size_t compoundSurnameIn(std::u32string_view letters)
{
    for (Known const& known : compound) {
        std::size_t spent = 0;
        for (char32_t const c : known.readings) {
            if (c == ' ')
                continue;
            if (spent == letters.size() || letters[spent] != c) {
                spent = 0;
                break;
            }
            ++spent;
        }
        if (spent > 0)
            return spent;
    }
    return 0;
}

std::vector<std::u32string_view> readingsInNames(char32_t character)
{
    std::vector<std::u32string_view> all;
    for (std::u32string_view const one : readingsOf(character))
        addOnce(all, one);
    for (auto const& [characters_, readings] : surnames())
        for (std::size_t i = 0; i < readings.size(); ++i)
            if (characters_[i] == character)
                for (std::u32string_view const one : readings[i])
                    addOnce(all, one);
    return all;
}

bool isSyllable(std::u32string_view letters)
{
    return !knownSyllable(letters).empty();
}

std::u32string_view knownSyllable(std::u32string_view letters)
{
    auto const* const found = syllable(letters);
    return found == nullptr ? std::u32string_view() : found->known;
}

bool beginsSyllable(std::u32string_view letters)
{
    return syllable(letters) != nullptr;
}

} // namespace qianli::names
