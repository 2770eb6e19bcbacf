#include "tests/viewer_model/sample_image.h"

#include <fmt/format.h>
#include <stdexcept>

namespace qianli::test {

viewer::DecodedFrame makeFrame(std::uint32_t rows, std::uint32_t columns, std::vector<int> const& values,
                               viewer::Signedness signedness, std::uint16_t bitsStored)
{
    viewer::DecodedFrame frame;
    frame.format.rows = rows;
    frame.format.columns = columns;
    frame.format.bitsAllocated = 16;
    frame.format.bitsStored = bitsStored;
    frame.format.highBit = static_cast<std::uint16_t>(bitsStored - 1);
    frame.format.signedness = signedness;
    for (int const value : values) {
        frame.values.push_back(static_cast<std::uint8_t>(value & 0xFF));
        frame.values.push_back(static_cast<std::uint8_t>(value >> 8 & 0xFF));
    }
    return frame;
}

std::shared_ptr<viewer::Pixels const> makePixels(std::uint32_t rows, std::uint32_t columns,
                                                 std::vector<int> const& values)
{
    auto pixels = viewer::preparePixels(makeFrame(rows, columns, values), {});
    if (!pixels)
        throw std::runtime_error(pixels.error().message);
    return *pixels;
}

std::shared_ptr<viewer::ImageAttributes> makeSlice(int instance, double z)
{
    auto image = std::make_shared<viewer::ImageAttributes>();
    image->sopInstanceUid = dicom::Uid::ofKnown(fmt::format("1.2.3.{}", instance));
    image->study.uid = dicom::Uid::ofKnown("1.2.1");
    image->series.uid = dicom::Uid::ofKnown("1.2.2");
    image->instanceNumber = instance;
    image->format.rows = 2;
    image->format.columns = 2;
    viewer::FrameAttributes frame;
    frame.plane = viewer::ImagePlane{{0, 0, z}, {1, 0, 0}, {0, 1, 0}};
    frame.spacing = viewer::PixelSpacing{1, 1, viewer::SpacingOrigin::Patient};
    image->frames = {frame};
    return image;
}

void writeImageFile(std::filesystem::path const& path, std::function<void(DcmDataset&)> const& change)
{
    DcmFileFormat file;
    auto& dataSet = *file.getDataset();
    dataSet.putAndInsertString(DCM_SOPClassUID, UID_SecondaryCaptureImageStorage);
    dataSet.putAndInsertString(DCM_SOPInstanceUID, "1.2.3.4");
    dataSet.putAndInsertString(DCM_StudyInstanceUID, "1.2.3.5");
    dataSet.putAndInsertString(DCM_SeriesInstanceUID, "1.2.3.6");
    dataSet.putAndInsertUint16(DCM_SamplesPerPixel, 1);
    dataSet.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME2");
    dataSet.putAndInsertUint16(DCM_Rows, 2);
    dataSet.putAndInsertUint16(DCM_Columns, 2);
    dataSet.putAndInsertUint16(DCM_BitsAllocated, 8);
    dataSet.putAndInsertUint16(DCM_BitsStored, 8);
    dataSet.putAndInsertUint16(DCM_HighBit, 7);
    dataSet.putAndInsertUint16(DCM_PixelRepresentation, 0);
    Uint8 const pixels[] = {10, 20, 30, 40};
    dataSet.putAndInsertUint8Array(DCM_PixelData, pixels, 4);
    if (change)
        change(dataSet);
    if (file.saveFile(path.c_str(), EXS_LittleEndianExplicit).bad())
        throw std::runtime_error("can't write " + path.string());
}

} // namespace qianli::test
