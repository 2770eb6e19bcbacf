#include "tests/support/volume_phantom.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <stdexcept>

namespace qianli::test {

using viewer::Vector3;

namespace {
constexpr std::size_t wholeSlices = 24;
constexpr int stored0 = 1024; // stored value of 0 HU
Vector3 const center{12.5, -31, 143};

// From the centre of the volume; far enough from the gaps and from the outermost slices of every shape.
std::vector<Vector3> const places{{0.3, 0.2, 0.6},   {-11.4, 7.7, 1.9},  {9.2, -8.6, -12.6},  {-7.1, -10.3, 13.4},
                                  {12.7, 9.4, 14.2}, {4.6, 11.2, -13.1}, {-13.3, -3.8, -11.9}};

double radians(double degrees)
{
    return degrees * std::numbers::pi / 180;
}

std::string text(Vector3 v)
{
    return fmt::format("{:.6f}\\{:.6f}\\{:.6f}", v.x, v.y, v.z);
}

void put(DcmItem& item, DcmTagKey const& tag, std::string const& value)
{
    if (item.putAndInsertString(tag, value.c_str()).bad())
        throw std::runtime_error("the phantom can't hold " + std::string(tag.toString().c_str()));
}

DcmItem& itemOf(DcmItem& in, DcmTagKey const& sequence, long index = 0)
{
    DcmItem* item = nullptr;
    if (in.findOrCreateSequenceItem(sequence, item, index).bad() || item == nullptr)
        throw std::runtime_error("the phantom can't hold a sequence");
    return *item;
}

std::vector<double> offsetsOf(PhantomShape shape)
{
    std::vector<double> offsets;
    double at = 0;
    for (std::size_t slice = 0; slice < wholeSlices; ++slice) {
        bool const missing = shape == PhantomShape::WithGaps && (slice == 9 || slice == 15 || slice == 16);
        if (!missing)
            offsets.push_back(at);
        static constexpr double uneven[] = {2.0, 2.6, 1.4};
        at += shape == PhantomShape::Uneven ? uneven[slice % 3] : VolumePhantom::betweenSlices;
    }
    return offsets;
}
} // namespace

VolumePhantom::VolumePhantom(PhantomShape shape) : shape_(shape), offsets_(offsetsOf(shape))
{
    if (shape == PhantomShape::TiltedDeclared || shape == PhantomShape::TiltedFound ||
        shape == PhantomShape::EnhancedTilted || shape == PhantomShape::TiltedTurned) {
        tilt_ = tiltDegrees;
        column_ = {0, std::cos(radians(tilt_)), -std::sin(radians(tilt_))};
    }
    if (shape == PhantomShape::TiltedTurned) {
        Vector3 const across = row_, down = column_;
        double const turn = radians(90);
        row_ = across * std::cos(turn) + down * std::sin(turn);
        column_ = down * std::cos(turn) - across * std::sin(turn);
    }
    if (shape == PhantomShape::Oblique) {
        double const a = radians(28), b = radians(-17);
        row_ = {std::cos(a), std::sin(a), 0};
        column_ = {-std::sin(a) * std::cos(b), std::cos(a) * std::cos(b), std::sin(b)};
    }
    // A table goes along the patient, however the gantry leans; an oblique stack is laid along its own normal.
    way_ = tilt_ == 0 ? normal() : Vector3{0, 0, 1 / std::cos(radians(tilt_))};
    double const thickness = betweenSlices * (wholeSlices - 1);
    first_ = center - row_ * (betweenColumns * (columns - 1) / 2) - column_ * (betweenRows * (rows - 1) / 2) -
             way_ * (thickness / 2);
    for (Vector3 const place : places)
        balls_.push_back(center + place);
}

std::string VolumePhantom::name() const
{
    static constexpr char const* names[] = {"straight",      "reversed",         "misnumbered",   "tilted, declared",
                                            "tilted, found", "uneven",           "with gaps",     "oblique",
                                            "enhanced",      "enhanced, tilted", "tilted, turned"};
    return names[static_cast<std::size_t>(shape_)];
}

double VolumePhantom::valueAt(Vector3 place) const
{
    double value = background;
    for (Vector3 const ball : balls_) {
        Vector3 const way = place - ball;
        value += (peak - background) * std::exp(-dot(way, way) / (2 * ballSigma * ballSigma));
    }
    return value;
}

Vector3 VolumePhantom::place(double slice, double row, double column) const
{
    auto const whole = static_cast<std::size_t>(slice);
    double const part = slice - static_cast<double>(whole);
    double offset = offsets_.at(whole);
    if (part > 0)
        offset += part * (offsets_.at(whole + 1) - offset);
    return first_ + way_ * offset + row_ * (betweenColumns * column) + column_ * (betweenRows * row);
}

// 7 has no common divisor with any number of slices here.
std::vector<std::size_t> VolumePhantom::scrambled() const
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < slices(); ++i)
        order.push_back((i * (slices() % 7 == 0 ? 5 : 7) + 3) % slices());
    return order;
}

std::int32_t VolumePhantom::instanceNumber(std::size_t slice) const
{
    if (shape_ == PhantomShape::Misnumbered && slice != 0 && slice + 1 != slices())
        return static_cast<std::int32_t>((slice * 5) % (slices() - 1)) + 1;
    return static_cast<std::int32_t>(runsBackwards() ? slices() - slice : slice + 1);
}

std::vector<std::int16_t> VolumePhantom::pixels(std::size_t slice) const
{
    std::vector<std::int16_t> values;
    values.reserve(std::size_t{rows} * columns);
    for (std::uint32_t y = 0; y < rows; ++y)
        for (std::uint32_t x = 0; x < columns; ++x)
            values.push_back(
                static_cast<std::int16_t>(std::lround(valueAt(place(static_cast<double>(slice), y, x))) + stored0));
    return values;
}

void VolumePhantom::fillCommon(DcmItem& dataSet) const
{
    auto const shape = static_cast<int>(shape_);
    put(dataSet, DCM_PatientName, "Phantom^Volume");
    put(dataSet, DCM_PatientID, "PHANTOM");
    put(dataSet, DCM_StudyInstanceUID, fmt::format("1.2.826.0.1.3680043.2.1125.6.{}", shape));
    put(dataSet, DCM_SeriesInstanceUID, fmt::format("1.2.826.0.1.3680043.2.1125.6.{}.1", shape));
    put(dataSet, DCM_FrameOfReferenceUID, fmt::format("1.2.826.0.1.3680043.2.1125.6.{}.2", shape));
    put(dataSet, DCM_StudyDate, "20240501");
    put(dataSet, DCM_StudyTime, "083000");
    put(dataSet, DCM_Modality, "CT");
    put(dataSet, DCM_SeriesNumber, "2");
    put(dataSet, DCM_SeriesDescription, name());
    put(dataSet, DCM_ImageType, "ORIGINAL\\PRIMARY\\AXIAL");
    put(dataSet, DCM_PhotometricInterpretation, "MONOCHROME2");
    std::pair<DcmTagKey, Uint16> const words[] = {
        {DCM_SamplesPerPixel, 1}, {DCM_Rows, rows},  {DCM_Columns, columns},      {DCM_BitsAllocated, 16},
        {DCM_BitsStored, 12},     {DCM_HighBit, 11}, {DCM_PixelRepresentation, 0}};
    for (auto const& [tag, value] : words)
        if (dataSet.putAndInsertUint16(tag, value).bad())
            throw std::runtime_error("the phantom has no image module");
}

namespace {
// Into the data set itself or into the items of the functional groups.
void putMeasures(DcmItem& item)
{
    put(item, DCM_PixelSpacing, fmt::format("{}\\{}", VolumePhantom::betweenRows, VolumePhantom::betweenColumns));
    put(item, DCM_SliceThickness, fmt::format("{}", VolumePhantom::betweenSlices));
}

void putRescale(DcmItem& item)
{
    put(item, DCM_RescaleIntercept, std::to_string(-stored0));
    put(item, DCM_RescaleSlope, "1");
    put(item, DCM_RescaleType, "HU");
}

void putWindow(DcmItem& item)
{
    put(item, DCM_WindowCenter, "500");
    put(item, DCM_WindowWidth, "1000");
}

void putPixels(DcmItem& dataSet, std::vector<std::int16_t> const& values)
{
    std::vector<Uint16> const words(values.begin(), values.end());
    if (dataSet.putAndInsertUint16Array(DCM_PixelData, words.data(), words.size()).bad())
        throw std::runtime_error("the phantom can't hold its pixels");
}
} // namespace

void VolumePhantom::fillFrames(DcmItem& dataSet) const
{
    put(dataSet, DCM_NumberOfFrames, std::to_string(slices()));
    auto& shared = itemOf(dataSet, DCM_SharedFunctionalGroupsSequence);
    putMeasures(itemOf(shared, DCM_PixelMeasuresSequence));
    put(itemOf(shared, DCM_PlaneOrientationSequence), DCM_ImageOrientationPatient, text(row_) + "\\" + text(column_));
    putRescale(itemOf(shared, DCM_PixelValueTransformationSequence));
    putWindow(itemOf(shared, DCM_FrameVOILUTSequence));
    put(itemOf(shared, DCM_CTImageFrameTypeSequence), DCM_FrameType, "ORIGINAL\\PRIMARY\\VOLUME\\NONE");
    if (tilt_ != 0)
        put(itemOf(shared, DCM_CTAcquisitionDetailsSequence), DCM_GantryDetectorTilt, fmt::format("{}", tilt_));
    std::vector<std::int16_t> all;
    long frame = 0;
    for (std::size_t const slice : scrambled()) {
        auto& groups = itemOf(dataSet, DCM_PerFrameFunctionalGroupsSequence, frame++);
        put(itemOf(groups, DCM_PlanePositionSequence), DCM_ImagePositionPatient,
            text(place(static_cast<double>(slice), 0, 0)));
        auto& content = itemOf(groups, DCM_FrameContentSequence);
        put(content, DCM_StackID, "1");
        auto const inStack = static_cast<Uint32>(slice + 1);
        Uint32 const dimensions[] = {1, inStack};
        auto indices = std::make_unique<DcmUnsignedLong>(DcmTag(DCM_DimensionIndexValues));
        if (content.putAndInsertUint32(DCM_InStackPositionNumber, inStack).bad() ||
            indices->putUint32Array(dimensions, 2).bad() || content.insert(indices.release(), true).bad())
            throw std::runtime_error("the phantom can't say where a frame belongs");
        auto const values = pixels(slice);
        all.insert(all.end(), values.begin(), values.end());
    }
    putPixels(dataSet, all);
}

std::vector<std::filesystem::path> VolumePhantom::write(std::filesystem::path const& folder, Change const& change) const
{
    std::vector<std::filesystem::path> files;
    auto const save = [&](DcmFileFormat& file, std::string const& name) {
        files.push_back(folder / name);
        if (file.saveFile(files.back().c_str(), EXS_LittleEndianExplicit).bad())
            throw std::runtime_error("can't write " + files.back().string());
    };
    if (shape_ == PhantomShape::Enhanced || shape_ == PhantomShape::EnhancedTilted) {
        DcmFileFormat file;
        auto& dataSet = *file.getDataset();
        fillCommon(dataSet);
        put(dataSet, DCM_SOPClassUID, UID_EnhancedCTImageStorage);
        put(dataSet, DCM_SOPInstanceUID, fmt::format("1.2.826.0.1.3680043.2.1125.6.{}.1.1", static_cast<int>(shape_)));
        put(dataSet, DCM_InstanceNumber, "1");
        fillFrames(dataSet);
        if (change)
            change(dataSet, 0);
        save(file, "enhanced.dcm");
        return files;
    }
    auto const order = scrambled();
    for (std::size_t const slice : order) {
        DcmFileFormat file;
        auto& dataSet = *file.getDataset();
        fillCommon(dataSet);
        put(dataSet, DCM_SOPClassUID, UID_CTImageStorage);
        put(dataSet, DCM_SOPInstanceUID,
            fmt::format("1.2.826.0.1.3680043.2.1125.6.{}.1.{}", static_cast<int>(shape_), slice + 1));
        put(dataSet, DCM_InstanceNumber, std::to_string(instanceNumber(slice)));
        put(dataSet, DCM_AcquisitionNumber, "1");
        put(dataSet, DCM_ImagePositionPatient, text(place(static_cast<double>(slice), 0, 0)));
        put(dataSet, DCM_ImageOrientationPatient, text(row_) + "\\" + text(column_));
        if (shape_ == PhantomShape::TiltedDeclared)
            put(dataSet, DCM_GantryDetectorTilt, fmt::format("{}", tilt_));
        putMeasures(dataSet);
        putRescale(dataSet);
        putWindow(dataSet);
        putPixels(dataSet, pixels(slice));
        if (change)
            change(dataSet, slice);
        bool const isNamedInOrder = shape_ == PhantomShape::Straight;
        save(file, fmt::format("{:03}.dcm", isNamedInOrder ? slice : order[(slice * 5 + 1) % order.size()]));
    }
    return files;
}

std::vector<PhantomShape> allPhantomShapes()
{
    using enum PhantomShape;
    return {Straight, Reversed, Misnumbered, TiltedDeclared, TiltedFound, Uneven,
            WithGaps, Oblique,  Enhanced,    EnhancedTilted, TiltedTurned};
}

} // namespace qianli::test
