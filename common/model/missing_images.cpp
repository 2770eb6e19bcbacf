#include "common/model/missing_images.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace qianli::model {
namespace {

using Why = MissingImages::Why;
constexpr std::array<std::string_view, 4> whyWords{"count", "gap", "broke-off", "localizer-only"};

// At least one digit behind the point, two where they say something.
std::string millimetres(double value)
{
    double const rounded = std::round(value * 100) / 100;
    std::string text = fmt::format("{:.2f}", rounded == 0 ? 0.0 : rounded);
    if (text.back() == '0')
        text.pop_back();
    return text;
}

template <typename T>
std::optional<T> numberOf(std::string_view text)
{
    T value{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::optional<MissingImages::Range> rangeOf(std::string_view text)
{
    auto const dots = text.find("..");
    if (dots == std::string_view::npos)
        return std::nullopt;
    auto const from = numberOf<double>(text.substr(0, dots)), to = numberOf<double>(text.substr(dots + 2));
    return from && to ? std::optional(MissingImages::Range{*from, *to}) : std::nullopt;
}

bool take(std::string_view key, std::string_view value, MissingImages& missing)
{
    if (key == "received" || key == "expected") {
        auto const count = numberOf<int>(value);
        if (count && key == "received")
            missing.received = *count;
        else
            missing.expected = count;
        return count.has_value();
    }
    if (key == "z") {
        for (auto const& one : text::split(value, ',')) {
            auto const range = rangeOf(one);
            if (!range)
                return false;
            missing.ranges.push_back(*range);
        }
    } else if (key == "series") {
        missing.series = text::split(value, ',');
    } else if (key == "why") {
        auto const word = std::ranges::find(whyWords, value);
        if (word != whyWords.end())
            missing.why = static_cast<Why>(word - whyWords.begin());
    }
    return true;
}

// A device may have written anything there.
std::string plainNumber(std::string const& number)
{
    std::string plain = number;
    std::erase_if(plain, [](unsigned char c) { return c <= ' ' || c == ';' || c == ',' || c == '=' || c == 0x7F; });
    return plain;
}

// Those that have one.
std::vector<std::string> numbersOf(std::vector<std::string> const& series)
{
    std::vector<std::string> numbers;
    for (auto const& one : series)
        if (std::string plain = plainNumber(one); !plain.empty())
            numbers.push_back(std::move(plain));
    return numbers;
}

} // namespace

std::string toText(MissingImages const& missing)
{
    std::string form = fmt::format("received={}", missing.received);
    if (missing.expected)
        form += fmt::format(";expected={}", *missing.expected);
    for (bool first = true; auto const& [from, to] : missing.ranges) {
        form += fmt::format("{}{}..{}", first ? ";z=" : ",", millimetres(from), millimetres(to));
        first = false;
    }
    if (auto const numbers = numbersOf(missing.series); !numbers.empty())
        form += ";series=" + text::join(numbers, ",");
    return form + fmt::format(";why={}", whyWords[static_cast<std::size_t>(missing.why)]);
}

std::optional<MissingImages> parseMissingImages(std::string_view text)
{
    if (!text.starts_with("received="))
        return std::nullopt;
    MissingImages missing;
    for (auto const& part : text::split(text, ';')) {
        auto const equals = part.find('=');
        if (equals == std::string::npos ||
            !take(std::string_view(part).substr(0, equals), std::string_view(part).substr(equals + 1), missing))
            return std::nullopt;
    }
    return missing;
}

std::string inWords(MissingImages const& missing)
{
    std::string words = missing.expected
                            ? fmt::format("{} of {} images", missing.received, *missing.expected)
                            : fmt::format("{} image{}", missing.received, missing.received == 1 ? "" : "s");
    for (bool first = true; auto const& [from, to] : missing.ranges) {
        words += from == to ? fmt::format("{}at {} mm", first ? "; missing " : ", ", millimetres(from))
                            : fmt::format("{}from {} to {} mm", first ? "; missing " : ", ", millimetres(from),
                                          millimetres(to));
        first = false;
    }
    if (missing.why == Why::BrokeOff)
        words += "; the sender was cut off";
    if (missing.why == Why::LocalizerOnly)
        words += "; only the localizer has come";
    if (auto const numbers = numbersOf(missing.series); !numbers.empty())
        words += fmt::format(" (series {})", text::join(numbers, ", "));
    return words;
}

std::string inChinese(MissingImages const& missing)
{
    std::string words = missing.expected ? fmt::format("已收{}/{}幅", missing.received, *missing.expected)
                                         : fmt::format("已收{}幅", missing.received);
    for (bool first = true; auto const& [from, to] : missing.ranges) {
        words += first ? "，缺" : "、";
        words += from == to ? fmt::format("{} mm", millimetres(from))
                            : fmt::format("{}～{} mm", millimetres(from), millimetres(to));
        first = false;
    }
    if (missing.why == Why::BrokeOff)
        words += "，传输中断";
    if (missing.why == Why::LocalizerOnly)
        words += "，只有定位像";
    if (auto const numbers = numbersOf(missing.series); !numbers.empty())
        words += fmt::format("（序列{}）", text::join(numbers, "、"));
    return words;
}

} // namespace qianli::model
