// The grey-scale pipeline: stored value → Modality LUT → VOI LUT → Presentation LUT → 8 bits for the screen (PS3.3
// C.11, PS3.4 N.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qianli::viewer {

enum class VoiFunction { Linear, LinearExact, Sigmoid }; // (0028,1056)

struct Window {
    double center = 128;
    double width = 256;
    std::string explanation; // (0028,1055), UTF-8
    VoiFunction function = VoiFunction::Linear;
};

// A LUT of a Modality LUT or VOI LUT sequence, or one colour of a palette (PS3.3 C.11.1.1.1).
struct LookupTable {
    std::int32_t first = 0;  // the input value that takes entry 0
    std::uint16_t bits = 16; // of an entry
    std::vector<std::uint16_t> entries;
    std::string explanation; // UTF-8

    bool empty() const { return entries.empty(); }
    // Inputs below the first take the first entry, inputs above the last the last one.
    std::uint16_t at(double input) const;
};

struct PaddingRange { // stored values that are no measurement (0028,0120) to (0028,0125)
    double from = 0;
    double to = 0;
};

struct GreyScale {
    double slope = 1;
    double intercept = 0;
    std::string rescaleType; // "HU" …
    LookupTable modalityLut; // empty: slope and intercept hold
    std::vector<Window> windows;
    std::size_t brokenWindows = 0; // in the object, of no width or unreadable
    std::vector<LookupTable> voiLuts;
    LookupTable presentationLut; // empty: identity
    bool inverse = false;        // MONOCHROME1 or Presentation LUT Shape INVERSE: said twice it is still once
    std::optional<PaddingRange> padding;

    // Stored value to the modality's unit.
    double modality(double stored) const;
    bool isPadding(double stored) const { return padding && stored >= padding->from && stored <= padding->to; }
};

// Which VOI transformation a view uses.
struct VoiChoice {
    // Manual is the reader's own; Automatic was made from the pixels, for want of a usable one in the object.
    enum class Kind { FileWindow, FileLut, Manual, Automatic };
    Kind kind = Kind::Manual;
    std::size_t index = 0; // of GreyScale::windows or voiLuts
    Window manual;         // also for a picture of the stack that has no window or LUT of this index
};

// The window that a choice amounts to: for a LUT the range of its inputs, so that dragging starts from what is seen.
Window effectiveWindow(GreyScale const& grey, VoiChoice const& choice);

// Modality value to 0…1 by a window (PS3.3 C.11.2.1.2.1, C.11.2.1.3.1, C.11.2.1.3.2).
double applyWindow(double value, Window const& window, VoiFunction function);

// The lowest and the highest modality value that the window tells apart from what lies beyond.
struct WindowEnds {
    double low = 0;
    double high = 0;
};
WindowEnds endsOf(Window const& window);

} // namespace qianli::viewer
