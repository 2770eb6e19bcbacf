// Volume: a stack of parallel slices as one box of values, and the planes cut through it.
//
// Promise: a box is made only where the slices really form one. Gantry tilt, uneven gaps, repeated positions and mixed
// pixel sizes are refused with a sentence, because a reslice through them would show a patient that isn't there.
#pragma once

#include "common/base/result.h"
#include "viewer/model/pixels.h"
#include "viewer/model/series.h"

#include <array>
#include <memory>
#include <vector>

namespace qianli::viewer {

enum class MprPlane { Axial, Coronal, Sagittal };

// One cut: drawn with renderImage() like any other picture, since it is one.
struct MprSlice {
    std::shared_ptr<Pixels const> pixels;
    FrameAttributes attributes;
};

class Volume {
public:
    // Whether a volume can be made from this stack; Refused with the reason otherwise. Needs no pixels.
    static Result<void> check(Stack const& stack);
    // `slices`: the pixels of each entry of the stack, in its order.
    static Result<std::shared_ptr<Volume const>> build(Stack const& stack,
                                                       std::vector<std::shared_ptr<Pixels const>> const& slices);
    ~Volume();

    // The number of cuts along a plane's normal, one a voxel of the finest spacing.
    std::size_t sliceCount(MprPlane plane) const;
    // The cut at `index`: axial from the feet up, coronal from the front back, sagittal from the patient's right to the
    // left.
    MprSlice slice(MprPlane plane, std::size_t index) const;
    // The cut that goes through a point of the patient, and the centre of the box.
    std::size_t sliceThrough(MprPlane plane, Vector3 point) const;
    Vector3 center() const;

private:
    Volume();
    struct Box;
    std::unique_ptr<Box> box_;
};

} // namespace qianli::viewer
