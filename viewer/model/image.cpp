#include "viewer/model/image.h"

#include "common/dicom/character_set.h"
#include "viewer/decoding/image_file.h"
#include "viewer/model/functional_groups.h"
#include "viewer/model/graphics_reader.h"
#include "viewer/model/header_reader.h"
#include "viewer/model/lookup_table_reader.h"

namespace qianli::viewer {
namespace {

dicom::Uid uid(HeaderReader const& reader, DcmTagKey const& tag)
{
    auto found = dicom::Uid::fromPeer(reader.text(tag));
    return found ? *found : dicom::Uid();
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

// Of the image, or as multi-frame objects have it (PS3.3 C.7.6.16.2.8): of all their frames.
std::string readLaterality(HeaderReader const& reader)
{
    if (std::string const laterality = reader.text(DCM_ImageLaterality); !laterality.empty())
        return laterality;
    auto const shared = reader.item(DCM_SharedFunctionalGroupsSequence);
    auto const anatomy = shared ? shared->item(DCM_FrameAnatomySequence) : std::nullopt;
    return anatomy ? anatomy->text(DCM_FrameLaterality) : std::string();
}

void readAcquisition(HeaderReader const& reader, ImageAttributes& image)
{
    image.instanceNumber = reader.integer(DCM_InstanceNumber, 0);
    image.acquisitionNumber = reader.integer(DCM_AcquisitionNumber, 0);
    image.imageType = reader.text(DCM_ImageType);
    image.viewPosition = reader.text(DCM_ViewPosition);
    image.imageLaterality = readLaterality(reader);
    image.patientOrientation = reader.text(DCM_PatientOrientation);
    image.contentDate = reader.text(DCM_ContentDate);
    image.contentTime = reader.text(DCM_ContentTime);
    image.burnedInAnnotation = reader.text(DCM_BurnedInAnnotation) == "YES";
    image.lossy = reader.text(DCM_LossyImageCompression) == "01";
    image.exposure = {reader.number(DCM_KVP).value_or(0), reader.number(DCM_XRayTubeCurrent).value_or(0),
                      reader.number(DCM_ExposureTime).value_or(0),
                      reader.number(DCM_Exposure).value_or(reader.number(DCM_ExposureInuAs).value_or(0) / 1000)};
    image.cine = readCineTiming(reader, image.frameCount);
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
    image->stamp = file.stamp();
    image->frameCount = file.hasPixels() ? file.frameCount() : 0;
    image->missingFrames = file.missingFrames();
    if (file.pixelFormat())
        image->format = *file.pixelFormat();
    if (auto const native = file.nativePixels())
        image->nativePixels = std::make_shared<NativePixels const>(*native);
    readIdentity(reader, *image);
    readAcquisition(reader, *image);
    image->palette = readPaletteOf(reader, image->format);
    image->overlays = readOverlays(reader, image->format);
    image->shutter = readShutter(reader);
    if (auto frames = readFrames(reader, *image); !frames)
        return tl::unexpected(std::move(frames).error().at(path.filename().string()));
    return image;
}

} // namespace qianli::viewer
