// Volume: a stack of parallel slices as one box of values that can be cut and looked through.
//
// Promise: a box is made only where the slices really form one; otherwise the reason is said. Gantry tilt and uneven
// distances are straightened by true positions; where slices are missing there is nothing. It holds the slices' own
// pixels, not a copy of them, wherever all of them mean the same.
#pragma once

#include "common/base/result.h"
#include "viewer/model/pixels.h"
#include "viewer/model/stack_geometry.h"
#include "viewer/render/voxel_grid.h"

#include <memory>
#include <vector>

namespace qianli::viewer {

class Volume {
public:
    // Whether a volume can be made from this stack; Refused or LimitExceeded with the reason otherwise. Needs no
    // pixels.
    static Result<void> check(Stack const& stack);
    // `slices`: the pixels of each entry of the stack, in its order.
    static Result<std::shared_ptr<Volume const>> build(Stack const& stack,
                                                       std::vector<std::shared_ptr<Pixels const>> const& slices);

    StackGeometry const& geometry() const { return geometry_; }
    VoxelGrid const& grid() const { return grid_; }
    // Of cuts: their level 0 is what lies outside, level n + 1 the grid's level n.
    GreyScale const& grey() const { return grey_; }
    double valueOf(double level) const { return base_ + level * step_; } // in the modality's unit
    double levelOf(double value) const { return (value - base_) / step_; }

    Vector3 center() const;
    // How far the box reaches along a direction of the patient: centres of the outermost voxels.
    std::pair<double, double> reach(Vector3 direction) const;
    // The spacing of cuts along a patient direction: that of the box's axis nearest to it.
    double spacingAlong(Vector3 direction) const;
    double finestSpacing() const;

private:
    Volume() = default;
    void place(Stack const& stack);
    void share(Stack const& stack, std::vector<std::shared_ptr<Pixels const>> const& slices);
    void convert(Stack const& stack, std::vector<std::shared_ptr<Pixels const>> const& slices);

    StackGeometry geometry_;
    VoxelGrid grid_;
    GreyScale grey_;
    double base_ = 0, step_ = 1;
    std::vector<std::shared_ptr<Pixels const>> slices_; // what the grid's slices point into
};

} // namespace qianli::viewer
