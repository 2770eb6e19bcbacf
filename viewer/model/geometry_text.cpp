#include "viewer/model/geometry_text.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace qianli::viewer {
namespace {

constexpr std::size_t mostPlacesNamed = 3;

// At most two decimals, and no zeros at the end.
std::string millimetres(double value)
{
    return fmt::format("{:g}", std::round(value * 100) / 100);
}

std::string degreesText(double value)
{
    return fmt::format("{:g}°", std::round(value * 10) / 10);
}

std::pair<double, double> distances(StackGeometry const& geometry)
{
    double least = 0, most = 0;
    for (std::size_t i = 1; i < geometry.offsets.size(); ++i) {
        bool const isGap = std::any_of(geometry.gaps.begin(), geometry.gaps.end(),
                                       [i](SliceGap const& gap) { return gap.after + 1 == i; });
        double const distance = geometry.offsets[i] - geometry.offsets[i - 1];
        if (isGap)
            continue;
        least = least == 0 ? distance : std::min(least, distance);
        most = std::max(most, distance);
    }
    return {least, most};
}

// "9–10、14–15", as the slices are numbered on the screen.
std::string gapPlaces(StackGeometry const& geometry, Language language)
{
    std::string places;
    for (std::size_t i = 0; i < std::min(geometry.gaps.size(), mostPlacesNamed); ++i)
        places += fmt::format("{}{}–{}",
                              i == 0                          ? ""
                              : language == Language::Chinese ? "、"
                                                              : ", ",
                              geometry.gaps[i].after + 1, geometry.gaps[i].after + 2);
    return places;
}

// What stands behind them where there are more.
std::string furtherPlaces(StackGeometry const& geometry, Language language)
{
    if (geometry.gaps.size() <= mostPlacesNamed)
        return {};
    return language == Language::Chinese ? fmt::format("等 {} 处", geometry.gaps.size())
                                         : fmt::format(" and {} more", geometry.gaps.size() - mostPlacesNamed);
}

std::size_t missingSlices(StackGeometry const& geometry)
{
    std::size_t missing = 0;
    for (auto const& gap : geometry.gaps)
        missing += gap.missing();
    return missing;
}

} // namespace

std::vector<std::string> geometryLines(StackGeometry const& geometry, Language language)
{
    bool const chinese = language == Language::Chinese;
    std::vector<std::string> lines;
    if (geometry.isTilted())
        lines.push_back((chinese ? "机架倾斜 " : "gantry tilt ") + degreesText(geometry.tiltDegrees));
    if (geometry.uneven) {
        auto const [least, most] = distances(geometry);
        lines.push_back(
            fmt::format("{} {}–{} mm", chinese ? "层距不均" : "uneven: every", millimetres(least), millimetres(most)));
    }
    if (!geometry.gaps.empty())
        lines.push_back((chinese ? "缺层：" : "slices missing: ") + gapPlaces(geometry, language) +
                        (chinese ? " 之间" : "") + furtherPlaces(geometry, language));
    return lines;
}

std::string geometryWarning(StackGeometry const& geometry, Language language)
{
    bool const chinese = language == Language::Chinese;
    std::string words;
    auto const add = [&words, chinese](std::string const& sentence) {
        words += (words.empty() || chinese ? "" : " ") + sentence;
    };
    if (!geometry.gaps.empty())
        add(fmt::format(fmt::runtime(chinese ? "这个序列约缺 {} 层：第 {} 层之间{}，滚动条上有红色缺口。"
                                             : "About {} slices of this series are missing: between {}{}; the scroll "
                                               "bar shows where."),
                        missingSlices(geometry), gapPlaces(geometry, language), furtherPlaces(geometry, language)));
    if (geometry.unplacedTilt)
        add(fmt::format(
            fmt::runtime(chinese ? "设备写着机架倾斜 {}，图像的位置里却没有：重建的平面可能是歪的，跨层的测量不可靠。"
                                 : "The device declares a gantry tilt of {} that the images' positions don't show: "
                                   "reconstructions may be slanted, and lengths across slices are not to be trusted."),
            degreesText(*geometry.unplacedTilt)));
    return words;
}

} // namespace qianli::viewer
