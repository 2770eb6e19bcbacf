// ScreenGrid: from the device pixels of a picture to the voxels of a volume.
#pragma once

#include "viewer/render/mpr.h"

#include <cmath>

namespace qianli::viewer {

inline GridPoint scaled(GridPoint point, double by)
{
    return {point.u * by, point.v * by, point.w * by};
}

inline GridPoint sum(GridPoint a, GridPoint b)
{
    return {a.u + b.u, a.v + b.v, a.w + b.w};
}

struct ScreenGrid {
    GridPoint first, right, down; // the centre of pixel (0, 0); one pixel to the right; one down

    GridPoint at(double x, double y) const { return sum(first, sum(scaled(right, x), scaled(down, y))); }
};

inline ScreenGrid gridOfScreen(VoxelGrid const& grid, Cut const& cut, ViewState const& state, QSize target)
{
    ViewMapping const mapping(cut.rows, cut.columns, 1, state, target);
    QTransform const inverse = mapping.transform().inverted();
    auto const inPatient = [&](double x, double y) { return cut.right * (x * cut.pixel) + cut.down * (y * cut.pixel); };
    QPointF const corner = inverse.map(QPointF(0.5, 0.5)) - QPointF(0.5, 0.5);
    return {grid.at(cut.plane().position + inPatient(corner.x(), corner.y())),
            grid.along(inPatient(inverse.m11(), inverse.m12())), grid.along(inPatient(inverse.m21(), inverse.m22()))};
}

} // namespace qianli::viewer
