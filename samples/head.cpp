#include "samples/body.h"
#include "samples/noise.h"

#include <algorithm>
#include <cmath>

namespace qianli::samples {
namespace {

// Signed distance, roughly in mm, to an ellipsoid: negative inside.
double ellipsoid(Point const& p, Point const& centre, Point const& radii)
{
    double const x = (p.x - centre.x) / radii.x, y = (p.y - centre.y) / radii.y, z = (p.z - centre.z) / radii.z;
    return (std::sqrt(x * x + y * y + z * z) - 1) * std::min({radii.x, radii.y, radii.z});
}

// Depth below the outer surface in mm: negative outside. The head is an egg, wider behind.
double depthBelowSkin(Point const& p)
{
    double const height = std::clamp((p.z - 25) / 118, 0.0, 1.0);
    double const shrink = std::sqrt(std::max(0.0, 1 - std::pow(height, 2.6)));
    double const backward = std::clamp(p.y / 95, -1.0, 1.0);
    double const halfWidth = std::max(1.0, (75 + 5 * backward) * shrink), halfLength = std::max(1.0, 94 * shrink);
    double const r = std::sqrt(p.x * p.x / (halfWidth * halfWidth) + p.y * p.y / (halfLength * halfLength));
    double const horizontal = (1 - r) * (halfWidth + halfLength) / 2;
    return std::min(horizontal, 146 - p.z);
}

double brain(Point const& p, double depth, HeadAnatomy const& anatomy)
{
    auto const seed = anatomy.seed;
    // Gyri: the cortex's border waves; sulci are the crests of another field, near the surface only.
    double const wave = layeredNoise(p.x / 11, p.y / 11, p.z / 14, seed, 2);
    double const cortex = depth + 3.4 * wave;
    double const crest = 1 - std::abs(layeredNoise(p.x / 15, p.y / 15, p.z / 18, seed + 7, 2));
    double const sulcus = inside(0.86 - crest, 0.06) * inside(depth - 20, 6);
    double value = mix(28.5, 37.5, inside(cortex - 6.5, 2));
    value = mix(value, 9, 0.75 * sulcus);
    value = mix(value, 6, inside(depth - 1.8, 1.4)); // cerebrospinal fluid below the skull

    bool const leftSide = p.x > 0;
    double const side = std::abs(p.x);
    // Deep grey matter: caudate and lentiform nucleus, thalamus.
    for (auto const& [centre, radii] :
         {std::pair(Point{14, -24, 78}, Point{5, 11, 14}), std::pair(Point{25, -6, 72}, Point{7, 17, 13}),
          std::pair(Point{11, 12, 74}, Point{8, 14, 12})})
        value = mix(value, 37, inside(ellipsoid({side, p.y, p.z}, centre, radii), 2.5));
    // Internal capsule between them.
    value = mix(value, 26,
                inside(std::abs(side - 17 - 0.25 * std::abs(p.y)) - 2, 1.5) *
                    inside(ellipsoid(p, {0, -2, 74}, {40, 22, 14}), 4));
    // The bleed presses the ventricle of its side and shifts the midline by some millimetres.
    double const shift = anatomy.bleeds ? 4.0 * inside(ellipsoid(p, {0, -4, 74}, {30, 60, 30}), 18) : 0;
    double const x = p.x - shift;
    double const lateral = std::abs(x);
    double const squeeze = anatomy.bleeds && !leftSide ? 0.55 : 1.0;
    double const bend = 5 + 0.0042 * (p.y + 6) * (p.y + 6);
    double const ventricle = std::max(std::abs(lateral - bend) - squeeze * (4.2 - 0.028 * std::abs(p.y)),
                                      ellipsoid(p, {0, -2, 86}, {44, 48, 14}));
    double const backHorn = ellipsoid({lateral, p.y, p.z}, {19, 46, 80}, {5, 15, 9});
    double const third = std::max(std::abs(x) - 1.7, ellipsoid(p, {0, 8, 66}, {5, 16, 11}));
    double const fourth = ellipsoid(p, {0, 46, 36}, {6, 5, 10});
    value = mix(value, 5, inside(std::min({ventricle, backHorn, third, fourth}), 1.2));
    // Choroid plexus, calcified as in most adults.
    value = mix(value, 110, inside(ellipsoid({lateral, p.y, p.z}, {19, 38, 80}, {2.2, 3, 2}), 0.8));
    value = mix(value, 150, inside(ellipsoid({x, p.y, p.z}, {0, 27, 76}, {2.2, 2, 2}), 0.8)); // pineal gland
    // Falx before and behind the corpus callosum; interhemispheric fissure.
    double const falx = std::max(std::abs(x + 0.6 * smoothNoise(p.y / 20, p.z / 20, 0, seed + 3)) - 0.9,
                                 30 - std::abs(p.y + 2) - (p.z > 96 ? 60 : 0));
    value = mix(value, 12, inside(falx - 1.6, 1) * 0.6);
    value = mix(value, 56, inside(falx, 0.8));
    // Cerebellum, brain stem and the cisterns around it, low down.
    double const low = inside(p.z - 46, 4);
    double const cerebellum = ellipsoid(p, {0, 52, 30}, {50, 34, 24});
    double const folia = std::sin((p.y + 0.2 * side) * 1.1 + p.z * 0.4) * 3;
    value = mix(value, 33 + folia, low * inside(cerebellum, 2));
    double const stem = ellipsoid(p, {0, 20, 36}, {15, 15, 40});
    value = mix(value, 8, low * inside(std::abs(stem) - 3, 2) * inside(p.y - 34, 3));
    value = mix(value, 31, low * inside(stem + 3, 1.5));
    double const suprasellar = ellipsoid(p, {0, -4, 44}, {16, 14, 6});
    value = mix(value, 7, inside(suprasellar, 2));
    if (anatomy.bleeds) {
        double const ragged = 3.2 * layeredNoise(p.x / 9, p.y / 9, p.z / 9, seed + 31, 3);
        double const bleed = ellipsoid(p, {-27, -4, 73}, {13, 21, 16}) + ragged;
        value = mix(value, 17, inside(bleed - 5.5, 3.5)); // oedema
        value = mix(value, 67 + 5 * smoothNoise(p.x / 5, p.y / 5, p.z / 5, seed + 37), inside(bleed, 1.3));
    }
    return value + 1.1 * smoothNoise(p.x / 6, p.y / 6, p.z / 6, seed + 11);
}

// Orbits, nasal cavity, paranasal sinuses, petrous bones: below the brain.
double skullBase(Point const& p, double value, double depth, HeadAnatomy const& anatomy)
{
    double const low = inside(p.z - 24, 2.5);
    double const side = std::abs(p.x);
    double base = mix(value, 58 + 6 * smoothNoise(p.x / 5, p.y / 5, p.z / 5, anatomy.seed + 41),
                      low * inside(p.y - 20, 5) * inside(3 - depth, 1.5));
    // Petrous pyramids point inwards and forwards; the mastoids behind them are full of air cells.
    double const pyramid =
        std::max(std::abs(p.y - 14 - 0.55 * (side - 30)) - 7.5, std::max(12 - side, std::abs(p.z - 24) - 11));
    base = mix(base, 1250 + 350 * smoothNoise(p.x / 3, p.y / 3, p.z / 3, anatomy.seed + 43),
               inside(pyramid, 1.5) * inside(5 - depth, 2));
    double const mastoid = ellipsoid({side, p.y, p.z}, {58, 30, 18}, {11, 16, 17});
    double const cells = smoothNoise(p.x / 3.2, p.y / 3.2, p.z / 3.2, anatomy.seed + 47);
    base = mix(base, cells > -0.1 ? -780 : 500, inside(mastoid, 1.5) * inside(6 - depth, 1.5));
    // Orbits with eyeballs, fat and muscles, behind the frontal bone.
    double const orbit = ellipsoid({side, p.y, p.z}, {32, -66, 14}, {19, 25, 17});
    base = mix(base, 900, inside(orbit - 3, 1));
    base = mix(base, -85, inside(orbit, 1));
    base = mix(base, 15, inside(ellipsoid({side, p.y, p.z}, {33, -75, 14}, {12, 12, 12}), 0.8));
    base = mix(base, 95, inside(ellipsoid({side, p.y, p.z}, {33, -84, 14}, {4.5, 2.2, 4.5}), 0.6)); // lens
    base = mix(base, 40,
               inside(std::max(std::abs(side - 33 + 0.28 * (p.y + 66)) - 1.8, std::max(-64 - p.y, p.y + 44)), 0.8) *
                   inside(orbit, 1));
    // Ethmoid and sphenoid air, frontal sinus.
    double const ethmoid = std::max(side - 11, std::max(std::abs(p.y + 55) - 26, p.z - 22));
    double const septa = std::abs(std::sin(p.y / 3.1) * std::sin(p.x / 3.4));
    base = mix(base, septa < 0.22 ? 350 : -900, inside(ethmoid, 1));
    base = mix(base, -930, inside(ellipsoid(p, {0, -18, 16}, {15, 11, 9}), 1));
    double const frontal = ellipsoid({side, p.y, p.z}, {12, -84, 34}, {11, 4.5, 12});
    return mix(base, -900, inside(frontal, 0.8));
}

} // namespace

double headHounsfield(Point const& p, HeadAnatomy const& anatomy)
{
    double const depth = depthBelowSkin(p);
    // The head rest.
    double const rest = p.y > 40 ? inside(std::abs(std::hypot(p.x, p.y - 5) - 112) - 1.6, 0.8) : 0;
    if (depth < -3)
        return mix(-1000, 60, rest);
    double value = -1000;
    value = mix(value, -60, inside(-depth, 0.7));
    value = mix(value, 42, inside(1.8 - depth, 0.8));
    value = mix(value, -75, inside(2.8 - depth, 0.7));
    double const thickness =
        6.2 + 1.3 * smoothNoise(p.x / 24, p.y / 24, p.z / 24, anatomy.seed + 5) + 2 * inside(76 - p.y, 22);
    double const skull = depth - 5.2;
    double const diploe = inside(std::abs(skull - thickness / 2) - thickness * 0.22, 0.7);
    double const bone = mix(1480, 820 + 260 * smoothNoise(p.x / 3, p.y / 3, p.z / 3, anatomy.seed + 9), diploe);
    value = mix(value, bone, inside(-skull, 0.7));
    double const within = skull - thickness;
    if (within > -2)
        value = mix(value, brain(p, within, anatomy), inside(-within, 0.8));
    if (p.z < 50)
        value = skullBase(p, value, depth, anatomy);
    return value;
}

} // namespace qianli::samples
