#include "tests/bench/volume_series.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <vector>

namespace qianli::bench {

namespace {
constexpr int edge = 512;
constexpr double pixel = 0.7, spacing = 1.0; // mm

bool inEllipse(double x, double y, double width, double height)
{
    return x * x / (width * width) + y * y / (height * height) < 1;
}

// HU at mm from the middle of the slice, z mm from the lowest one.
double body(double x, double y, double z)
{
    if (!inEllipse(x, y, 160, 110))
        return -1000;
    double const wave = 6 * std::sin(z / 9);
    double const ring = std::abs(std::sqrt(x * x / (150 * 150) + y * y / (100 * 100)) - 0.92);
    if (ring < 0.035 && std::fmod(z + 0.2 * std::abs(x), 24) < 10)
        return 650; // a rib
    if (inEllipse(x, y - 70, 24, 20) && std::fmod(z, 32) < 25)
        return 480; // a vertebra
    for (double const side : {-1.0, 1.0}) {
        if (inEllipse(x - side * 9, y - 30 - wave, 9, 9))
            return 260; // vessels with contrast
        if (inEllipse(x - side * 75, y, 50, 65))
            return inEllipse(std::fmod(x + 200, 22) - 11, std::fmod(y + wave + 200, 22) - 11, 3, 3) ? 20 : -820;
    }
    return inEllipse(x, y, 154, 104) ? 45 : -80;
}
} // namespace

void writeVolumeSeries(std::filesystem::path const& folder, int slices)
{
    std::filesystem::create_directories(folder);
    std::minstd_rand random(6);
    std::normal_distribution<float> noise(0, 18);
    std::vector<float> noises(1 << 16);
    for (float& one : noises)
        one = noise(random);
    for (int slice = 0; slice < slices; ++slice) {
        std::vector<Uint16> values;
        values.reserve(std::size_t{edge} * edge);
        std::size_t grain = random();
        for (int y = 0; y < edge; ++y)
            for (int x = 0; x < edge; ++x) {
                double const hu = body((x - edge / 2) * pixel, (y - edge / 2) * pixel, slice * spacing);
                values.push_back(static_cast<Uint16>(
                    std::clamp(hu + noises[grain++ & 0xFFFF] * (hu <= -1000 ? 0.3 : 1.0), -1024.0, 3000.0) + 1024));
            }
        DcmFileFormat file;
        auto& data = *file.getDataset();
        auto const put = [&data](DcmTagKey const& tag, std::string const& value) {
            data.putAndInsertString(tag, value.c_str());
        };
        put(DCM_SOPClassUID, UID_CTImageStorage);
        put(DCM_SOPInstanceUID, fmt::format("1.2.826.0.1.3680043.10.1.6.{}", slice + 1));
        put(DCM_StudyInstanceUID, "1.2.826.0.1.3680043.10.1.4");
        put(DCM_SeriesInstanceUID, "1.2.826.0.1.3680043.10.1.5");
        put(DCM_FrameOfReferenceUID, "1.2.826.0.1.3680043.10.1.7");
        put(DCM_PatientName, "Phantom^Volume");
        put(DCM_PatientID, "VOLUME");
        put(DCM_Modality, "CT");
        put(DCM_InstanceNumber, std::to_string(slice + 1));
        put(DCM_ImagePositionPatient, fmt::format("{}\\{}\\{}", -edge / 2 * pixel, -edge / 2 * pixel, slice * spacing));
        put(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
        put(DCM_PixelSpacing, fmt::format("{}\\{}", pixel, pixel));
        put(DCM_SliceThickness, fmt::format("{}", spacing));
        put(DCM_RescaleIntercept, "-1024");
        put(DCM_RescaleSlope, "1");
        put(DCM_WindowCenter, "40");
        put(DCM_WindowWidth, "400");
        put(DCM_PhotometricInterpretation, "MONOCHROME2");
        data.putAndInsertUint16(DCM_SamplesPerPixel, 1);
        data.putAndInsertUint16(DCM_Rows, edge);
        data.putAndInsertUint16(DCM_Columns, edge);
        data.putAndInsertUint16(DCM_BitsAllocated, 16);
        data.putAndInsertUint16(DCM_BitsStored, 12);
        data.putAndInsertUint16(DCM_HighBit, 11);
        data.putAndInsertUint16(DCM_PixelRepresentation, 0);
        data.putAndInsertUint16Array(DCM_PixelData, values.data(), static_cast<unsigned long>(values.size()));
        auto const path = folder / fmt::format("{:04}.dcm", slice + 1);
        if (file.saveFile(path.c_str(), EXS_LittleEndianExplicit).bad())
            throw std::runtime_error("can't write " + path.string());
    }
}

} // namespace qianli::bench
