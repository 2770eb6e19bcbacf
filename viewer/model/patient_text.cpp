// Names and ages for the screen.
#include "viewer/model/image.h"

#include "common/base/text.h"
#include "common/model/age.h"

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
    auto const age = judge(patient, studyDate);
    return age.derived ? ageIn(*age.derived, language) : age.given ? ageIn(*age.given, language) : std::string();
}

std::string otherAge(PatientIdentity const& patient, std::string const& studyDate, Language language)
{
    auto const age = judge(patient, studyDate);
    return age.disagree && age.given ? ageIn(*age.given, language) : std::string();
}

} // namespace qianli::viewer
