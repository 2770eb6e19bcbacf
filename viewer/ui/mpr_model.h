// MprModel: the one cross-hair and the three planes that all viewports of an MPR show, and how thick and in which
// window.
#pragma once

#include "viewer/render/mpr_planes.h"
#include "viewer/ui/volume_view.h"

namespace qianli::viewer {

class MprModel : public QObject {
    Q_OBJECT

public:
    MprModel(std::shared_ptr<Volume const> volume, VolumeView::Look const& look);

    std::shared_ptr<Volume const> const& volume() const { return volume_; }
    Vector3 cursor() const { return planes_.cursor(); }
    Cut const& cut(MprPlane plane) const { return planes_.cut(plane); }
    bool isOblique(MprPlane plane) const { return planes_.isOblique(plane); }
    Slab const& slab() const { return slab_; }
    VolumeView::Look const& look() const { return look_; }
    bool showsLines() const { return showsLines_; }

    void moveTo(Vector3 point);
    void turn(MprPlane seenIn, double angle);
    void setSlab(Slab const& slab);
    void setLook(VolumeView::Look const& look);
    void setShowsLines(bool shows);
    // Straight, in the middle, thin, in the first window.
    void reset();

signals:
    void changed();

private:
    std::shared_ptr<Volume const> volume_;
    MprPlanes planes_;
    Slab slab_;
    VolumeView::Look look_, firstLook_;
    bool showsLines_ = true;
};

// What a reader must know of how the volume was made: missing slices, tilt, uneven distances.
std::vector<VolumeView::Remark> remarksOn(StackGeometry const& geometry);

} // namespace qianli::viewer
