// Names and ages for the screen.
#include "viewer/model/image.h"

#include "common/base/text.h"
#include "common/model/age.h"

#include <algorithm>
#include <string_view>

namespace qianli::viewer {
namespace {

std::string ageIn(model::Age age, Language language)
{
    return language == Language::Chinese ? model::ageTextChinese(age) : model::ageText(age);
}

model::AgeJudgement judge(PatientIdentity const& patient, std::string const& studyDate)
{
    // Nobody knows when a file was made whose study has no date.
    bool const dated = model::ageAt(patient.birthDate, studyDate).has_value();
    return model::judgeAge({dated ? patient.birthDate : std::string(), patient.age, studyDate, {}, {}});
}

// How many bytes at the start of a text break a line or are no character: controls, NEL, LS and PS.
std::size_t breakAt(std::string_view text)
{
    auto const c = static_cast<unsigned char>(text.front());
    if (c < 0x20 || c == 0x7F)
        return 1;
    for (std::string_view const breaking : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"})
        if (text.starts_with(breaking))
            return breaking.size();
    return 0;
}

// A name is one line: what breaks it in two makes two people of one.
std::string onOneLine(std::string_view name)
{
    std::string line;
    while (!name.empty()) {
        std::size_t const broken = breakAt(name);
        char const next = broken > 0 ? ' ' : name.front();
        if (next != ' ' || line.empty() || line.back() != ' ')
            line += next;
        name.remove_prefix(std::max<std::size_t>(broken, 1));
    }
    return line;
}

} // namespace

bool isSamePatient(PatientIdentity const& one, PatientIdentity const& other)
{
    return one.id == other.id && one.name == other.name;
}

std::string displayName(std::string const& personName)
{
    auto const groups = text::split(onOneLine(personName), '=');
    auto const& chosen = groups.size() > 1 && !text::trim(groups[1]).empty() ? groups[1] : groups.front();
    // Chinese is written without a space between the names; a device may well put it into the alphabetic group.
    bool const isIdeographic = !chosen.empty() && static_cast<unsigned char>(chosen.front()) >= 0xE3;
    std::string shown;
    for (auto const& part : text::split(chosen, '^')) {
        auto const word = text::trim(part);
        if (!shown.empty() && !word.empty() && !isIdeographic)
            shown += ' ';
        shown += word;
    }
    return shown;
}

std::string displayAge(PatientIdentity const& patient, std::string const& studyDate, Language language)
{
    auto const age = judge(patient, studyDate);
    return age.derived ? ageIn(*age.derived, language) : age.given ? ageIn(*age.given, language) : std::string();
}

std::string otherAge(PatientIdentity const& patient, std::string const& studyDate, Language language)
{
    auto const age = judge(patient, studyDate);
    return age.disagree && age.given ? ageIn(*age.given, language) : std::string();
}

} // namespace qianli::viewer
