#include "viewer/model/overlay_plane.h"

namespace qianli::viewer {

std::optional<PlaneBits> bitsOver(OverlayPlane const& plane, std::uint32_t frame,
                                  std::span<std::uint8_t const> embedded)
{
    std::size_t const pixels = std::size_t{plane.rows} * plane.columns;
    if (plane.bitPosition)
        return embedded.size() * 8 >= pixels ? std::optional(PlaneBits{embedded, 0}) : std::nullopt;
    if (!plane.bits)
        return std::nullopt;
    std::size_t first = 0;
    if (plane.frameCount > 0) {
        if (frame < plane.firstFrame || frame - plane.firstFrame >= plane.frameCount)
            return std::nullopt;
        if (pixels == 0 || plane.bits->size() * 8 / pixels <= frame - plane.firstFrame)
            return std::nullopt;
        first = pixels * (frame - plane.firstFrame);
    }
    if (plane.bits->size() * 8 < first + pixels)
        return std::nullopt;
    return PlaneBits{*plane.bits, first};
}

} // namespace qianli::viewer
