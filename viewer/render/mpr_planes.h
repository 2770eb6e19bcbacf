// MprPlanes: a point of the patient and three planes square to each other through it; a plain value.
#pragma once

#include "viewer/render/mpr.h"

#include <array>

namespace qianli::viewer {

class MprPlanes {
public:
    // The three straight planes through the middle of the box.
    explicit MprPlanes(Volume const& volume);

    Vector3 cursor() const { return cursor_; }
    Cut const& cut(MprPlane plane) const { return cuts_[static_cast<std::size_t>(plane)]; }
    bool isOblique(MprPlane plane) const;

    // Every plane goes along its own `into` only, so that no picture slides under the reader's eyes. Stays in the box.
    void moveTo(Volume const& volume, Vector3 point);
    // Turns the two other planes around the normal of the one they are seen in, by an angle from its `right` to its
    // `down`, in radians. The point stays where it is on the screen.
    void turn(MprPlane seenIn, double angle);
    void setSlab(Slab const& slab);

private:
    Vector3 cursor_;
    std::array<Cut, 3> cuts_;
};

// Where two planes cross, in the first one's picture: a direction of its pixels (columns, rows).
struct PictureDirection {
    double x = 0, y = 0;
};
PictureDirection crossing(Cut const& seenIn, Cut const& other);
// A point of the patient in the cut's picture; (0.5, 0.5) is the centre of the first pixel.
PictureDirection pictureOf(Cut const& cut, Vector3 point);
Vector3 patientOf(Cut const& cut, PictureDirection picture);

} // namespace qianli::viewer
