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
    bool const chinese = language == Language::Chinese;
    std::string places;
    std::size_t named = 0;
    for (auto const& gap : geometry.gaps) {
        if (named++ == mostPlacesNamed)
            break;
        places += fmt::format("{}{}–{}", places.empty() ? "" : chinese ? "、" : ", ", gap.after + 1, gap.after + 2);
    }
    if (geometry.gaps.size() > mostPlacesNamed)
        places += chinese ? fmt::format(" 等 {} 处", geometry.gaps.size())
                          : fmt::format(" and {} more", geometry.gaps.size() - mostPlacesNamed);
    return places;
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
        lines.push_back(
            fmt::format(fmt::runtime(chinese ? "缺层：{} 之间" : "slices missing: {}"), gapPlaces(geometry, language)));
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
        add(fmt::format(
            fmt::runtime(chinese ? "这个序列缺断层：第 {} 层之间约缺 {} 层，滚动条上有红色缺口。"
                                 : "Slices of this series are missing: between {}, about {} in all; the scroll bar "
                                   "shows where."),
            gapPlaces(geometry, language), missingSlices(geometry)));
    if (geometry.unplacedTilt)
        add(fmt::format(
            fmt::runtime(chinese ? "设备写着机架倾斜 {}，图像的位置里却没有：重建的平面可能是歪的，跨层的测量不可靠。"
                                 : "The device declares a gantry tilt of {} that the images' positions don't show: "
                                   "reconstructions may be slanted, and lengths across slices are not to be trusted."),
            degreesText(*geometry.unplacedTilt)));
    return words;
}

} // namespace qianli::viewer
