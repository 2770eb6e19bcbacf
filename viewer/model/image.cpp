#include "viewer/model/image.h"

#include "common/dicom/character_set.h"
#include "viewer/decoding/image_file.h"
#include "viewer/model/header_reader.h"
#include "viewer/model/lookup_table_reader.h"

#include <algorithm>
#include <set>

namespace qianli::viewer {
namespace {

dicom::Uid uid(HeaderReader const& reader, DcmTagKey const& tag)
{
    auto found = dicom::Uid::fromPeer(reader.text(tag));
    return found ? *found : dicom::Uid();
}

std::optional<Vector3> vectorAt(std::vector<double> const& values, std::size_t from)
{
    if (values.size() < from + 3)
        return std::nullopt;
    return Vector3{values[from], values[from + 1], values[from + 2]};
}

// Only a position together with two unit vectors at right angles is a plane.
std::optional<ImagePlane> makePlane(std::vector<double> const& position, std::vector<double> const& orientation)
{
    auto const at = vectorAt(position, 0);
    auto const row = vectorAt(orientation, 0);
    auto const column = vectorAt(orientation, 3);
    if (!at || !row || !column || std::abs(length(*row) - 1) > 0.01 || std::abs(length(*column) - 1) > 0.01 ||
        std::abs(dot(*row, *column)) > 0.01)
        return std::nullopt;
    return ImagePlane{*at, *row * (1 / length(*row)), *column * (1 / length(*column))};
}

std::optional<PixelSpacing> spacingOf(HeaderReader const& reader, DcmTagKey const& tag, SpacingOrigin origin)
{
    auto const values = reader.numbers(tag);
    if (values.size() < 2 || values[0] <= 0 || values[1] <= 0)
        return std::nullopt;
    return PixelSpacing{values[0], values[1], origin};
}

bool isProjection(std::string const& modality)
{
    static std::set<std::string> const projections{"CR", "DX", "MG", "XA", "RF", "IO", "PX", "RG"};
    return projections.contains(modality);
}

std::optional<PixelSpacing> ultrasoundSpacing(HeaderReader const& reader)
{
    // More than one region means more than one scale on the picture.
    if (reader.items(DCM_SequenceOfUltrasoundRegions) != 1)
        return std::nullopt;
    auto const region = reader.item(DCM_SequenceOfUltrasoundRegions);
    constexpr int centimetres = 3;
    if (!region || region->integer(DCM_PhysicalUnitsXDirection, 0) != centimetres ||
        region->integer(DCM_PhysicalUnitsYDirection, 0) != centimetres)
        return std::nullopt;
    double const x = std::abs(region->number(DCM_PhysicalDeltaX).value_or(0)) * 10;
    double const y = std::abs(region->number(DCM_PhysicalDeltaY).value_or(0)) * 10;
    if (x <= 0 || y <= 0)
        return std::nullopt;
    return PixelSpacing{y, x, SpacingOrigin::UltrasoundRegion};
}

// Which of the many spacings holds, and what it measures (PS3.3 10.7.1.3).
std::optional<PixelSpacing> readSpacing(HeaderReader const& reader, std::string const& modality)
{
    auto const pixel = spacingOf(reader, DCM_PixelSpacing, SpacingOrigin::Patient);
    auto const imager = spacingOf(reader, DCM_ImagerPixelSpacing, SpacingOrigin::Detector);
    if (pixel) {
        bool const calibrated = !reader.text(DCM_PixelSpacingCalibrationType).empty();
        bool const sameAsDetector = imager && std::abs(pixel->betweenRows - imager->betweenRows) < 1e-6;
        auto found = *pixel;
        if (!calibrated && (sameAsDetector || (isProjection(modality) && !imager)))
            found.origin = SpacingOrigin::Detector;
        return found;
    }
    if (imager)
        return imager;
    if (auto const scanned = spacingOf(reader, DCM_NominalScannedPixelSpacing, SpacingOrigin::NominalScanned))
        return scanned;
    return ultrasoundSpacing(reader);
}

double readAspect(HeaderReader const& reader, std::optional<PixelSpacing> const& spacing)
{
    double aspect = 1;
    if (auto const ratio = reader.numbers(DCM_PixelAspectRatio); ratio.size() == 2 && ratio[0] > 0 && ratio[1] > 0)
        aspect = ratio[0] / ratio[1];
    else if (spacing)
        aspect = spacing->betweenRows / spacing->betweenColumns;
    return std::clamp(aspect, 0.02, 50.0);
}

void readRescale(HeaderReader const& reader, GreyScale& grey)
{
    if (auto const slope = reader.number(DCM_RescaleSlope); slope && *slope != 0)
        grey.slope = *slope;
    grey.intercept = reader.number(DCM_RescaleIntercept).value_or(grey.intercept);
    if (auto type = reader.text(DCM_RescaleType); !type.empty())
        grey.rescaleType = std::move(type);
}

std::vector<std::string> textParts(std::string const& text)
{
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        auto const end = std::min(text.find('\\', at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

void readWindows(HeaderReader const& reader, GreyScale& grey)
{
    auto const centers = reader.numbers(DCM_WindowCenter);
    auto const widths = reader.numbers(DCM_WindowWidth);
    auto const names = textParts(reader.text(DCM_WindowCenterWidthExplanation));
    std::string const function = reader.text(DCM_VOILUTFunction);
    grey.function = function == "SIGMOID"        ? VoiFunction::Sigmoid
                    : function == "LINEAR_EXACT" ? VoiFunction::LinearExact
                                                 : VoiFunction::Linear;
    double const narrowest = grey.function == VoiFunction::Linear ? 1 : 1e-9;
    std::vector<Window> windows;
    for (std::size_t i = 0; i < std::min(centers.size(), widths.size()); ++i)
        if (widths[i] >= narrowest)
            windows.push_back({centers[i], widths[i], i < names.size() ? names[i] : std::string()});
    if (!windows.empty())
        grey.windows = std::move(windows);
}

std::int64_t storedValue(std::uint16_t word, PixelFormat const& format)
{
    return format.signedness == Signedness::Signed ? static_cast<std::int16_t>(word) : static_cast<std::int64_t>(word);
}

void readPadding(HeaderReader const& reader, PixelFormat const& format, GreyScale& grey)
{
    auto const value = reader.words(DCM_PixelPaddingValue);
    if (value.empty() || format.samplesPerPixel != 1)
        return;
    auto const limit = reader.words(DCM_PixelPaddingRangeLimit);
    std::int64_t const a = storedValue(value.front(), format);
    std::int64_t const b = limit.empty() ? a : storedValue(limit.front(), format);
    grey.padding = PaddingRange{std::min(a, b), std::max(a, b)};
}

GreyScale readGreyScale(HeaderReader const& reader, PixelFormat const& format)
{
    GreyScale grey;
    bool const isSigned = format.signedness == Signedness::Signed;
    readRescale(reader, grey);
    if (auto const item = reader.item(DCM_ModalityLUTSequence)) {
        grey.modalityLut = readLookupTable(*item, isSigned);
        if (auto type = item->text(DCM_ModalityLUTType); !type.empty())
            grey.rescaleType = std::move(type);
    }
    readWindows(reader, grey);
    // The input of a VOI LUT is what the Modality LUT gives, which may be negative for unsigned pixels too.
    bool const signedVoi = grey.modalityLut.empty() && (isSigned || grey.intercept < 0);
    for (std::size_t i = 0; i < reader.items(DCM_VOILUTSequence); ++i)
        if (auto const item = reader.item(DCM_VOILUTSequence, i))
            if (auto lut = readLookupTable(*item, signedVoi); !lut.empty())
                grey.voiLuts.push_back(std::move(lut));
    readPadding(reader, format, grey);
    grey.inverse = format.photometric == "MONOCHROME1" || reader.text(DCM_PresentationLUTShape) == "INVERSE";
    return grey;
}

// What one item of the functional groups says over what is known so far (PS3.3 C.7.6.16).
void applyGroups(HeaderReader const& groups, FrameAttributes& frame, std::vector<double>& position,
                 std::vector<double>& orientation)
{
    if (auto const item = groups.item(DCM_PlanePositionSequence))
        position = item->numbers(DCM_ImagePositionPatient);
    if (auto const item = groups.item(DCM_PlaneOrientationSequence))
        orientation = item->numbers(DCM_ImageOrientationPatient);
    if (auto const item = groups.item(DCM_PixelMeasuresSequence)) {
        if (auto const spacing = spacingOf(*item, DCM_PixelSpacing, SpacingOrigin::Patient)) {
            frame.spacing = spacing;
            frame.pixelAspect = std::clamp(spacing->betweenRows / spacing->betweenColumns, 0.02, 50.0);
        }
        frame.sliceThickness = item->number(DCM_SliceThickness).value_or(frame.sliceThickness);
    }
    if (auto const item = groups.item(DCM_PixelValueTransformationSequence))
        readRescale(*item, frame.grey);
    if (auto const item = groups.item(DCM_FrameVOILUTSequence))
        readWindows(*item, frame.grey);
}

// Every frame carries its grey scale whole: tables that a small file repeats over a million frames are no picture.
constexpr std::size_t largestTables = 256 << 20; // bytes

std::size_t tableBytes(GreyScale const& grey)
{
    std::size_t entries = grey.modalityLut.entries.size();
    for (auto const& lut : grey.voiLuts)
        entries += lut.entries.size();
    return entries * sizeof(std::uint16_t);
}

Result<void> readFrames(HeaderReader const& reader, ImageAttributes& image)
{
    FrameAttributes common;
    auto position = reader.numbers(DCM_ImagePositionPatient);
    auto orientation = reader.numbers(DCM_ImageOrientationPatient);
    common.spacing = readSpacing(reader, image.series.modality);
    common.pixelAspect = readAspect(reader, common.spacing);
    common.sliceThickness = reader.number(DCM_SliceThickness).value_or(0);
    common.grey = readGreyScale(reader, image.format);
    if (auto const shared = reader.item(DCM_SharedFunctionalGroupsSequence))
        applyGroups(*shared, common, position, orientation);
    std::size_t const perFrame =
        std::min<std::size_t>(reader.items(DCM_PerFrameFunctionalGroupsSequence), image.frameCount);
    if ((tableBytes(common.grey) + sizeof(FrameAttributes)) * perFrame > largestTables)
        return fail(ErrorCode::LimitExceeded,
                    "the look-up tables of " + std::to_string(perFrame) + " frames are too large");
    for (std::size_t i = 0; i < perFrame; ++i) {
        auto frame = common;
        auto framePosition = position;
        auto frameOrientation = orientation;
        if (auto const groups = reader.item(DCM_PerFrameFunctionalGroupsSequence, i))
            applyGroups(*groups, frame, framePosition, frameOrientation);
        frame.plane = makePlane(framePosition, frameOrientation);
        image.frames.push_back(std::move(frame));
    }
    if (image.frames.empty()) {
        common.plane = makePlane(position, orientation);
        image.frames.push_back(std::move(common));
    }
    return {};
}

void readIdentity(HeaderReader const& reader, ImageAttributes& image)
{
    auto const& read = reader.charset();
    image.text = {read.declared, read.used, read.rule, dicom::isCorrected(read), read.certain};
    image.sopInstanceUid = uid(reader, DCM_SOPInstanceUID);
    image.sopClassUid = uid(reader, DCM_SOPClassUID);
    image.frameOfReferenceUid = uid(reader, DCM_FrameOfReferenceUID);
    image.patient = {reader.text(DCM_PatientName), reader.text(DCM_PatientID), reader.text(DCM_PatientSex),
                     reader.text(DCM_PatientBirthDate), reader.text(DCM_PatientAge)};
    image.study.uid = uid(reader, DCM_StudyInstanceUID);
    image.study.id = reader.text(DCM_StudyID);
    image.study.date = reader.text(DCM_StudyDate);
    image.study.time = reader.text(DCM_StudyTime);
    image.study.accessionNumber = reader.text(DCM_AccessionNumber);
    image.study.description = reader.text(DCM_StudyDescription);
    image.study.institution = reader.text(DCM_InstitutionName);
    image.series.uid = uid(reader, DCM_SeriesInstanceUID);
    image.series.number = reader.integer(DCM_SeriesNumber, 0);
    image.series.description = reader.text(DCM_SeriesDescription);
    image.series.modality = reader.text(DCM_Modality);
    image.series.bodyPart = reader.text(DCM_BodyPartExamined);
    image.series.laterality = reader.text(DCM_Laterality);
    image.series.protocol = reader.text(DCM_ProtocolName);
    image.series.date = reader.text(DCM_SeriesDate);
    image.series.time = reader.text(DCM_SeriesTime);
}

void readAcquisition(HeaderReader const& reader, ImageAttributes& image)
{
    image.instanceNumber = reader.integer(DCM_InstanceNumber, 0);
    image.acquisitionNumber = reader.integer(DCM_AcquisitionNumber, 0);
    image.imageType = reader.text(DCM_ImageType);
    image.viewPosition = reader.text(DCM_ViewPosition);
    image.imageLaterality = reader.text(DCM_ImageLaterality);
    image.patientOrientation = reader.text(DCM_PatientOrientation);
    image.contentDate = reader.text(DCM_ContentDate);
    image.contentTime = reader.text(DCM_ContentTime);
    image.burnedInAnnotation = reader.text(DCM_BurnedInAnnotation) == "YES";
    image.lossy = reader.text(DCM_LossyImageCompression) == "01";
    image.exposure = {reader.number(DCM_KVP).value_or(0), reader.number(DCM_XRayTubeCurrent).value_or(0),
                      reader.number(DCM_ExposureTime).value_or(0),
                      reader.number(DCM_Exposure).value_or(reader.number(DCM_ExposureInuAs).value_or(0) / 1000)};
    if (auto const frameTime = reader.number(DCM_FrameTime); frameTime && *frameTime > 0)
        image.framesPerSecond = 1000 / *frameTime;
    for (auto const& tag : {DCM_CineRate, DCM_RecommendedDisplayFrameRate})
        if (auto const rate = reader.number(tag); rate && *rate > 0)
            image.framesPerSecond = *rate;
}

} // namespace

Result<std::shared_ptr<ImageAttributes const>> loadImageAttributes(std::filesystem::path const& path)
{
    auto opened = ImageFile::open(path);
    if (!opened)
        return tl::unexpected(std::move(opened).error().at(path.filename().string()));
    auto const& file = **opened;
    HeaderReader const reader(file.header());
    auto image = std::make_shared<ImageAttributes>();
    image->file = path;
    image->transferSyntaxUid = file.transferSyntax();
    image->frameCount = file.hasPixels() ? file.frameCount() : 0;
    if (file.pixelFormat())
        image->format = *file.pixelFormat();
    readIdentity(reader, *image);
    readAcquisition(reader, *image);
    if (image->format.photometric == "PALETTE COLOR")
        image->palette = readPalette(reader, image->format.signedness == Signedness::Signed);
    if (auto read = readFrames(reader, *image); !read)
        return tl::unexpected(std::move(read).error().at(path.filename().string()));
    return image;
}

} // namespace qianli::viewer
