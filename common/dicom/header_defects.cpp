#include "common/dicom/header_defects.h"

#include "common/base/text.h"
#include "common/dicom/sop_class.h"

#include <algorithm>
#include <array>

namespace qianli::dicom {
namespace {

constexpr std::size_t longestUid = 64;
constexpr std::size_t longestNameGroup = 64; // characters of one component group (PS3.5 6.2.1)

// Type 2 in the general modules of every composite IOD (PS3.3 C.7.1.1, C.7.2.1, C.7.3.1, C.7.5.1).
constexpr std::array mustBePresent{
    tag::patientName, tag::patientId,    tag::patientBirthDate, tag::patientSex,
    tag::studyDate,   tag::studyTime,    tag::accessionNumber,  tag::referringPhysicianName,
    tag::studyId,     tag::seriesNumber, tag::manufacturer};

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool areDigits(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), isDigit);
}

Defects defectsOfUid(std::string_view raw)
{
    std::string_view const uid = text::trim(raw);
    Defects found = 0;
    if (raw.find(' ') != std::string_view::npos)
        found |= defect::uidPadding;
    if (uid.size() > longestUid)
        found |= defect::uidTooLong;
    bool starts = true; // a component
    for (std::size_t i = 0; i < uid.size(); ++i) {
        char const c = uid[i];
        bool const ends = i + 1 == uid.size() || uid[i + 1] == '.';
        if (c != '.' && !isDigit(c))
            found |= defect::uidCharacters;
        if ((c == '0' && starts && !ends) || (c == '.' && (starts || i + 1 == uid.size())))
            found |= defect::uidLeadingZero;
        starts = c == '.';
    }
    return found;
}

// Of values between backslashes, in characters. The text is UTF-8.
bool hasLongValue(std::string_view text, char separator, std::size_t longest)
{
    std::size_t length = 0;
    for (char const c : text) {
        length = c == separator ? 0 : length + ((static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0);
        if (length > longest)
            return true;
    }
    return false;
}

bool isDate(std::string_view date)
{
    if (date.size() != 8 || !areDigits(date))
        return false;
    int const month = (date[4] - '0') * 10 + date[5] - '0', day = (date[6] - '0') * 10 + date[7] - '0';
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool isTime(std::string_view time)
{
    std::string_view const clock = time.substr(0, time.find('.'));
    bool const whole = clock.size() == 6 || (clock.size() == time.size() && (clock.size() == 2 || clock.size() == 4));
    if (!whole || !areDigits(clock) || clock.substr(0, 2) > "23")
        return false;
    std::string_view const fraction = time.substr(std::min(time.size(), clock.size() + 1));
    return fraction.size() <= 6 && areDigits(fraction) && (clock.size() == time.size() || !fraction.empty());
}

bool isAge(std::string_view age)
{
    return age.size() == 4 && areDigits(age.substr(0, 3)) && std::string_view("DWMY").find(age[3]) != age.npos;
}

bool isInteger(std::string_view number)
{
    if (!number.empty() && (number.front() == '-' || number.front() == '+'))
        number.remove_prefix(1);
    return !number.empty() && areDigits(number);
}

bool isSex(std::string_view sex)
{
    return sex == "M" || sex == "F" || sex == "O";
}

bool hasBadFormat(InstanceHeader const& instance)
{
    auto const bad = [](std::string const& value, bool (*isRight)(std::string_view)) {
        return !value.empty() && !isRight(value);
    };
    for (auto const* date : {&instance.patientBirthDate, &instance.studyDate, &instance.seriesDate,
                             &instance.acquisitionDate, &instance.contentDate})
        if (bad(*date, isDate))
            return true;
    for (auto const* time :
         {&instance.studyTime, &instance.seriesTime, &instance.acquisitionTime, &instance.contentTime})
        if (bad(*time, isTime))
            return true;
    for (auto const* number : {&instance.seriesNumber, &instance.instanceNumber, &instance.acquisitionNumber,
                               &instance.numberOfFrames, &instance.imagesInAcquisition})
        if (bad(*number, isInteger))
            return true;
    return bad(instance.patientAge, isAge) || bad(instance.patientSex, isSex);
}

bool isTooLong(InstanceHeader const& instance)
{
    constexpr std::size_t shortString = 16, longString = 64; // SH, LO
    for (auto const* text : {&instance.accessionNumber, &instance.studyId, &instance.stationName})
        if (hasLongValue(*text, '\\', shortString))
            return true;
    for (auto const* text :
         {&instance.patientId, &instance.issuerOfPatientId, &instance.studyDescription, &instance.seriesDescription,
          &instance.protocolName, &instance.institutionName, &instance.manufacturer})
        if (hasLongValue(*text, '\\', longString))
            return true;
    return hasLongValue(instance.patientName, '=', longestNameGroup) ||
           hasLongValue(instance.referringPhysician, '=', longestNameGroup);
}

Defects missing(DataSetHeader const& header, InstanceHeader const& instance)
{
    Defects found = 0;
    for (Tag const wanted : mustBePresent)
        if (!header.elements.contains(wanted))
            found |= defect::type2Missing;
    if (instance.modality.empty())
        found |= defect::requiredMissing;
    if (header.pixelDataOffset == 0) {
        if (isListedImageStorage(instance.sopClassUid))
            found |= defect::requiredMissing;
        return found;
    }
    bool const integers = (header.pixelAttributes & pixel_attribute::integerPixels) != 0;
    std::uint32_t const wanted = integers ? pixel_attribute::integerImagesHave : pixel_attribute::everyImageHas;
    if ((header.pixelAttributes & wanted) != wanted)
        found |= defect::requiredMissing;
    return found;
}

} // namespace

Defects defectsOf(DataSetHeader const& header, InstanceHeader const& instance)
{
    Defects found = header.defects | missing(header, instance);
    for (Tag const uid : {tag::sopClassUid, tag::sopInstanceUid, tag::studyInstanceUid, tag::seriesInstanceUid})
        if (auto const element = header.elements.find(uid); element != header.elements.end())
            found |= defectsOfUid(element->second.value);
    if (isTooLong(instance))
        found |= defect::valueTooLong;
    if (hasBadFormat(instance))
        found |= defect::valueFormat;
    return found;
}

} // namespace qianli::dicom
