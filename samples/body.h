// The phantoms as functions: what is at a point of an invented body. No patient ever had these pictures.
#pragma once

#include <cstdint>

namespace qianli::samples {

struct Point {
    double x = 0, y = 0, z = 0; // mm; x to the patient's left, y to the back, z to the head
};

// A head, its base at z = 0 and its vertex at about z = 140, with a bleed in the right basal ganglia when `bleeds`.
struct HeadAnatomy {
    std::uint32_t seed = 1;
    bool bleeds = true;
};
double headHounsfield(Point const& point, HeadAnatomy const& anatomy);

// A chest, diaphragm at z = 0, clavicles at about z = 260, with a nodule in the right upper lobe when `hasNodule`.
struct ChestAnatomy {
    std::uint32_t seed = 1;
    bool hasNodule = true;
};
double chestHounsfield(Point const& point, ChestAnatomy const& anatomy);

// Radiographs: the ray's attenuation from 0 (air) to about 1 (dense bone); x and y in mm from the picture's middle, y
// downwards.
double chestAttenuation(double x, double y, ChestAnatomy const& anatomy);
double handAttenuation(double x, double y, std::uint32_t seed);

} // namespace qianli::samples
