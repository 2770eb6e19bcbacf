// Subtraction of a mask from the frames of an X-ray clip, so that what came in between, the contrast agent, is left
// (PS3.3 C.7.6.10).
#pragma once

#include "common/base/result.h"
#include "viewer/model/pixels.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qianli::viewer {

// Frames from the first to the last one, from 0. Empty: all of them.
using FrameRanges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

// How far the mask is moved before it is subtracted, because the patient moved: pixels down and, as the standard has
// it, to the left.
struct MaskShift {
    double down = 0, left = 0;
};

// What an object says of the mask of one of its frames: the frames whose average is subtracted, from 0.
struct MaskFrames {
    std::vector<std::uint32_t> frames; // empty: it says nothing
    FrameRanges appliesTo;             // Applicable Frame Range: a clip of two runs has a mask for each
    MaskShift shift;
    bool isLinear = false; // pixels follow the beam's intensity: their logarithms are subtracted
    // What the object asks for and nobody does: who shows these differences has to say so.
    std::string otherMethod; // Mask Operation: "TID"
    int contrastFrames = 1;  // to be averaged from this frame on
};
// Reads the header again: few clips are ever subtracted.
Result<MaskFrames> readMaskFrames(std::filesystem::path const& file, std::uint32_t shown);

// The average of some frames, to be subtracted from each frame of the same clip.
class Mask {
public:
    // Nothing when the frames are in colour or differ in size.
    static std::optional<Mask> average(std::vector<std::shared_ptr<Pixels const>> const& frames, bool isLinear,
                                       FrameRanges appliesTo = {}, MaskShift shift = {});

    bool appliesTo(std::uint32_t frame) const;

    // Null when the frame is in colour, of another size, or of floats too great to reckon with. No difference is cut,
    // however great: its step is coarser then.
    std::shared_ptr<Pixels const> subtractFrom(Pixels const& frame) const;
    // Shows the differences of these pixels, with what has not changed in the middle of the greys.
    static Window windowOf(Pixels const& differences);

private:
    Mask() = default;
    void move(MaskShift shift);

    std::uint32_t rows_ = 0;
    std::uint32_t columns_ = 0;
    bool isLinear_ = false;
    FrameRanges appliesTo_;
    std::vector<float> values_;
    float least_ = 0, most_ = 0; // of the values
};

} // namespace qianli::viewer
