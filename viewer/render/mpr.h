// Cuts through a volume: flat or as thick as a slab, in any direction, sampled for the screen or pixel by pixel.
//
// Promise: a cut's plane and spacing are those of what is drawn, so letters, millimetres and measurements hold in
// oblique cuts as in straight ones. What was not measured (outside, padding, missing slices) is black, never invented.
#pragma once

#include "viewer/model/view_state.h"
#include "viewer/render/volume.h"

#include <QImage>
#include <QSize>

#include <memory>

namespace qianli::viewer {

enum class MprPlane { Axial, Coronal, Sagittal };
enum class SlabMode { Maximum, Minimum, Average };

struct Slab {
    double thickness = 0; // mm; 0: a cut without thickness
    SlabMode mode = SlabMode::Maximum;
    bool operator==(Slab const&) const = default;
};

// A plane through the patient and the picture laid on it.
struct Cut {
    Vector3 center;            // of the picture, on the plane
    Vector3 right, down, into; // patient directions of length 1; `into` is the way scrolling goes
    std::uint32_t rows = 1, columns = 1;
    double pixel = 1; // mm between the picture's pixels
    Slab slab;

    ImagePlane plane() const
    {
        return {center - right * (pixel * (columns - 1) / 2) - down * (pixel * (rows - 1) / 2), right, down};
    }
};

// Drawn with renderImage() like any other picture, since it is one.
struct MprSlice {
    std::shared_ptr<Pixels const> pixels;
    FrameAttributes attributes;
};

// The patient's right on the left of the screen, the head or the front up. The picture holds the whole box.
Cut straightCut(Volume const& volume, MprPlane plane, Vector3 through);
FrameAttributes attributesOf(Volume const& volume, Cut const& cut);
// Every pixel of the cut's picture.
MprSlice sampleCut(Volume const& volume, Cut const& cut);

// How many cuts there are along a cut's `into`, one a voxel of the spacing there, from the first that touches the box.
std::size_t cutCount(Volume const& volume, Cut const& cut);
std::size_t cutIndex(Volume const& volume, Cut const& cut);
// How far to move along `into` to the cut of this index.
double wayToCut(Volume const& volume, Cut const& cut, std::size_t index);

// Draft: at most as much work as a frame may take, coarser where that is not enough.
enum class CutQuality { Draft, Full };
struct CutImage {
    QImage image; // of exactly the size asked for
    bool isFull = true;
};
// The view of a cut at `target` device pixels, sampled there and nowhere else; averaged where minified.
CutImage renderCut(Volume const& volume, Cut const& cut, ViewState const& state, QSize target, CutQuality quality);

} // namespace qianli::viewer
