// Where a picture lies in the patient, and how large its pixels are (PS3.3 C.7.6.2, C.7.6.3.1.7, 10.7).
#pragma once

#include <cmath>
#include <string>

namespace qianli::viewer {

// Millimetres in the patient coordinate system: +x to the patient's left, +y to the back, +z to the head.
struct Vector3 {
    double x = 0, y = 0, z = 0;
};

inline Vector3 operator+(Vector3 a, Vector3 b)
{
    return {a.x + b.x, a.y + b.y, a.z + b.z};
}
inline Vector3 operator-(Vector3 a, Vector3 b)
{
    return {a.x - b.x, a.y - b.y, a.z - b.z};
}
inline Vector3 operator*(Vector3 a, double f)
{
    return {a.x * f, a.y * f, a.z * f};
}
inline double dot(Vector3 a, Vector3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline double length(Vector3 a)
{
    return std::sqrt(dot(a, a));
}
inline Vector3 cross(Vector3 a, Vector3 b)
{
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

struct ImagePlane {
    Vector3 position;        // centre of the first pixel
    Vector3 row{1, 0, 0};    // the way the column index grows
    Vector3 column{0, 1, 0}; // the way the row index grows
    Vector3 normal() const { return cross(row, column); }
};

// Numbers carry their origin: a length on a projection image is not a length in the patient.
enum class SpacingOrigin {
    Patient,           // Pixel Spacing of a cross section
    Localizer,         // Pixel Spacing of a CT localizer, a projection: at the isocentre
    Detector,          // at the detector's plane: larger than the patient
    DetectorMagnified, // of the detector, divided by Estimated Radiographic Magnification Factor
    Geometry,          // Pixel Spacing Calibration Type GEOMETRY: at some depth in the patient
    Fiducial,          // Pixel Spacing Calibration Type FIDUCIAL: an object of known size in the picture
    Corrected,         // Pixel Spacing of a projection, smaller than the detector's, which doesn't say how
    Unstated,          // Pixel Spacing that doesn't say of which plane
    NominalScanned,    // of a film that was scanned
    UltrasoundRegion,  // of one region of an ultrasound image
    User               // a person said how long a line is
};

struct PixelSpacing {
    double betweenRows = 0;    // mm
    double betweenColumns = 0; // mm
    SpacingOrigin origin = SpacingOrigin::Patient;
    double magnification = 0; // of DetectorMagnified
};

// The letters for a direction: "L", "R", "A", "P", "H", "F", up to three in falling order of weight ("LP"); "" for no
// direction.
std::string orientationLetters(Vector3 direction);

} // namespace qianli::viewer
