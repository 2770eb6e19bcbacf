// VolumePhantom: a CT of a few balls at known places of the patient, written as real DICOM files, in every way in which
// slices may lie.
//
// The phantom is a function of the patient's space, sampled where the slices are: what a picture, a stack or a cut
// through the volume shows anywhere can be compared with valueAt() there, and each ball's centre of gravity with where
// the ball is.
#pragma once

#include "viewer/model/geometry.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

class DcmItem;

namespace qianli::test {

enum class PhantomShape {
    Straight,       // axial, from the feet up, named and numbered in that order
    Reversed,       // scanned from the head down
    Misnumbered,    // instance numbers, names and places have nothing to do with each other
    TiltedDeclared, // by a gantry of 15 degrees, which Gantry/Detector Tilt (0018,1120) says
    TiltedFound,    // the same, and nobody says so
    Uneven,         // distances from 1.4 to 2.6 mm
    WithGaps,       // one slice missing, and two in another place
    Oblique,        // the plane turned about two axes
    Enhanced,       // Enhanced CT, its frames in no order
    EnhancedTilted,
    TiltedTurned, // by the gantry, and the picture turned by a quarter: the slices are shifted along their rows
};

class VolumePhantom {
public:
    static constexpr std::uint32_t rows = 40, columns = 48;
    static constexpr double betweenRows = 1.25, betweenColumns = 1.0, betweenSlices = 2.0; // mm; where even
    static constexpr double ballSigma = 1.6; // mm: a ball falls off like a bell, to nothing within three of these
    static constexpr int background = 0, peak = 1000; // HU
    static constexpr double tiltDegrees = 15;

    explicit VolumePhantom(PhantomShape shape);

    std::string name() const; // "tilted, declared"
    bool isTilted() const { return tilt_ != 0; }
    // Where the balls are, in the patient.
    std::vector<viewer::Vector3> const& balls() const { return balls_; }
    // HU at a place of the patient, wherever slices are.
    double valueAt(viewer::Vector3 place) const;

    // Slices in the order of their places along normal(): from the first to the last that exists.
    std::size_t slices() const { return offsets_.size(); }
    std::vector<double> const& offsets() const { return offsets_; } // mm along the normal, from the first
    viewer::Vector3 row() const { return row_; }
    viewer::Vector3 column() const { return column_; }
    viewer::Vector3 normal() const { return viewer::cross(row_, column_); }
    // The patient's place of a voxel's centre; parts of voxels between even slices only.
    viewer::Vector3 place(double slice, double row, double column) const;
    // Whether a reader scrolls from the last slice to the first.
    bool runsBackwards() const { return shape_ == PhantomShape::Reversed; }

    // May add or replace elements of the slice's data set before it is written; of an enhanced object once, slice 0.
    using Change = std::function<void(DcmItem& dataSet, std::size_t slice)>;
    // Writes the files into an existing folder, and gives them in an order that is none.
    std::vector<std::filesystem::path> write(std::filesystem::path const& folder, Change const& change = {}) const;

private:
    std::vector<std::size_t> scrambled() const;
    std::int32_t instanceNumber(std::size_t slice) const;
    std::vector<std::int16_t> pixels(std::size_t slice) const;
    void fillCommon(DcmItem& dataSet) const;
    void fillFrames(DcmItem& dataSet) const;

    PhantomShape shape_;
    double tilt_ = 0; // degrees
    viewer::Vector3 row_{1, 0, 0}, column_{0, 1, 0};
    viewer::Vector3 way_;   // the table's, in mm per mm along the normal
    viewer::Vector3 first_; // centre of the first pixel of the first slice
    std::vector<double> offsets_;
    std::vector<viewer::Vector3> balls_;
};

// All shapes, for tests that go through them.
std::vector<PhantomShape> allPhantomShapes();

} // namespace qianli::test
