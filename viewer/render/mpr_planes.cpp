#include "viewer/render/mpr_planes.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {

namespace {
constexpr std::array allPlanes{MprPlane::Axial, MprPlane::Coronal, MprPlane::Sagittal};

Vector3 normalised(Vector3 v)
{
    return v * (1 / length(v));
}

Vector3 turned(Vector3 v, Vector3 axis, double angle)
{
    return v * std::cos(angle) + cross(axis, v) * std::sin(angle) + axis * (dot(axis, v) * (1 - std::cos(angle)));
}

// Many small turns must not bend the axes.
void straighten(Cut& cut)
{
    bool const mirrored = dot(cross(cut.right, cut.down), cut.into) < 0;
    cut.right = normalised(cut.right);
    cut.down = normalised(cut.down - cut.right * dot(cut.down, cut.right));
    cut.into = cross(cut.right, cut.down) * (mirrored ? -1 : 1);
}
} // namespace

MprPlanes::MprPlanes(Volume const& volume) : cursor_(volume.center())
{
    for (MprPlane const plane : allPlanes)
        cuts_[static_cast<std::size_t>(plane)] = straightCut(volume, plane, cursor_);
}

bool MprPlanes::isOblique(MprPlane plane) const
{
    Vector3 const n = cut(plane).into;
    return std::max({std::abs(n.x), std::abs(n.y), std::abs(n.z)}) < 0.99995;
}

void MprPlanes::moveTo(Volume const& volume, Vector3 point)
{
    for (Vector3 const axis : {volume.grid().row, volume.grid().column, volume.grid().normal}) {
        auto const [low, high] = volume.reach(axis);
        double const at = dot(point, axis);
        point = point + axis * (std::clamp(at, low, high) - at);
    }
    for (Cut& cut : cuts_)
        cut.center = cut.center + cut.into * dot(point - cursor_, cut.into);
    cursor_ = point;
}

void MprPlanes::turn(MprPlane seenIn, double angle)
{
    Vector3 const axis = cross(cut(seenIn).right, cut(seenIn).down);
    for (MprPlane const plane : allPlanes) {
        if (plane == seenIn)
            continue;
        Cut& other = cuts_[static_cast<std::size_t>(plane)];
        other.center = cursor_ + turned(other.center - cursor_, axis, angle);
        other.right = turned(other.right, axis, angle);
        other.down = turned(other.down, axis, angle);
        other.into = turned(other.into, axis, angle);
        straighten(other);
    }
}

void MprPlanes::setSlab(Slab const& slab)
{
    for (Cut& cut : cuts_)
        cut.slab = slab;
}

PictureDirection crossing(Cut const& seenIn, Cut const& other)
{
    Vector3 const along = cross(seenIn.into, other.into);
    double const size = length(along);
    if (size < 1e-9)
        return {};
    return {dot(along, seenIn.right) / size, dot(along, seenIn.down) / size};
}

PictureDirection pictureOf(Cut const& cut, Vector3 point)
{
    Vector3 const way = point - cut.plane().position;
    return {dot(way, cut.right) / cut.pixel + 0.5, dot(way, cut.down) / cut.pixel + 0.5};
}

Vector3 patientOf(Cut const& cut, PictureDirection picture)
{
    return cut.plane().position + cut.right * ((picture.x - 0.5) * cut.pixel) +
           cut.down * ((picture.y - 0.5) * cut.pixel);
}

} // namespace qianli::viewer
