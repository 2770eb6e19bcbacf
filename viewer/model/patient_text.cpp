// Names and ages for the screen.
#include "viewer/model/image.h"

#include "common/base/text.h"

#include <charconv>
#include <fmt/format.h>

namespace qianli::viewer {
namespace {

int number(std::string_view digits)
{
    int value = -1;
    auto const end = digits.data() + digits.size();
    return std::from_chars(digits.data(), end, value).ptr == end ? value : -1;
}

std::string ageText(int count, char unit, Language language)
{
    if (language == Language::English)
        return fmt::format("{}{}", count, unit);
    return fmt::format("{}{}", count, unit == 'Y' ? "岁" : unit == 'M' ? "月" : unit == 'W' ? "周" : "天");
}

// Whole years, months or days between two DICOM dates, in the unit a clinician would say.
std::string ageBetween(std::string_view birth, std::string_view study, Language language)
{
    if (birth.size() != 8 || study.size() != 8)
        return {};
    int const years = number(study.substr(0, 4)) - number(birth.substr(0, 4));
    int const months = number(study.substr(4, 2)) - number(birth.substr(4, 2));
    int const days = number(study.substr(6, 2)) - number(birth.substr(6, 2));
    int const wholeMonths = years * 12 + months - (days < 0 ? 1 : 0);
    if (wholeMonths < 0 || wholeMonths > 12 * 150)
        return {};
    if (wholeMonths >= 36)
        return ageText(wholeMonths / 12, 'Y', language);
    if (wholeMonths >= 1)
        return ageText(wholeMonths, 'M', language);
    return ageText(days + (days < 0 ? 30 : 0), 'D', language);
}

} // namespace

bool isSamePatient(PatientIdentity const& one, PatientIdentity const& other)
{
    return one.id == other.id && one.name == other.name;
}

std::string displayName(std::string const& personName)
{
    auto const groups = text::split(personName, '=');
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
    auto const age = text::trim(patient.age);
    if (age.size() >= 2 && std::string_view("YMWD").find(age.back()) != std::string_view::npos)
        if (int const count = number(age.substr(0, age.size() - 1)); count >= 0)
            return ageText(count, age.back(), language);
    return ageBetween(patient.birthDate, studyDate, language);
}

} // namespace qianli::viewer
