#include "samples/noise.h"
#include "samples/studies.h"

#include <algorithm>
#include <cmath>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>
#include <numbers>

namespace qianli::samples {
namespace {

// A sector with a liver-like texture, a gall bladder, and a vessel that beats.
double echo(double angle, double depth, double phase, std::uint32_t seed)
{
    double const x = depth * std::sin(angle), y = depth * std::cos(angle);
    double value = 0.36 - 0.06 * depth + 0.08 * layeredNoise(x * 2, y * 2, 0, seed, 3);
    double const bladder =
        std::hypot((x + 0.42) / 0.42, (y - 1.15) / 0.24) - 1 + 0.08 * smoothNoise(x * 6, y * 6, 0, seed + 3);
    value = mix(value, 0.02, inside(bladder, 0.05));
    value += 0.35 * inside(std::abs(bladder) - 0.05, 0.05);
    if (bladder > 0 && std::abs(x + 0.42 - (y - 1.15) * 0.37) < 0.36 && y > 1.3)
        value *= 1.45; // enhancement behind fluid
    double const beat = 0.15 + 0.035 * std::sin(2 * std::numbers::pi * phase);
    double const vessel = std::hypot(x - 0.55, (y - 1.5) * 1.1) - beat;
    value = mix(value, 0.03, inside(vessel, 0.03));
    value += 0.3 * inside(std::abs(vessel) - 0.02, 0.03);
    // The diaphragm: a bright arc.
    value += 0.7 * inside(std::abs(std::hypot(x * 0.9, y - 0.6) - 1.7 - 0.04 * std::sin(2 * std::numbers::pi * phase)) -
                              0.025,
                          0.03);
    return value * (depth < 0.12 ? 1.6 : 1);
}

void frame(std::vector<std::uint8_t>& rgb, int columns, int rows, double phase, int number, std::uint32_t seed)
{
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
            double const x = (column - columns / 2.0) / (rows * 0.46), y = (row - rows * 0.05) / (rows * 0.46);
            double const depth = std::hypot(x, y + 0.12) - 0.12, angle = std::atan2(x, y + 0.12);
            double value = 0;
            if (std::abs(angle) < 0.66 && depth > 0 && depth < 1.95) {
                // Speckle lies along the beam's arcs and changes a little with each frame.
                double const speckle = 0.62 + 0.5 * smoothNoise(angle * 62, depth * 95, number * 0.12, seed + 11) +
                                       0.22 * smoothNoise(angle * 120, depth * 170, number * 0.3, seed + 13);
                value = echo(angle, depth, phase, seed) * std::max(0.0, speckle) * 1.5;
            }
            // The grey bar at the side.
            if (column > columns - 18 && column < columns - 8 && row > rows / 5 && row < rows / 2)
                value = 1.0 - static_cast<double>(row - rows / 5) / (rows / 2.0 - rows / 5.0);
            auto const grey = static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 1.0) * 235));
            rgb.push_back(grey);
            rgb.push_back(grey);
            rgb.push_back(static_cast<std::uint8_t>(std::min(255, grey + (grey > 0 ? 6 : 0))));
        }
}

} // namespace

void makeUltrasound(SampleStudy const& study, Detail detail, std::filesystem::path const& folder)
{
    int const columns = detail == Detail::Small ? 120 : 560, rows = detail == Detail::Small ? 90 : 420,
              frames = detail == Detail::Small ? 4 : 16;
    auto const seed = static_cast<std::uint32_t>(study.seed * 41 + static_cast<std::uint64_t>(study.number));
    std::vector<std::uint8_t> rgb;
    rgb.reserve(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows) * 3 *
                static_cast<std::size_t>(frames));
    for (int number = 0; number < frames; ++number)
        frame(rgb, columns, rows, static_cast<double>(number) / frames, number, seed);
    SampleObject object(study, UID_UltrasoundMultiframeImageStorage, "US", 1, 1);
    object.text(0x0008, 0x0008, "ORIGINAL\\PRIMARY\\ABDOMINAL\\0001");
    object.text(0x0018, 0x1063, "62.5");
    object.text(0x0028, 0x0008, fmt::format("{}", frames));
    object.dataSet().putAndInsertTagKey(DCM_FrameIncrementPointer, DCM_FrameTime);
    object.text(0x0028, 0x2110, "00");
    object.colour(static_cast<std::uint16_t>(columns), static_cast<std::uint16_t>(rows), rgb);
    object.write(folder / "us-001.dcm");
}

} // namespace qianli::samples
