#include "viewer/report/report_format.h"

#include "common/base/text.h"
#include "common/model/age.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace qianli::viewer {

namespace {

using Term = std::pair<std::string_view, std::string_view>;

// CID 4 terms that general radiography, CT and MR of a county use.
constexpr std::array<Term, 30> bodyParts{
    {{"HEAD", "头部"},   {"BRAIN", "颅脑"},      {"SKULL", "头颅"},   {"NECK", "颈部"},      {"CHEST", "胸部"},
     {"THORAX", "胸部"}, {"LUNG", "肺"},         {"HEART", "心脏"},   {"ABDOMEN", "腹部"},   {"PELVIS", "骨盆"},
     {"LIVER", "肝脏"},  {"KIDNEY", "肾脏"},     {"SPINE", "脊柱"},   {"CSPINE", "颈椎"},    {"TSPINE", "胸椎"},
     {"LSPINE", "腰椎"}, {"SHOULDER", "肩关节"}, {"ELBOW", "肘关节"}, {"WRIST", "腕关节"},   {"HAND", "手"},
     {"FINGER", "手指"}, {"HIP", "髋关节"},      {"KNEE", "膝关节"},  {"ANKLE", "踝关节"},   {"FOOT", "足"},
     {"BREAST", "乳腺"}, {"RIB", "肋骨"},        {"SINUS", "鼻窦"},   {"WHOLEBODY", "全身"}, {"EXTREMITY", "四肢"}}};

constexpr std::array<Term, 7> modalities{{{"DX", "数字X线摄影（DX）"},
                                          {"CR", "计算机X线摄影（CR）"},
                                          {"MR", "磁共振（MR）"},
                                          {"US", "超声（US）"},
                                          {"MG", "乳腺X线摄影（MG）"},
                                          {"ECG", "心电图（ECG）"},
                                          {"XA", "血管造影（XA）"}}};

template <std::size_t Count>
std::string translated(std::array<Term, Count> const& terms, std::string_view term)
{
    auto const wanted = text::toUpperAscii(text::trim(term));
    auto const found =
        std::find_if(terms.begin(), terms.end(), [&](Term const& entry) { return entry.first == wanted; });
    return std::string(found == terms.end() ? text::trim(term) : found->second);
}

std::optional<int> number(std::string_view digits)
{
    int value = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
        return std::nullopt;
    return value;
}

// Whole years, or months below two years, from two dates YYYYMMDD.
std::string ageBetween(std::string_view birth, std::string_view day)
{
    if (birth.size() != 8 || day.size() != 8)
        return {};
    auto const year = [](std::string_view date) { return number(date.substr(0, 4)); };
    auto const month = [](std::string_view date) { return number(date.substr(4, 2)); };
    if (!year(birth) || !year(day) || !month(birth) || !month(day))
        return {};
    int months = (*year(day) - *year(birth)) * 12 + *month(day) - *month(birth);
    if (day.substr(6) < birth.substr(6))
        --months;
    if (months < 0)
        return {};
    return months < 24 ? fmt::format("{}月", months) : fmt::format("{}岁", months / 12);
}

} // namespace

std::string printedName(std::string_view personName)
{
    auto const groups = text::split(personName, '=');
    bool const ideographic = groups.size() > 1 && !text::trim(groups[1]).empty();
    auto const parts = text::split(ideographic ? groups[1] : groups[0], '^');
    bool const ascii = std::all_of(personName.begin(), personName.end(), [](unsigned char c) { return c < 0x80; });
    std::string name;
    for (std::string const& part : parts) {
        std::string_view const word = text::trim(part);
        if (word.empty())
            continue;
        if (!name.empty() && ascii)
            name += ' ';
        name += word;
    }
    return name;
}

std::string printedSex(std::string_view sex)
{
    std::string_view const code = text::trim(sex);
    if (code == "M")
        return "男";
    if (code == "F")
        return "女";
    return code == "O" ? "其他" : std::string(code);
}

namespace {
// An age of the day of arrival, since the device's clock may be wrong, stands beside the date of the study: whoever
// reckons must find the other one, too.
std::string ageAtStudy(model::ReportSubject const& subject)
{
    constexpr std::array<double, 4> daysIn{1, 7, 30.44, 365.25};
    auto const printed = model::parseAge(subject.age), then = model::ageAt(subject.birthDate, subject.studyDate);
    if (!printed || !then)
        return {};
    auto const lengthOf = [&](model::Age const& age) { return daysIn[static_cast<std::size_t>(age.unit)]; };
    double const apart = std::abs(then->count * lengthOf(*then) - printed->count * lengthOf(*printed));
    return apart > 1.5 * lengthOf(*printed) ? fmt::format("（按检查日期 {}）", model::ageTextChinese(*then)) : "";
}
} // namespace

std::string printedAge(model::ReportSubject const& subject)
{
    std::string_view const age = text::trim(subject.age);
    if (age.size() == 4) {
        auto const value = number(age.substr(0, 3));
        constexpr std::array<Term, 4> units{{{"Y", "岁"}, {"M", "月"}, {"W", "周"}, {"D", "天"}}};
        auto const unit =
            std::find_if(units.begin(), units.end(), [&](Term const& entry) { return entry.first == age.substr(3); });
        if (value && unit != units.end())
            return fmt::format("{}{}", *value, unit->second) + ageAtStudy(subject);
    }
    return age.empty() ? ageBetween(text::trim(subject.birthDate), text::trim(subject.studyDate)) : std::string(age);
}

std::string printedDateTime(std::string_view date, std::string_view time)
{
    std::string_view const day = text::trim(date);
    std::string_view const hour = text::trim(time);
    if (day.size() != 8 || !number(day))
        return std::string(day);
    std::string printed = fmt::format("{}-{}-{}", day.substr(0, 4), day.substr(4, 2), day.substr(6, 2));
    if (hour.size() >= 4 && number(hour.substr(0, 4)))
        printed += fmt::format(" {}:{}", hour.substr(0, 2), hour.substr(2, 2));
    return printed;
}

std::string printedBodyPart(std::string_view bodyPart)
{
    return translated(bodyParts, bodyPart);
}

std::string printedModality(std::string_view modality)
{
    return translated(modalities, modality);
}

} // namespace qianli::viewer
