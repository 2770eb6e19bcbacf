#include "gateway/identity/resemblance.h"

#include "common/base/text.h"
#include "common/model/national_id.h"

#include <fmt/format.h>

namespace qianli::gateway {
namespace {

bool isUnderOneId(PatientRecord const& one, PatientRecord const& other)
{
    return one.key.site == other.key.site && one.key.id == other.key.id && one.key.studyUid == other.key.studyUid;
}

std::string dateInWords(std::string const& date)
{
    return date.size() == 8 ? fmt::format("{}-{}-{}", date.substr(0, 4), date.substr(4, 2), date.substr(6, 2)) : date;
}

bool isFullyKnown(Person const& person)
{
    return person.birthDate.size() == 8 && !person.sex.empty() && !(person.hanzi.empty() && person.latin.empty());
}

Resemblance byNationalId(PatientRecord const& one, PatientRecord const& other)
{
    std::vector<std::string> against;
    for (PatientRecord const* patient : {&one, &other})
        if (auto contradiction = contradictionOf(*patient); !contradiction.empty())
            against.push_back(fmt::format("at {} {}", patient->key.site.value, contradiction));
        // An ID that stands alone may be anybody's: a card that was lent, the line of the patient before.
        else if (patient->person.birthDate.size() != 8)
            against.push_back(fmt::format("at {} no birth date bears it out", patient->key.site.value));
    if (namesAreStrangers(one.person, other.person))
        against.emplace_back("the names have nothing in common");
    if (isUnderOneId(one, other))
        against.emplace_back("they stand under one Patient ID and disagree");
    if (against.empty())
        return {Resemblance::Kind::Same,
                "same national ID, the birth dates are those in it, and no sex contradicts it"};
    return {Resemblance::Kind::Candidate, "same national ID, but " + text::join(against, ", and ")};
}

} // namespace

std::string contradictionOf(PatientRecord const& patient)
{
    auto const id = model::nationalId(patient.person.nationalId);
    if (!id)
        return {};
    std::vector<std::string> against;
    std::string const& birthDate = patient.person.birthDate;
    if (!id->birthDate.starts_with(birthDate))
        against.push_back(
            fmt::format("the birth date is {} and in the ID {}", dateInWords(birthDate), dateInWords(id->birthDate)));
    if (std::string const sex(1, id->sex); !patient.person.sex.empty() && patient.person.sex != sex)
        against.push_back(fmt::format("the sex is {} and in the ID {}", patient.person.sex, sex));
    return text::join(against, ", ");
}

Resemblance resemblanceOf(PatientRecord const& one, PatientRecord const& other)
{
    if (one.key == other.key)
        return {Resemblance::Kind::Same, "the same patient"};
    Person const &first = one.person, &second = other.person;
    if (!first.nationalId.empty() && first.nationalId == second.nationalId)
        return byNationalId(one, other);
    // Two valid national IDs are two people.
    bool const isSamePerson = isFullyKnown(first) && isFullyKnown(second) && disagreements(first, second).empty() &&
                              (first.hanzi.empty() ? first.latin == second.latin : first.hanzi == second.hanzi);
    if (isSamePerson && one.key.site != other.key.site)
        return {Resemblance::Kind::Candidate, "same name, birth date and sex, and no national ID that says so"};
    return {};
}

} // namespace qianli::gateway
