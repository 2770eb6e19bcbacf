#include "viewer/ui/mpr_model.h"

#include "viewer/i18n/language.h"

#include <algorithm>

namespace qianli::viewer {

namespace {
constexpr double thickestSlab = 100; // mm

bool same(VolumeView::Look const& a, VolumeView::Look const& b)
{
    return a.inversion == b.inversion && a.voi.kind == b.voi.kind && a.voi.index == b.voi.index &&
           a.voi.manual.center == b.voi.manual.center && a.voi.manual.width == b.voi.manual.width;
}
} // namespace

MprModel::MprModel(std::shared_ptr<Volume const> volume, VolumeView::Look const& look)
    : volume_(std::move(volume)), planes_(*volume_), look_(look), firstLook_(look)
{
}

void MprModel::moveTo(Vector3 point)
{
    planes_.moveTo(*volume_, point);
    emit changed();
}

void MprModel::turn(MprPlane seenIn, double angle)
{
    planes_.turn(seenIn, angle);
    emit changed();
}

void MprModel::setSlab(Slab const& slab)
{
    Slab const wanted{std::clamp(slab.thickness, 0.0, thickestSlab), slab.mode};
    if (wanted == slab_)
        return;
    slab_ = wanted;
    planes_.setSlab(slab_);
    emit changed();
}

void MprModel::setLook(VolumeView::Look const& look)
{
    if (same(look, look_))
        return;
    look_ = look;
    emit changed();
}

void MprModel::setShowsLines(bool shows)
{
    if (std::exchange(showsLines_, shows) != shows)
        emit changed();
}

void MprModel::reset()
{
    planes_ = MprPlanes(*volume_);
    slab_ = {};
    look_ = firstLook_;
    emit changed();
}

std::vector<VolumeView::Remark> remarksOn(StackGeometry const& geometry)
{
    std::vector<VolumeView::Remark> remarks;
    std::size_t missing = 0;
    for (SliceGap const& gap : geometry.gaps)
        missing += std::max<std::size_t>(gap.missing(), 1);
    if (missing > 0)
        remarks.push_back(
            {say("▲ 缺约 %1 层（%2 处）：黑带处没有数据", "▲ About %1 slices missing (%2 places): no data in the "
                                                          "black bands")
                 .arg(missing)
                 .arg(geometry.gaps.size()),
             true});
    if (geometry.unplacedTilt)
        remarks.push_back(
            {say("▲ 设备声明机架倾斜 %1°，但位置里没有：重建可能是斜的",
                 "▲ The device declares a gantry tilt of %1° that the positions do not show: these planes "
                 "may be slanted")
                 .arg(*geometry.unplacedTilt, 0, 'f', 1),
             true});
    if (geometry.isTilted())
        remarks.push_back(
            {say("机架倾斜 %1°，已校正", "Gantry tilt %1°, straightened").arg(geometry.tiltDegrees, 0, 'f', 1), false});
    if (geometry.uneven)
        remarks.push_back({say("层距不均，按真实位置插值", "Uneven distances, interpolated at true positions"), false});
    return remarks;
}

} // namespace qianli::viewer
