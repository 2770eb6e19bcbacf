#include "samples/body.h"
#include "samples/noise.h"

#include <algorithm>
#include <cmath>

namespace qianli::samples {
namespace {

double ellipse(double x, double y, double cx, double cy, double rx, double ry)
{
    double const u = (x - cx) / rx, v = (y - cy) / ry;
    return (std::sqrt(u * u + v * v) - 1) * std::min(rx, ry);
}

// A flattened ellipse: chests have broad backs.
double torso(double x, double y, double rx, double ry)
{
    double const u = std::abs(x / rx), v = std::abs(y / ry);
    return (std::pow(std::pow(u, 2.5) + std::pow(v, 2.5), 0.4) - 1) * std::min(rx, ry);
}

// Vessels: crests of a field, thinner towards the pleura.
double vessels(Point const& place, double hilum, std::uint32_t seed)
{
    // Bent space: without it the vessels would follow the axes of the noise.
    Point const p{0.8 * place.x + 0.6 * place.y + 7 * smoothNoise(place.x / 16, place.y / 16, place.z / 16, seed + 61),
                  0.8 * place.y - 0.6 * place.x + 7 * smoothNoise(place.x / 16, place.y / 16, place.z / 16, seed + 67),
                  place.z + 0.3 * place.x + 5 * smoothNoise(place.x / 16, place.y / 16, place.z / 16, seed + 71)};
    double value = 0;
    for (auto const& [scale, width] : {std::pair(34.0, 0.050), std::pair(17.0, 0.055), std::pair(9.0, 0.05)}) {
        double const a = smoothNoise(p.x / scale, p.y / scale, p.z / scale, seed);
        double const b = smoothNoise(p.x / scale + 50, p.y / scale + 50, p.z / scale, seed + 1);
        // Two fields cross zero along lines: a tube of round section.
        double const tube = std::sqrt(a * a + b * b);
        double const reach = scale > 20 ? inside(hilum - 55, 25) : scale > 10 ? inside(hilum - 95, 30) : 0.8;
        value = std::max(value, reach * inside(tube - width * 2.2, width));
        seed += 5;
    }
    return value;
}

double lungs(Point const& p, double& wall)
{
    double const widen = std::clamp(1 - std::pow(std::max(0.0, p.z - 150) / 130, 2), 0.05, 1.0);
    double const side = std::abs(p.x);
    double const outline = torso(p.x, p.y + 4, 128 * std::sqrt(widen), 86 * std::sqrt(widen));
    // The mediastinum keeps the lungs apart.
    double const gap = 5 + 20 * std::exp(-std::pow((p.y + 4) / 40, 2)) + 17 * inside(50 - p.y, 14);
    double const dome = 40 - p.z - 0.004 * (side - 70) * (side - 70) - (p.x < 0 ? -9 : 0) - 0.25 * p.y;
    wall = outline;
    return std::max({outline, gap - side, dome});
}

} // namespace

double chestHounsfield(Point const& p, ChestAnatomy const& anatomy)
{
    auto const seed = anatomy.seed;
    double const shoulders = 1 + 0.16 * std::clamp((p.z - 190) / 70, 0.0, 1.0);
    double const skin = torso(p.x, p.y, 168 * shoulders, 112);
    double const table = std::max(std::abs(p.y - 128 + 0.0011 * p.x * p.x) - 2, std::abs(p.x) - 210);
    if (skin > 3)
        return mix(-1000, -120, inside(table, 0.8));
    double value = mix(-1000, 20, inside(skin, 0.8));
    value = mix(value, -98 + 8 * smoothNoise(p.x / 7, p.y / 7, p.z / 7, seed), inside(skin + 2, 0.8));
    double const fat = 13 + 5 * smoothNoise(p.x / 50, p.y / 50, p.z / 60, seed + 1);
    double const planes = std::abs(smoothNoise(p.x / 14, p.y / 14, p.z / 30, seed + 2)) < 0.05 ? -40 : 0;
    value = mix(value, 54 + planes, inside(skin + fat, 2));

    double wall = 0;
    double const lung = lungs(p, wall);
    double const hilum = std::sqrt(std::pow(std::abs(p.x) - 32, 2) + std::pow(p.y - 5, 2) + std::pow(p.z - 135, 2));
    // Ribs go round the lungs' outline and fall towards the front.
    double const slope = p.z + 0.55 * p.y;
    double const phase = slope / 29 - std::floor(slope / 29);
    double const ribAcross = std::abs(phase - 0.5) * 29 - 6.2, ribDepth = std::abs(wall - 7) - 3.8;
    double const rib = std::max(ribAcross, ribDepth);
    bool const cartilage = p.y < -62;
    value = mix(value, cartilage ? 95 : 620, inside(rib, 1) * (std::abs(p.x) > 22 ? 1.0 : 0.0));
    if (!cartilage)
        value = mix(value, 230, inside(rib + 2.2, 0.9));
    double const sternum = std::max(ellipse(p.x, p.y, 0, -93, 19, 7), 60 - p.z);
    value = mix(value, 420 + 120 * smoothNoise(p.x / 3, p.y / 3, p.z / 3, seed + 13), inside(sternum, 1));
    // Mediastinum: fat, great vessels, heart.
    double const mediastinum = std::max(std::abs(p.x - 6) - 46, std::abs(p.y) - 78);
    value = mix(value, -70, inside(mediastinum, 5) * (lung > 0 ? 1.0 : 0.0) * inside(wall + 8, 3));
    double const heartSize = std::clamp(1 - std::pow((p.z - 70) / 72, 2), 0.0, 1.0);
    double const heart =
        ellipse(p.x, p.y, 24 - 0.1 * (p.z - 70), -24, 56 * std::sqrt(heartSize) + 0.1, 44 * std::sqrt(heartSize) + 0.1);
    value = mix(value, 46 + 3 * smoothNoise(p.x / 12, p.y / 12, p.z / 12, seed + 17), inside(heart, 2));
    double const arch =
        std::max(std::abs(p.z - 178) - 10, std::max(ellipse(p.x, p.y, 6 + 0.3 * p.y, 12, 20, 44), -60 - p.y));
    double const great =
        std::min({p.z < 182 ? ellipse(p.x, p.y, 17, 46, 12.5, 12.5) : 99.0,
                  p.z > 95 && p.z < 182 ? ellipse(p.x, p.y, -12, -18, 15, 15) : 99.0,
                  p.z > 95 ? ellipse(p.x, p.y, -30, -10, 9, 10) : 99.0,
                  p.z > 110 && p.z < 150 ? ellipse(p.x, p.y, 16, -16, 22, 12) : 99.0, arch,
                  p.z > 184 ? std::min(ellipse(p.x, p.y, 20, 0, 6, 6), ellipse(p.x, p.y, -16, -8, 7, 7)) : 99.0});
    value = mix(value, 48, inside(great, 1.2));
    // Lungs, darker in front, with vessels and a fissure.
    if (lung < 3) {
        double const parenchyma = -868 + 0.35 * p.y + 16 * layeredNoise(p.x / 5, p.y / 5, p.z / 5, seed + 19, 2);
        double air = mix(parenchyma, 25, 0.92 * vessels(p, hilum, seed + 23));
        double const fissure =
            std::abs(p.z - 110 + 0.9 * p.y + 3 * smoothNoise(p.x / 30, p.y / 30, 0, seed + 29)) - 0.5;
        air = mix(air, -640, inside(fissure, 0.6));
        if (anatomy.hasNodule) {
            double const nodule = std::sqrt(std::pow(p.x + 72, 2) + std::pow(p.y + 8, 2) + std::pow(p.z - 188, 2)) - 7 -
                                  1.6 * layeredNoise(p.x / 4, p.y / 4, p.z / 4, seed + 37, 2);
            air = mix(air, 32, inside(nodule, 0.8));
        }
        value = mix(value, air, inside(std::max(lung, -std::min(heart, great) + 1), 1));
    }
    // Trachea and main bronchi.
    double const spread = std::max(0.0, 148 - p.z) * 0.75;
    double const airway = p.z > 148   ? ellipse(p.x, p.y, 0, 14, 9, 8.5)
                          : p.z > 108 ? ellipse(std::abs(p.x), p.y, spread, 16, 7, 6.5)
                                      : 99.0;
    value = mix(value, 40, inside(airway - 1.6, 0.6));
    value = mix(value, -985, inside(airway, 0.6));
    // Spine.
    double const disc = std::abs((p.z / 27 - std::floor(p.z / 27)) - 0.5) > 0.40 ? 1.0 : 0.0;
    double const body = ellipse(p.x, p.y, 0, 68, 18, 14);
    value =
        mix(value, mix(260 + 90 * smoothNoise(p.x / 2.5, p.y / 2.5, p.z / 2.5, seed + 41), 75, disc), inside(body, 1));
    value = mix(value, 700, (1 - disc) * inside(std::abs(body + 1) - 1, 0.6));
    double const archOfSpine = std::min(
        {std::max(std::abs(p.x) - 3.5, std::abs(p.y - 103) - 12), std::abs(ellipse(p.x, p.y, 0, 89, 12, 9)) - 2.5,
         std::max(std::abs(p.y - 88 - 0.15 * std::abs(p.x)) - 3.5, std::abs(std::abs(p.x) - 22) - 12)});
    value = mix(value, 560, inside(archOfSpine, 1) * (1 - 0.6 * disc));
    value = mix(value, 25, inside(ellipse(p.x, p.y, 0, 89, 8, 6.5), 0.8));
    double const scapula = std::max(std::abs(p.y - 84 + 0.32 * (std::abs(p.x) - 105)) - 2.6,
                                    std::max(std::abs(std::abs(p.x) - 106) - 30, 120 - p.z));
    value = mix(value, 540, inside(scapula, 1));
    // Below the diaphragm: liver, stomach with its air bubble, spleen.
    if (lung > 0 && p.z < 70 && inside(heart, 1) < 0.5) {
        double const abdomen = inside(wall + 9, 2) * inside(p.z - 62 + 0.002 * p.x * p.x, 4);
        double const organ = p.x < 18 ? 58 + 4 * smoothNoise(p.x / 9, p.y / 9, p.z / 9, seed + 43) : 46;
        value = mix(value, organ, abdomen * (body > 4 && great > 2 ? 1.0 : 0.0));
        value = mix(value, -920, inside(std::max(ellipse(p.x, p.y, 64, -30, 36, 26), p.y + 34), 1) * abdomen);
    }
    return mix(value, -120, inside(table, 0.8));
}

} // namespace qianli::samples
