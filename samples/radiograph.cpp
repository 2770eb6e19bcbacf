#include "samples/body.h"
#include "samples/noise.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace qianli::samples {
namespace {

// Thickness of an ellipse in the ray's direction, 1 in its middle, 0 outside.
double dome(double u, double v)
{
    double const r = u * u + v * v;
    return r >= 1 ? 0 : std::sqrt(1 - r);
}

// A curved band: distance from its middle line given as a function, with the bright edges of cortical bone.
double bone(double distance, double halfWidth, double strength)
{
    double const t = std::abs(distance) / halfWidth;
    if (t > 1.25)
        return 0;
    double const body = inside(std::abs(distance) - halfWidth, 0.8);
    double const cortex = std::exp(-std::pow((t - 0.86) / 0.16, 2));
    return strength * body * (0.55 + 0.55 * cortex);
}

struct Segment {
    double x0, y0, x1, y1, r0, r1;
};

struct Nearest {
    double distance; // to the capsule's surface
    double along;    // 0 to 1
    double halfWidth, fromAxis;
};

Nearest nearest(double x, double y, Segment const& s)
{
    double const dx = s.x1 - s.x0, dy = s.y1 - s.y0;
    double const t = std::clamp(((x - s.x0) * dx + (y - s.y0) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
    double const fromAxis = std::hypot(x - s.x0 - t * dx, y - s.y0 - t * dy);
    double const half = mix(s.r0, s.r1, t);
    return {fromAxis - half, t, half, fromAxis};
}

double heartShadow(double x, double y)
{
    double const left = dome((x - 26) / 62, (y - 62) / 74), right = dome((x + 8) / 44, (y - 62) / 62);
    double const aorta = dome((x - 22) / 22, (y + 36) / 26), root = dome((x - 4) / 30, (y + 10) / 62);
    return std::max({left, right, 0.75 * aorta, 0.72 * root});
}

double rib(double x, double y, int number)
{
    // Back part: from the spine outwards and down; front part: from the side inwards and steeper.
    double const side = std::abs(x);
    double const reach = 118 + 14 * std::sin(std::min(number, 8) * 0.37);
    double const start = -142 + number * 29.0;
    double const u = std::clamp(side / reach, 0.0, 1.1);
    double const back = start - 20 * std::sin(u * 2.3) + 46 * u * u * u;
    double value = side < reach && side > 8 ? bone((y - back) * 0.93, 6.6, 0.115) : 0;
    double const front = start + 34 + 46 * (1 - u) + 26 * (1 - u) * (1 - u);
    if (side < reach - 2 && side > 44)
        value = std::max(value, bone((y - front) * 0.8, 6.2, 0.062));
    return value;
}

double lungField(double x, double y)
{
    double const side = std::abs(x);
    // Apex narrow, base broad; the dome of the diaphragm, higher on the patient's right (the picture's left).
    double const top = -158, base = (x < 0 ? 96 : 108) + 0.0042 * (side - 66) * (side - 66);
    double const height = std::clamp((y - top) / 230, 0.0, 1.0);
    double const outer = 40 + 92 * std::pow(height, 0.55), inner = 15 + (1 - height) * 3;
    return std::max({inner - side, side - outer, top - y, y - base});
}

double markings(double x, double y, std::uint32_t seed)
{
    double const hx = std::abs(x) - 34, hy = y + 4;
    double const distance = std::hypot(hx, hy);
    double const angle = std::atan2(hy, hx);
    double value = 0;
    for (int layer = 0; layer < 3; ++layer) {
        double const branches = 5.0 + 5 * layer;
        double const wander = smoothNoise(distance / 26, angle * 2, layer,
                                          seed + static_cast<std::uint32_t>(layer) * 3 + (x > 0 ? 50u : 0u));
        double const crest = std::abs(std::sin(angle * branches / 2 + 1.6 * wander + layer));
        double const width = std::max(0.02, (0.24 - 0.05 * layer) * std::exp(-distance / (70.0 + 25 * layer)));
        value += std::exp(-distance / (62.0 + 22 * layer)) * inside(crest - width, width) * (0.62 - 0.12 * layer);
    }
    return value + 0.8 * std::exp(-distance * distance / 420);
}

} // namespace

double chestAttenuation(double x, double y, ChestAnatomy const& anatomy)
{
    auto const seed = anatomy.seed;
    double const side = std::abs(x);
    // Trunk, neck and shoulders.
    double const neck = 58 + 1.75 * std::max(0.0, y + 192), chest = 162 + 0.05 * y;
    double const blend = std::clamp(0.5 + (neck - chest) / 60, 0.0, 1.0);
    double const bodyHalf = mix(neck, chest, blend) - 15 * blend * (1 - blend);
    double const trunk = std::sqrt(std::max(0.0, 1 - std::pow(std::min(side / std::max(bodyHalf, 30.0), 1.0), 3)));
    double value =
        0.56 * trunk + 0.07 * inside(side - bodyHalf, 3) + 0.012 * layeredNoise(x / 40, y / 40, 0, seed, 3) * trunk;
    value += 0.10 * inside(std::hypot((side - 150) / 1.2, y + 95) - 46, 14); // armpit and shoulder muscles
    double const lung = lungField(x, y);
    double const air = inside(lung, 2.5);
    double const heart = heartShadow(x, y);
    double const thickness = 0.36 * std::pow(dome(side / 150, (y + 20) / 190), 0.5);
    value -= air * thickness * (1 - 0.62 * std::min(1.0, heart * 1.25));
    value += 0.12 * heart;
    value += air * 0.075 * markings(x, y, seed + 5) * (1 - 0.7 * std::min(1.0, heart * 1.6));
    value += air * 0.012 * layeredNoise(x / 4, y / 4, 0, seed + 9, 3);
    // Below the domes: liver and spleen; the stomach's bubble on the patient's left.
    value += 0.16 * inside(-(y - (x < 0 ? 96 : 108) - 0.0042 * (side - 66) * (side - 66)), 2.5) * trunk;
    value -= 0.16 * dome((x - 62) / 27, (y - 131) / 15);
    for (int number = 1; number <= 10; ++number)
        value += rib(x, y, number) * (y < 130 ? 1 : 0.5);
    // Clavicles, scapulae, spine with its discs, trachea.
    double const clavicle = -128 - 0.22 * (side - 20) + 14 * std::sin((side - 15) / 130 * 3.1);
    if (side > 12 && side < 140)
        value += bone(y - clavicle, 7.2, 0.15);
    double const scapula = std::abs(side - 112 - 0.12 * (y + 90)) - 1.6;
    if (y > -130 && y < 0)
        value += 0.05 * inside(scapula, 1.6) + 0.022 * inside(std::max(112 + 0.12 * (y + 90) - side, side - 152), 3);
    double const vertebra = (y + 160) / 25.5;
    double const disc = std::abs(vertebra - std::floor(vertebra) - 0.5) > 0.42 ? 0.0 : 1.0;
    value += inside(side - 15.5, 1.6) * (0.085 + 0.035 * disc) + 0.03 * disc * inside(std::abs(side - 8) - 1.6, 1) +
             0.02 * inside(side - 2, 1.5);
    if (y < 2)
        value -= 0.085 * inside(std::abs(x + 1) - 7.5, 2) * inside(y + 14, 10);
    value -= 0.05 * inside(std::abs(side - 12 - (y + 2) * 0.75) - 5, 2) * inside(-(y + 2), 5) * inside(y - 22, 6);
    if (anatomy.hasNodule)
        value += 0.075 * std::sqrt(dome((x + 74) / 9.5, (y + 70) / 9));
    return std::clamp(value, 0.0, 1.1);
}

double handAttenuation(double x, double y, std::uint32_t seed)
{
    // Metacarpal, proximal, middle and distal phalanx of each finger, little finger first; y grows towards the wrist.
    struct Finger {
        double x0, y0, angle, metacarpal, proximal, middle, distal, width;
    };
    static constexpr std::array<Finger, 5> fingers = {{{-31, 22, -0.30, 50, 30, 17, 15, 4.3},
                                                       {-15, 18, -0.13, 56, 38, 24, 17, 4.9},
                                                       {1, 17, 0.00, 62, 42, 27, 18, 5.2},
                                                       {17, 20, 0.13, 62, 38, 22, 17, 5.2},
                                                       {31, 40, 0.72, 42, 30, 0, 22, 5.8}}};
    double flesh = 1e9, value = 0;
    auto const addBone = [&](Segment const& s, double strength) {
        auto const n = nearest(x, y, s);
        // Ends are thicker, the shaft's cortex is brighter.
        double const flare = std::pow(std::abs(2 * n.along - 1), 5) * 0.34;
        double const half = n.halfWidth * (0.82 + flare);
        double const across = n.fromAxis / half;
        if (across > 1.3)
            return;
        double const trabeculae = 0.05 * layeredNoise(x / 1.6, y / 1.6, 0, seed + 3, 2);
        double const shaft = 1 - flare * 2;
        double const cortex = std::exp(-std::pow((across - 0.78) / 0.22, 2)) * shaft;
        value = std::max(value, inside(n.fromAxis - half, 0.5) * strength * (0.62 + trabeculae + 0.42 * cortex));
    };
    for (auto const& f : fingers) {
        double px = f.x0, py = f.y0;
        double const dx = std::sin(f.angle), dy = -std::cos(f.angle);
        for (double const length : {f.metacarpal, f.proximal, f.middle, f.distal}) {
            if (length == 0)
                continue;
            bool const isDistal = length == f.distal;
            double const width = f.width * (length == f.metacarpal ? 1.12
                                            : length == f.proximal ? 1.0
                                            : isDistal             ? 0.68
                                                                   : 0.85);
            Segment const s{px, py, px + dx * length, py + dy * length, width * 1.08, width * (isDistal ? 0.72 : 0.92)};
            addBone(s, 0.56);
            double const gap = 1.9;
            px = s.x1 + dx * gap;
            py = s.y1 + dy * gap;
            bool const isPalm = length == f.metacarpal;
            Segment const skin{s.x0,
                               s.y0,
                               s.x1 + dx * (isDistal ? 5 : 0),
                               s.y1 + dy * (isDistal ? 5 : 0),
                               isPalm ? 14.0 : f.width * 2.1,
                               f.width * (isDistal ? 1.55 : 2.0)};
            double const d = nearest(x, y, skin).distance;
            // Smooth union: the web between the fingers.
            double const h = std::clamp(0.5 + 0.5 * (flesh - d) / 6, 0.0, 1.0);
            flesh = flesh > 1e8 ? d : mix(flesh, d, h) - 6 * h * (1 - h);
        }
    }
    // Carpal bones in two rows, radius and ulna.
    static constexpr std::array<std::array<double, 4>, 8> carpals = {{{-24, 33, 8, 8},
                                                                      {-8, 31, 8, 10},
                                                                      {6, 32, 8, 9},
                                                                      {20, 37, 9, 8},
                                                                      {-24, 47, 8, 7},
                                                                      {-10, 49, 9, 8},
                                                                      {6, 50, 9, 8},
                                                                      {17, 50, 7, 9}}};
    for (std::size_t i = 0; i < carpals.size(); ++i) {
        auto const& c = carpals[i];
        double const wobble =
            0.10 * smoothNoise(std::atan2(y - c[1], x - c[0]) * 1.3, static_cast<double>(i), 0, seed + 11);
        double const r = std::hypot((x - c[0]) / c[2], (y - c[1]) / c[3]) + wobble;
        double const rim = std::exp(-std::pow((r - 0.88) / 0.12, 2));
        value = std::max(value, inside((r - 1) * c[2], 0.5) *
                                    (0.36 + 0.10 * rim + 0.04 * layeredNoise(x / 1.5, y / 1.5, 0, seed + 13, 2)));
    }
    addBone({8, 62, 11, 190, 15.5, 9.5}, 0.66);
    addBone({-19, 64, -13, 190, 9.5, 8.5}, 0.6);
    for (auto const& s : {Segment{-6, 20, -4, 50, 40, 33}, Segment{-4, 50, -1, 190, 31, 38}}) {
        double const d = nearest(x, y, s).distance;
        double const h = std::clamp(0.5 + 0.5 * (flesh - d) / 10, 0.0, 1.0);
        flesh = mix(flesh, d, h) - 10 * h * (1 - h);
    }
    double const depth = std::clamp(-flesh / 16, 0.0, 1.0);
    double const soft = (0.10 + 0.17 * std::sqrt(depth)) * inside(flesh, 0.8);
    return soft * (1 + 0.05 * layeredNoise(x / 9, y / 9, 0, seed + 17, 3)) + value * 0.72;
}

} // namespace qianli::samples
