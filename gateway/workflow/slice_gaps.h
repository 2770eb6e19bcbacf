// Slice gaps: which slices of a stack are missing, by their numbers and where they lie. Pure arithmetic.
#pragma once

#include "common/model/missing_images.h"

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace qianli::gateway {

struct Slice {
    std::optional<int> number; // Instance Number
    double position = 0;       // along the normal, mm
    int stack = 0;             // slices of one orientation
};

// Image Position and Image Orientation (Patient) as a distance along the normal of the slice (PS3.3 C.7.6.2.1.1);
// nothing where they make no sense.
struct SlicePlace {
    double position = 0;
    std::array<double, 3> normal{};
};
std::optional<SlicePlace> placeOfSlice(std::string_view position, std::string_view orientation);

struct SliceGaps {
    int count = 0; // slices that are missing
    std::vector<model::MissingImages::Range> ranges;
};

// Holes in the numbers say that slices are missing, and their neighbours where. Without usable numbers the distances
// decide, where `evenDistances` says that they are meant to be even. `expected`: how many there should be in all;
// what has no neighbour on the other side is placed by the line through those that are there.
enum class Distances { MayVary, Even };
SliceGaps findSliceGaps(std::vector<Slice> slices, std::optional<int> expected, Distances distances);

} // namespace qianli::gateway
