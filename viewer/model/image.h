// ImageAttributes: everything the viewer knows of one object besides its pixels; plain values, text in UTF-8.
#pragma once

#include "common/base/result.h"
#include "common/dicom/uid.h"
#include "viewer/decoding/decoded_frame.h"
#include "viewer/decoding/pixel_decoder.h"
#include "viewer/model/cine_timing.h"
#include "viewer/model/geometry.h"
#include "viewer/model/grey_scale.h"
#include "viewer/model/overlay_plane.h"
#include "viewer/model/slice_description.h"
#include "viewer/model/ultrasound_region.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qianli::viewer {

enum class Language { Chinese, English };

struct PatientIdentity {
    std::string name;                    // with '^' and '=' as in the object; see displayName()
    std::string id, sex, birthDate, age; // "M", "19680102", "058Y"
};

struct StudyIdentity {
    dicom::Uid uid;
    std::string id, date, time, accessionNumber, description, institution;
};

struct SeriesIdentity {
    dicom::Uid uid;
    std::int32_t number = 0;
    std::string description, modality, bodyPart, laterality, protocol, date, time;
};

struct Exposure { // empty or 0: not said
    double kvp = 0, tubeCurrent = 0, exposureTime = 0, mas = 0;
};

// What may differ from frame to frame of an enhanced object; for all others there is one for every frame.
struct FrameAttributes {
    std::optional<ImagePlane> plane;
    std::optional<PixelSpacing> spacing;
    // Of an ultrasound picture, whose parts have scales of their own; null: none.
    std::shared_ptr<std::vector<UltrasoundRegion> const> regions;
    double pixelAspect = 1;    // height of a pixel by its width, from the spacing or Pixel Aspect Ratio (0028,0034)
    double sliceThickness = 0; // mm; 0: not said
    GreyScale grey;
    SliceDescription description;
    bool inPatient = true; // the plane's axes are the patient's, not those of an ultrasound volume
};

struct Palette {
    LookupTable red, green, blue;
    bool isSupplemental = false; // for the stored values from the tables' first on; below, the picture is grey
    bool empty() const { return red.empty(); }
};

// How the object's text was read (domain.md 4.2).
struct TextReading {
    std::string declared, used; // "ISO_IR 100", "GB18030"
    int rule = 1;
    bool corrected = false; // otherwise than declared
    bool certain = true;
};

struct ImageAttributes {
    std::filesystem::path file;
    std::optional<FileStamp> stamp; // of the file that was read
    TextReading text;
    dicom::Uid sopInstanceUid, sopClassUid, transferSyntaxUid, frameOfReferenceUid;
    PatientIdentity patient;
    StudyIdentity study;
    SeriesIdentity series;
    Exposure exposure;
    std::int32_t instanceNumber = 0;
    std::int32_t acquisitionNumber = 0;
    std::string imageType;                                         // "ORIGINAL\PRIMARY\LOCALIZER"
    std::string viewPosition, imageLaterality, patientOrientation; // "PA", "L", "L\F"
    std::string contentDate, contentTime;
    bool burnedInAnnotation = false;
    bool lossy = false; // (0028,2110): was compressed with loss once
    CineTiming cine;
    std::uint32_t frameCount = 1;                     // 0: an object without pixels (SR, PDF, presentation state)
    std::uint64_t missingFrames = 0;                  // that the object declares and its pixel data doesn't hold
    PixelFormat format;                               // as stored
    std::shared_ptr<NativePixels const> nativePixels; // where they lie uncompressed; null: only a decoder knows
    Palette palette;
    std::vector<OverlayPlane> overlays;
    std::optional<DisplayShutter> shutter;
    std::vector<FrameAttributes> frames; // at least one
    // Of the frames behind a list of per-frame items that is too short: what all share, and no place.
    std::shared_ptr<FrameAttributes const> undescribed;

    FrameAttributes const& frame(std::uint32_t index) const
    {
        return index < frames.size() ? frames[index] : undescribed ? *undescribed : frames.front();
    }
    // What a PixelDecoder is asked with.
    FrameSource source() const { return {file, nativePixels, frameCount == 0 ? 0 : format.sampleCount(), stamp}; }
    bool isLocalizer() const { return imageType.find("LOCALIZER") != std::string::npos; }
};

// Reads the attributes of a file. InvalidInput when it is no DICOM file or malformed. An object without pixels is no
// error.
Result<std::shared_ptr<ImageAttributes const>> loadImageAttributes(std::filesystem::path const& file);

// By ID and name together: two institutions may give the same number to two people, and many devices give none.
bool isSamePatient(PatientIdentity const& one, PatientIdentity const& other);

// The name for the screen: the ideographic group where there is one, without '^' and '='. "Zhang^Bing=张^昞" → "张昞".
std::string displayName(std::string const& personName);
// "58岁", "3个月": from birth date to study date; as the device says ("058Y") where that can't be; "" when neither is.
std::string displayAge(PatientIdentity const& patient, std::string const& studyDate,
                       Language language = Language::Chinese);
// What the device says where the birth date says otherwise.
std::string otherAge(PatientIdentity const& patient, std::string const& studyDate,
                     Language language = Language::Chinese);

} // namespace qianli::viewer
