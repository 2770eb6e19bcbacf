// CutLine: where the plane of one picture cuts another picture: the reference line.
#pragma once

#include "viewer/model/series.h"

#include <QLineF>

#include <optional>

namespace qianli::viewer {

// A picture with its place in the patient.
struct PlacedPicture {
    ImagePlane plane;
    PixelSpacing spacing;
    double rows = 0, columns = 0;
    std::string frameOfReference;
    PatientIdentity patient = {};
};

// Nothing for a picture that doesn't say where it lies.
std::optional<PlacedPicture> placed(StackEntry const& entry);

// In image coordinates of `shown` (ViewMapping's), no longer than either picture reaches. Nothing where the two have no
// common frame of reference, are parallel, don't meet, or are of two people: two sites may use the same UIDs.
std::optional<QLineF> cutLine(PlacedPicture const& cutting, PlacedPicture const& shown);

} // namespace qianli::viewer
