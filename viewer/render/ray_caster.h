// RayCaster: what one ray through a volume sees.
#pragma once

#include "viewer/render/screen_grid.h"
#include "viewer/render/volume_renderer.h"

namespace qianli::viewer {

class RayCaster {
public:
    struct Way {
        GridPoint step;              // of the ray
        GridPoint right, down, into; // to the neighbours that tell the slope of a surface
        int count = 0;               // steps from the front to the back of all rays
        bool isDraft = false;
    };

    RayCaster(VolumeRenderer const& renderer, Way const& way);
    // `start`: where the ray begins, at the front. `shake`: part of a step, so that steps don't show as rings.
    std::uint32_t colour(GridPoint const& start, double shake) const;
    // The highest level along the ray; -1: none.
    float highest(GridPoint const& start) const;

private:
    struct Place {
        float u, v, w;
    };
    struct Sum {
        float red = 0, green = 0, blue = 0, through = 1; // what still comes through
    };
    template <bool Bent, bool Padded>
    std::uint32_t castColour(GridPoint const& start, double shake) const;
    template <bool Padded>
    float castHighestBent(GridPoint const& start) const;
    template <bool Padded>
    float castHighestStraight(GridPoint const& start) const;
    template <bool Padded>
    float highestOf(GridPoint const& start, std::pair<int, int> steps, float* levels) const;
    template <bool Bent, bool Padded>
    void add(Sum& sum, VolumeRenderer::Entry const& entry, Place at, float level) const;
    template <bool Bent, bool Padded>
    float slope(Place at, GridPoint const& way, float level) const;
    template <bool Bent>
    int stepsToLeave(Place at) const;
    Place placeOf(GridPoint const& start, float step) const;
    std::size_t blockAt(Place at) const;
    std::pair<int, int> stepsInside(GridPoint const& start) const;

    VolumeRenderer const& renderer_;
    VoxelGrid const& grid_;
    Way const& way_;
    float entriesPerLevel_;
    double voxelsPerStep_;
    VoxelGrid::Shift least_, most_; // of all slices
};

} // namespace qianli::viewer
