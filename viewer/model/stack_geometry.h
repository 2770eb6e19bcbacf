// StackGeometry: whether the slices of a stack form a volume, how they are sheared, and where some are missing.
//
// Promise: of a stack that is a volume, slice i starts at origin + step * (offsets[i] / spacing), within half a pixel;
// so whoever places it by that formula straightens gantry tilt and keeps uneven distances true.
#pragma once

#include "viewer/model/series.h"

#include <optional>
#include <string>
#include <vector>

namespace qianli::viewer {

// Between entry `after` of the stack and the next one the patient is `distance` mm along, where `usual` was expected.
struct SliceGap {
    std::size_t after = 0;
    double distance = 0;
    double usual = 0;
    std::size_t missing() const; // slices that would fit in between
};

struct StackGeometry {
    // Why no volume can be made, as a sentence; empty: one can.
    std::string notAVolume;
    Vector3 origin;            // of the first entry's first pixel
    Vector3 normal{0, 0, 1};   // of the slices, in the way the stack runs
    Vector3 step{0, 0, 1};     // patient mm from the first pixel of one slice to that of the next, `spacing` further on
    double spacing = 0;        // mm between slices along the normal: the usual one
    double tiltDegrees = 0;    // between normal and step: gantry tilt, found from the positions
    bool tiltDeclared = false; // Gantry/Detector Tilt (0018,1120) says the same
    // The object declares a tilt that neither orientation nor positions show: straight here may be slanted there.
    std::optional<double> unplacedTilt;
    // Distances differ by more than a tenth of the usual one without a whole slice missing.
    bool uneven = false;
    // After these entries another distance begins.
    std::vector<std::size_t> unevenAfter;
    std::vector<SliceGap> gaps;
    // Offset of each entry along the normal from the first, mm, ascending.
    std::vector<double> offsets;

    bool isVolume() const { return notAVolume.empty(); }
    // Enough to be named: below, it is how positions were rounded.
    bool isTilted() const { return tiltDegrees >= 0.5; }
};

// Cheap: looks at attributes alone. A stack that isn't of Slices is no volume.
StackGeometry analyseGeometry(Stack const& stack);

// Fills in Stack::geometry of every stack of slices, once all that will come has come: what is still on its way is no
// gap.
void measureStacks(std::vector<Study>& studies);

} // namespace qianli::viewer
