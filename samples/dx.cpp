#include "samples/body.h"
#include "samples/noise.h"
#include "samples/studies.h"

#include <algorithm>
#include <cmath>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>

namespace qianli::samples {
namespace {

struct Exposure {
    int columns, rows;
    double spacing;
    bool isChest;
    bool inverted; // MONOCHROME1: high values are black, as film
    std::uint32_t seed;
};

// The side marker of lead that a technician puts on the cassette: 5 by 7 dots.
double marker(double x, double y, char letter)
{
    static constexpr char const* right[] = {"####.", "#...#", "#...#", "####.", "#.#..", "#..#.", "#...#"};
    static constexpr char const* left[] = {"#....", "#....", "#....", "#....", "#....", "#....", "#####"};
    auto const column = static_cast<int>(std::floor(x / 1.7)), row = static_cast<int>(std::floor(y / 1.7));
    if (column < 0 || column > 4 || row < 0 || row > 6)
        return 0;
    return (letter == 'R' ? right : left)[row][column] == '#' ? 0.8 : 0;
}

std::vector<std::uint16_t> expose(Exposure const& e)
{
    std::vector<std::uint16_t> values(static_cast<std::size_t>(e.columns) * static_cast<std::size_t>(e.rows));
    for (int row = 0; row < e.rows; ++row)
        for (int column = 0; column < e.columns; ++column) {
            double const x = (column - e.columns / 2.0) * e.spacing, y = (row - e.rows / 2.0) * e.spacing;
            double density = e.isChest ? chestAttenuation(x, y + 6, {e.seed, true})
                                       : handAttenuation(x * 1.25, y * 1.25 + 6, e.seed);
            density = std::max(density, e.isChest ? marker(x + 165, y + 185, 'R') : marker(x - 62, y + 100, 'L'));
            // Fewer quanta behind dense parts: more grain there.
            density += (0.004 + 0.010 * density) *
                       grain(static_cast<std::uint32_t>(column), static_cast<std::uint32_t>(row), 0, e.seed + 77);
            auto const value = static_cast<int>(std::lround(std::clamp(density, 0.0, 1.1) / 1.1 * 3800 + 120));
            values[static_cast<std::size_t>(row) * static_cast<std::size_t>(e.columns) +
                   static_cast<std::size_t>(column)] = static_cast<std::uint16_t>(e.inverted ? 4095 - value : value);
        }
    return values;
}

} // namespace

void makeRadiograph(Kind kind, SampleStudy const& study, Detail detail, std::filesystem::path const& folder)
{
    bool const chest = kind == Kind::ChestRadiograph;
    int const divide = detail == Detail::Small ? 8 : 1;
    auto const seed = static_cast<std::uint32_t>(study.seed * 37 + static_cast<std::uint64_t>(study.number));
    Exposure const exposure{(chest ? 1680 : 1100) / divide,
                            (chest ? 1900 : 1400) / divide,
                            (chest ? 0.21 : 0.17) * divide,
                            chest,
                            !chest,
                            seed};
    SampleObject object(study, UID_DigitalXRayImageStorageForPresentation, "DX", 1, 1);
    object.text(0x0008, 0x0008, "ORIGINAL\\PRIMARY\\");
    object.text(0x0008, 0x0068, "FOR PRESENTATION");
    object.text(0x0008, 0x103E, chest ? "Chest PA" : "Hand PA");
    object.text(0x0018, 0x0060, chest ? "117" : "50");
    object.text(0x0018, 0x1164, fmt::format("{}\\{}", exposure.spacing, exposure.spacing));
    object.text(0x0018, 0x5101, "PA");
    object.text(0x0020, 0x0020, chest ? "L\\F" : "R\\F");
    object.text(0x0020, 0x0062, chest ? "U" : "L");
    object.text(0x0028, 0x0301, "NO");
    object.text(0x0028, 0x1040, "LIN");
    object.dataSet().putAndInsertSint16(DCM_PixelIntensityRelationshipSign,
                                        static_cast<Sint16>(exposure.inverted ? 1 : -1));
    object.text(0x0028, 0x1050, chest ? "2050" : exposure.inverted ? "2900" : "1200");
    object.text(0x0028, 0x1051, chest ? "3300" : "2500");
    object.text(0x0028, 0x1052, "0");
    object.text(0x0028, 0x1053, "1");
    object.text(0x0028, 0x1054, "US");
    object.text(0x0028, 0x2110, "00");
    object.text(0x2050, 0x0020, exposure.inverted ? "INVERSE" : "IDENTITY");
    object.pixels({static_cast<std::uint16_t>(exposure.columns), static_cast<std::uint16_t>(exposure.rows), 12, false,
                   exposure.inverted ? "MONOCHROME1" : "MONOCHROME2"},
                  expose(exposure));
    object.write(folder / fmt::format("{}-001.dcm", word(kind)));
}

} // namespace qianli::samples
