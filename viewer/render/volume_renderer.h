// VolumeRenderer: a volume seen from outside along parallel rays, drawn by the CPU alone: no display, no GPU.
//
// Promise: the picture lies as its plane says (Cut::plane()), so letters and the cube at its side are never in doubt;
// gantry tilt and uneven slices are where they truly are; what was not measured can't be seen. No copy of the voxels.
#pragma once

#include "viewer/render/block_map.h"
#include "viewer/render/mpr.h"
#include "viewer/render/render_presets.h"

#include <atomic>
#include <chrono>
#include <memory>

namespace qianli::viewer {

// A picture plane through the middle of the volume, looked at along right × down: from the front.
Cut frontView(Volume const& volume);
// The same seen from elsewhere: turned around the screen's vertical and its horizontal, in radians.
void turnView(Cut& view, double aroundVertical, double aroundHorizontal);

enum class RenderQuality {
    Draft, // every second to fourth pixel, as the machine can, and twice as wide steps: while it turns
    Full
};

class VolumeRenderer {
public:
    // Reads every voxel once: for a worker thread.
    explicit VolumeRenderer(std::shared_ptr<Volume const> volume);

    // The view at `target` device pixels, by two threads. Null as soon as `cancelled` is set. For one caller at a time.
    QImage render(Cut const& view, RenderPreset const& preset, ViewState const& state, QSize target,
                  RenderQuality quality, std::atomic<bool> const& cancelled);

private:
    void prepareTable(RenderPreset const& preset, Window const& window, double stepMillimetres);
    void prepareLeaps();
    void adaptDraft(std::chrono::steady_clock::duration took);

    struct Entry { // of the table from levels to what is seen
        float opacity = 0, red = 0, green = 0, blue = 0;
    };
    friend class RayCaster;

    std::shared_ptr<Volume const> volume_;
    BlockMap blocks_;
    int lowest_ = 65535, highest_ = 0; // levels in the volume
    int draftCoarser_ = 2;             // pixels a ray
    std::vector<Entry> table_;
    std::vector<std::uint8_t> leaps_; // of each block: how many blocks until something can be seen
    std::vector<bool> visibleBefore_; // what leaps_ was made for
};

} // namespace qianli::viewer
