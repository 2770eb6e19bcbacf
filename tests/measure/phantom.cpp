#include "tests/measure/phantom.h"

#include "viewer/decoding/pixel_decoder.h"
#include "viewer/model/measurement_text.h"

#include <stdexcept>

namespace qianli::test {

using namespace viewer;

namespace {

template <typename T>
T orThrow(Result<T> result)
{
    if (!result)
        throw std::runtime_error(result.error().message);
    return *std::move(result);
}

} // namespace

void writePhantom(PhantomWish const& wish, std::filesystem::path const& path, int instance)
{
    DcmFileFormat file;
    auto& data = *file.getDataset();
    data.putAndInsertString(DCM_SOPClassUID, wish.sopClass);
    data.putAndInsertString(DCM_SOPInstanceUID, ("2.25.4001." + std::to_string(instance)).c_str());
    data.putAndInsertString(DCM_InstanceNumber, std::to_string(instance).c_str());
    data.putAndInsertString(DCM_PatientName, "Phantom");
    data.putAndInsertString(DCM_PatientID, "P1");
    data.putAndInsertString(DCM_StudyInstanceUID, "2.25.4002");
    data.putAndInsertString(DCM_SeriesInstanceUID, "2.25.4003");
    data.putAndInsertString(DCM_Modality, wish.modality);
    data.putAndInsertUint16(DCM_SamplesPerPixel, 1);
    data.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME2");
    data.putAndInsertUint16(DCM_Rows, wish.rows);
    data.putAndInsertUint16(DCM_Columns, wish.columns);
    data.putAndInsertUint16(DCM_BitsAllocated, 16);
    data.putAndInsertUint16(DCM_BitsStored, 16);
    data.putAndInsertUint16(DCM_HighBit, 15);
    data.putAndInsertUint16(DCM_PixelRepresentation, 0);
    std::vector<Uint16> pixels;
    for (int row = 0; row < wish.rows; ++row)
        for (int column = 0; column < wish.columns; ++column)
            pixels.push_back(static_cast<Uint16>(wish.stored(column, row)));
    data.putAndInsertUint16Array(DCM_PixelData, pixels.data(), pixels.size());
    if (wish.change)
        wish.change(data);
    if (file.saveFile(path.c_str(), EXS_LittleEndianExplicit).bad())
        throw std::runtime_error("can't write the phantom");
}

Phantom makePhantom(PhantomWish const& wish)
{
    TemporaryFolder const folder;
    auto const path = folder / "phantom.dcm";
    writePhantom(wish, path);
    auto const image = orThrow(loadImageAttributes(path));
    auto const frame = orThrow(makeLocalDecoder()->decode(path, 0));
    return {image, orThrow(preparePixels(frame, *image))};
}

Measurement onPhantom(Phantom const& phantom, MeasurementKind kind, std::vector<QPointF> points)
{
    Measurement measurement;
    measurement.kind = kind;
    measurement.sopInstanceUid = phantom.image->sopInstanceUid.value();
    measurement.points = std::move(points);
    return measurement;
}

MeasuredValues measured(Phantom const& phantom, Measurement const& measurement)
{
    return measure(measurement, *phantom.image, phantom.pixels.get(), std::nullopt);
}

std::string wordsOf(Phantom const& phantom, Measurement const& measurement, std::vector<Measurement> const& all)
{
    auto const own = ownSpacing(all, *phantom.image, measurement.frame);
    auto const values = measure(measurement, *phantom.image, phantom.pixels.get(), own);
    QString const unit = QString::fromStdString(valueUnit(*phantom.image, phantom.frame().grey));
    return measurementText(measurement, values, unit, Language::Chinese).join('\n').toStdString();
}

} // namespace qianli::test
