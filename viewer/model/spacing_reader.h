// Reads out of a header how large pixels are, and what that size measures (PS3.3 10.7.1, C.8.5.5).
#pragma once

#include "viewer/model/geometry.h"
#include "viewer/model/header_reader.h"
#include "viewer/model/ultrasound_region.h"

#include <memory>
#include <optional>
#include <vector>

namespace qianli::viewer {

// What must be known of the object to know what its spacings mean.
struct SpacingContext {
    std::string modality;     // (0008,0060)
    bool isLocalizer = false; // Image Type names LOCALIZER
    std::uint32_t rows = 0, columns = 0;
};

// Two numbers in mm, the distance of rows first; nothing where one is absurd.
std::optional<PixelSpacing> spacingAt(HeaderReader const& reader, DcmTagKey const& tag, SpacingOrigin origin,
                                      SpacingContext const& context = {});

// Of the top level: which of the many spacings holds, and what it measures.
std::optional<PixelSpacing> readSpacing(HeaderReader const& reader, SpacingContext const& context);
// Of one item of the functional groups; nothing where it says nothing of sizes.
std::optional<PixelSpacing> readGroupSpacing(HeaderReader const& groups, SpacingContext const& context);

using UltrasoundRegions = std::shared_ptr<std::vector<UltrasoundRegion> const>;
// Of the top level or of one item of the functional groups; null where there are none.
UltrasoundRegions readUltrasoundRegions(HeaderReader const& reader);

// Height of a pixel by its width, for the screen.
double readPixelAspect(HeaderReader const& reader, std::optional<PixelSpacing> const& spacing,
                       UltrasoundRegions const& regions);

} // namespace qianli::viewer
