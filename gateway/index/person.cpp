#include "gateway/index/person.h"

#include "common/base/text.h"
#include "common/model/national_id.h"

#include <algorithm>

namespace qianli::gateway {
namespace {

bool isHanzi(char32_t c)
{
    return c == 0x3007 || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
           (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x323AF);
}

// A letter in upper case; 0 where it is none.
char32_t letter(char32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E) // full width
        c -= 0xFEE0;
    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? c - 0x20 : c >= 'A' && c <= 'Z' ? c : 0;
    if ((c >= 0xE0 && c <= 0xFE && c != 0xF7) || (c >= 0x430 && c <= 0x44F)) // Latin-1, Cyrillic
        return c - 0x20;
    bool const isMark = c < 0xC0 || c == 0xD7 || (c >= 0x2000 && c <= 0x206F) || (c >= 0x3000 && c <= 0x303F) ||
                        c == 0x30FB || c == 0xFFFD;
    return isMark ? 0 : c;
}

std::string withoutBrackets(std::string_view text)
{
    std::u32string kept;
    int depth = 0;
    for (char32_t const c : text::toCodePoints(text)) {
        if (c == '(' || c == '[' || c == 0xFF08 || c == 0x3010)
            ++depth;
        else if (c == ')' || c == ']' || c == 0xFF09 || c == 0x3011)
            depth = std::max(depth - 1, 0);
        else if (depth == 0)
            kept += c;
    }
    return text::fromCodePoints(kept);
}

std::string hanziOf(std::u32string const& name)
{
    std::u32string kept;
    std::ranges::copy_if(name, std::back_inserter(kept), isHanzi);
    return text::fromCodePoints(kept);
}

std::string latinOf(std::u32string const& name)
{
    std::u32string kept;
    bool gap = false;
    for (char32_t const c : name) {
        if (char32_t const one = letter(c); one != 0) {
            if (gap && !kept.empty())
                kept += U' ';
            kept += one;
            gap = false;
        } else if (c == ' ' || c == '^' || c == 0x3000) {
            gap = true;
        }
    }
    return text::fromCodePoints(kept);
}

std::string dateOf(std::string const& given)
{
    std::string date;
    for (char const c : given)
        if (c >= '0' && c <= '9')
            date += c;
        else if (c != '.' && c != '-' && c != '/')
            return {};
    bool const said = (date.size() == 8 || date.size() == 6 || date.size() == 4) && date.substr(0, 4) != "0000";
    return said ? date : std::string();
}

std::string sexOf(std::string const& given)
{
    std::string const sex = text::toUpperAscii(text::trim(given));
    if (sex == "M" || sex == "MALE" || sex == "男")
        return "M";
    return sex == "F" || sex == "FEMALE" || sex == "女" ? "F" : "";
}

std::string joined(std::string text)
{
    std::erase(text, ' ');
    return text;
}

// "ZHANG SAN", "ZHANGSAN" and "SAN ZHANG" are one name.
bool isSameLatin(std::string const& one, std::string const& other)
{
    if (joined(one) == joined(other))
        return true;
    auto words = text::split(one, ' '), others = text::split(other, ' ');
    std::ranges::sort(words);
    std::ranges::sort(others);
    return words == others;
}

enum class Agreement { Differs, Unknown, Agrees };

Agreement compareNames(Person const& one, Person const& other)
{
    if (!one.hanzi.empty() && !other.hanzi.empty())
        return one.hanzi == other.hanzi ? Agreement::Agrees : Agreement::Differs;
    if (!one.latin.empty() && !other.latin.empty())
        return isSameLatin(one.latin, other.latin) ? Agreement::Agrees : Agreement::Differs;
    return Agreement::Unknown;
}

Agreement compareDates(std::string const& one, std::string const& other)
{
    if (one.empty() || other.empty())
        return Agreement::Unknown;
    auto const digits = std::min(one.size(), other.size());
    return one.substr(0, digits) == other.substr(0, digits) ? Agreement::Agrees : Agreement::Differs;
}

Agreement compareText(std::string const& one, std::string const& other)
{
    if (one.empty() || other.empty())
        return Agreement::Unknown;
    return one == other ? Agreement::Agrees : Agreement::Differs;
}

struct Aspect {
    std::string_view name;
    Agreement agreement;
};

std::array<Aspect, 4> compare(Person const& one, Person const& other)
{
    return {{{"name", compareNames(one, other)},
             {"sex", compareText(one.sex, other.sex)},
             {"birth date", compareDates(one.birthDate, other.birthDate)},
             {"national ID", compareText(one.nationalId, other.nationalId)}}};
}

// Patient ID first, then the values of Other Patient IDs.
std::vector<std::string> identifiers(dicom::InstanceHeader const& header)
{
    std::vector<std::string> all{header.patientId};
    if (!header.otherPatientIds.empty())
        std::ranges::move(text::split(header.otherPatientIds, '\\'), std::back_inserter(all));
    return all;
}

} // namespace

void readName(Person& person, std::string_view name)
{
    std::vector<std::string> const groups = text::split(name, '=');
    // The third group says how the others are spoken (PS3.5 6.2.1).
    for (std::size_t i = 0; i < std::min<std::size_t>(groups.size(), 2); ++i) {
        std::u32string const group = text::toCodePoints(withoutBrackets(groups[i]));
        std::string const hanzi = hanziOf(group);
        std::string& part = hanzi.empty() ? person.latin : person.hanzi;
        if (part.empty())
            part = hanzi.empty() ? latinOf(group) : hanzi;
    }
}

Person personOf(dicom::InstanceHeader const& header)
{
    Person person;
    readName(person, header.patientName);
    person.birthDate = dateOf(header.patientBirthDate);
    person.sex = sexOf(header.patientSex);
    for (std::string const& one : identifiers(header))
        if (auto const id = model::nationalId(one)) {
            person.nationalId = id->number;
            break;
        }
    return person;
}

std::string unusableNationalId(dicom::InstanceHeader const& header)
{
    for (std::string const& one : identifiers(header))
        if (model::looksLikeNationalId(one) && !model::nationalId(one))
            return std::string(text::trim(one));
    return {};
}

std::vector<std::string_view> disagreements(Person const& one, Person const& other)
{
    std::vector<std::string_view> names;
    for (Aspect const& aspect : compare(one, other))
        if (aspect.agreement == Agreement::Differs)
            names.push_back(aspect.name);
    return names;
}

std::optional<int> likeness(Person const& known, Person const& other)
{
    int agreed = 0;
    for (Aspect const& aspect : compare(known, other)) {
        if (aspect.agreement == Agreement::Differs)
            return std::nullopt;
        agreed += aspect.agreement == Agreement::Agrees ? 1 : 0;
    }
    return agreed;
}

bool namesAreStrangers(Person const& one, Person const& other)
{
    if (compareNames(one, other) != Agreement::Differs)
        return false;
    if (one.hanzi.empty() || other.hanzi.empty())
        return true;
    std::u32string const name = text::toCodePoints(one.hanzi);
    return std::ranges::none_of(text::toCodePoints(other.hanzi),
                                [&](char32_t c) { return name.find(c) != std::u32string::npos; });
}

bool complete(Person& known, Person const& more)
{
    bool changed = false;
    for (auto const part : {&Person::hanzi, &Person::latin, &Person::birthDate, &Person::sex, &Person::nationalId}) {
        // A date of fewer digits is one that is not known yet.
        bool const isFuller =
            (known.*part).empty() || (part == &Person::birthDate && (more.*part).size() > (known.*part).size());
        if (!isFuller || (more.*part).empty())
            continue;
        known.*part = more.*part;
        changed = true;
    }
    return changed;
}

} // namespace qianli::gateway
