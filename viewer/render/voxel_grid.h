// VoxelGrid: a volume as the samplers see it: slices of 16-bit levels where they truly lie, and the way to them from
// patient millimetres.
//
// Promise: each slice is looked up at its own position. Shear (gantry tilt) and uneven distances are no special data,
// only places that differ; between the slices on both sides of missing ones there is nothing.
#pragma once

#include "viewer/model/geometry.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace qianli::viewer {

// u counts columns, v rows, w distances between slices along their normal; 0 is the first pixel of the first slice.
struct GridPoint {
    double u = 0, v = 0, w = 0;
};

struct VoxelGrid {
    struct Shift { // of a slice's first pixel against the first slice's, in columns and rows
        float u = 0, v = 0;
    };
    struct Spot {
        int slice = -1; // none: nothing lies here
        float part = 0; // of the way to the next slice
    };

    std::uint32_t columns = 0, rows = 0;
    std::vector<std::uint16_t const*> slices;
    Vector3 origin, row, column, normal;
    double betweenColumns = 1, betweenRows = 1, betweenSlices = 1; // mm
    std::vector<Shift> shifts;
    std::vector<float> places;     // w of each slice, ascending
    std::vector<bool> missingNext; // slices are missing behind this one
    bool isSheared = false, isUneven = false;
    bool hasPadding = false;
    std::uint16_t paddingFrom = 0, paddingTo = 0; // levels

    // Once all of the above is set.
    void prepare();

    GridPoint at(Vector3 patient) const { return along(patient - origin); }
    GridPoint along(Vector3 direction) const
    {
        return {dot(direction, row) / betweenColumns, dot(direction, column) / betweenRows,
                dot(direction, normal) / betweenSlices};
    }
    Vector3 pixelOf(std::size_t slice, double u, double v) const
    {
        return origin + row * ((u + shifts[slice].u) * betweenColumns) +
               column * ((v + shifts[slice].v) * betweenRows) + normal * (places[slice] * betweenSlices);
    }
    // Half a slice's distance around the first and the last one belongs to them.
    double firstPlace() const { return -0.5; }
    double lastPlace() const { return places.back() + 0.5; }
    Spot spotAt(float w) const
    {
        if (!isUneven) {
            float const inside = std::clamp(w, 0.0f, static_cast<float>(slices.size() - 1));
            int const slice = std::min(static_cast<int>(inside), static_cast<int>(slices.size()) - 2);
            return {slice, inside - static_cast<float>(slice)};
        }
        return unevenSpot(w);
    }
    bool isPadding(std::uint16_t level) const
    {
        return static_cast<std::uint16_t>(level - paddingFrom) <= static_cast<std::uint16_t>(paddingTo - paddingFrom);
    }

private:
    Spot unevenSpot(float w) const;

    std::vector<std::uint16_t> firstOfCell_; // the slice at or before the start of each cell of w
    float cellsPerPlace_ = 1;
};

} // namespace qianli::viewer
