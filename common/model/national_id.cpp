#include "common/model/national_id.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>

namespace qianli::model {
namespace {

bool areDigits(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// ISO 7064 MOD 11-2 over the first 17 digits.
char checkDigit(std::string_view digits)
{
    constexpr std::array weights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i)
        sum += (digits[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

bool isDate(std::string_view digits)
{
    auto const number = [&](std::size_t from, std::size_t count) {
        int value = 0;
        for (char const c : digits.substr(from, count))
            value = value * 10 + (c - '0');
        return value;
    };
    std::chrono::year_month_day const date{std::chrono::year(number(0, 4)),
                                           std::chrono::month(static_cast<unsigned>(number(4, 2))),
                                           std::chrono::day(static_cast<unsigned>(number(6, 2)))};
    return date.ok() && number(0, 4) >= 1850;
}

// GB/T 2260: the first two digits.
bool isProvince(std::string_view digits)
{
    constexpr std::string_view codes =
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 "
        "81 82 83 91";
    return codes.find(digits.substr(0, 2)) != std::string_view::npos;
}

} // namespace

bool looksLikeNationalId(std::string_view text)
{
    text = text::trim(text);
    if (text.size() == 15)
        return areDigits(text);
    return text.size() == 18 && areDigits(text.substr(0, 17)) &&
           (areDigits(text.substr(17)) || text[17] == 'X' || text[17] == 'x');
}

std::string nationalIdFault(std::string_view text)
{
    text = text::trim(text);
    if (!looksLikeNationalId(text))
        return "it does not have the form of a national ID";
    bool const isOld = text.size() == 15;
    std::string const date = isOld ? "19" + std::string(text.substr(6, 6)) : std::string(text.substr(6, 8));
    if (!isDate(date))
        return fmt::format("{} is no date", date);
    if (isOld)
        return isProvince(text) ? "" : fmt::format("{} is the code of no province", text.substr(0, 2));
    char const right = checkDigit(text);
    char const given = text[17] == 'x' ? 'X' : text[17];
    return given == right ? "" : fmt::format("its check digit would be {}", right);
}

std::optional<NationalId> nationalId(std::string_view text)
{
    text = text::trim(text);
    if (!looksLikeNationalId(text) || !nationalIdFault(text).empty())
        return std::nullopt;
    NationalId id;
    id.isOld = text.size() == 15;
    id.number = text::toUpperAscii(text);
    if (id.isOld) {
        id.number.insert(6, "19");
        id.number += checkDigit(id.number);
    }
    id.birthDate = id.number.substr(6, 8);
    id.sex = (id.number[16] - '0') % 2 == 1 ? 'M' : 'F';
    return id;
}

std::string maskedId(std::string_view text)
{
    if (!looksLikeNationalId(text))
        return std::string(text);
    text = text::trim(text);
    return std::string(text.substr(0, 6)) + std::string(text.size() - 10, '*') +
           std::string(text.substr(text.size() - 4));
}

} // namespace qianli::model
