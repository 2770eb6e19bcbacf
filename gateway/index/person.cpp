#include "gateway/index/person.h"

#include "common/base/text.h"
#include "common/model/national_id.h"
#include "common/names/name_query.h"

#include <algorithm>
#include <array>

namespace qianli::gateway {
namespace {

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

// "zhang san", "zhangsan" and "san zhang" are one name.
bool isSameLatin(std::string const& one, std::string const& other)
{
    if (joined(one) == joined(other))
        return true;
    auto words = text::split(one, ' '), others = text::split(other, ' ');
    std::ranges::sort(words);
    std::ranges::sort(others);
    return words == others;
}

// Some reading of the characters, or its initials; also with the family name at the end.
bool mayBeRead(std::string const& hanzi, std::string const& latin)
{
    names::NameReader reader;
    if (names::NameQuery(latin, names::NameReach::Whole).rank(hanzi, reader))
        return true;
    auto const last = latin.rfind(' ');
    return last != std::string::npos &&
           names::NameQuery(latin.substr(last + 1) + " " + latin.substr(0, last), names::NameReach::Whole)
               .rank(hanzi, reader);
}

enum class Agreement { Differs, Unknown, Agrees };

Agreement compareNames(Person const& one, Person const& other)
{
    if (!one.hanzi.empty() && !other.hanzi.empty())
        return one.hanzi == other.hanzi ? Agreement::Agrees : Agreement::Differs;
    if (!one.latin.empty() && !other.latin.empty())
        return isSameLatin(one.latin, other.latin) ? Agreement::Agrees : Agreement::Differs;
    for (auto const& [written, spelt] : {std::pair(&one.hanzi, &other.latin), std::pair(&other.hanzi, &one.latin)})
        if (!written->empty() && !spelt->empty())
            return mayBeRead(*written, *spelt) ? Agreement::Unknown : Agreement::Differs;
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
    names::NameText group;
    // The third group says how the others are spoken (PS3.5 6.2.1).
    for (std::size_t i = 0; i < std::min<std::size_t>(groups.size(), 2); ++i) {
        names::readName(groups[i], names::Source::Name, group);
        bool const isHanzi = group.holds(names::NameToken::Kind::Ideographs);
        std::string& part = isHanzi ? person.hanzi : person.latin;
        if (!part.empty())
            continue;
        for (names::NameToken const& token : group.tokens) {
            bool const isWord = token.kind == names::NameToken::Kind::Letters;
            if (isHanzi ? token.kind != names::NameToken::Kind::Ideographs : !isWord)
                continue;
            part += (isHanzi || part.empty() || token.before == names::NameToken::Break::None ? "" : " ") +
                    text::fromCodePoints(token.text);
        }
        // Other scripts, and numbers in the place of a name: as they stand.
        if (part.empty())
            std::ranges::copy_if(groups[i], std::back_inserter(part),
                                 [](char c) { return static_cast<unsigned char>(c) > 0x7F || (c >= '0' && c <= '9'); });
    }
}

Person personOf(dicom::InstanceHeader const& header)
{
    Person person;
    readName(person, header.patientName);
    person.birthDate = dateOf(header.patientBirthDate);
    person.sex = sexOf(header.patientSex);
    for (std::string const& one : identifiers(header))
        // No check digit speaks for an old one, so the data set must.
        if (auto const id = model::nationalId(one); id && (!id->isOld || person.birthDate.size() == 8)) {
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
