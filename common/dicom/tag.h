// Tag: a DICOM attribute's group and element as one comparable value; the ones our own code names.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace qianli::dicom {

struct Tag {
    std::uint16_t group = 0;
    std::uint16_t element = 0;
    auto operator<=>(Tag const&) const = default;
    constexpr std::uint32_t key() const { return (static_cast<std::uint32_t>(group) << 16) | element; }
};

// "(0010,0010)"
std::string toString(Tag tag);

namespace tag {
inline constexpr Tag specificCharacterSet{0x0008, 0x0005};
inline constexpr Tag imageType{0x0008, 0x0008};
inline constexpr Tag sopClassUid{0x0008, 0x0016};
inline constexpr Tag sopInstanceUid{0x0008, 0x0018};
inline constexpr Tag studyDate{0x0008, 0x0020};
inline constexpr Tag seriesDate{0x0008, 0x0021};
inline constexpr Tag acquisitionDate{0x0008, 0x0022};
inline constexpr Tag contentDate{0x0008, 0x0023};
inline constexpr Tag studyTime{0x0008, 0x0030};
inline constexpr Tag seriesTime{0x0008, 0x0031};
inline constexpr Tag acquisitionTime{0x0008, 0x0032};
inline constexpr Tag contentTime{0x0008, 0x0033};
inline constexpr Tag accessionNumber{0x0008, 0x0050};
inline constexpr Tag queryRetrieveLevel{0x0008, 0x0052};
inline constexpr Tag modality{0x0008, 0x0060};
inline constexpr Tag modalitiesInStudy{0x0008, 0x0061};
inline constexpr Tag manufacturer{0x0008, 0x0070};
inline constexpr Tag institutionName{0x0008, 0x0080};
inline constexpr Tag referringPhysicianName{0x0008, 0x0090};
inline constexpr Tag timezoneOffset{0x0008, 0x0201};
inline constexpr Tag stationName{0x0008, 0x1010};
inline constexpr Tag studyDescription{0x0008, 0x1030};
inline constexpr Tag seriesDescription{0x0008, 0x103E};
inline constexpr Tag patientName{0x0010, 0x0010};
inline constexpr Tag patientId{0x0010, 0x0020};
inline constexpr Tag issuerOfPatientId{0x0010, 0x0021};
inline constexpr Tag patientBirthDate{0x0010, 0x0030};
inline constexpr Tag patientSex{0x0010, 0x0040};
inline constexpr Tag otherPatientIds{0x0010, 0x1000};
inline constexpr Tag patientAge{0x0010, 0x1010};
inline constexpr Tag bodyPartExamined{0x0018, 0x0015};
inline constexpr Tag protocolName{0x0018, 0x1030};
inline constexpr Tag studyInstanceUid{0x0020, 0x000D};
inline constexpr Tag seriesInstanceUid{0x0020, 0x000E};
inline constexpr Tag studyId{0x0020, 0x0010};
inline constexpr Tag seriesNumber{0x0020, 0x0011};
inline constexpr Tag acquisitionNumber{0x0020, 0x0012};
inline constexpr Tag instanceNumber{0x0020, 0x0013};
inline constexpr Tag imagePosition{0x0020, 0x0032};
inline constexpr Tag imageOrientation{0x0020, 0x0037};
inline constexpr Tag imagesInAcquisition{0x0020, 0x1002};
inline constexpr Tag laterality{0x0020, 0x0060};
inline constexpr Tag imageLaterality{0x0020, 0x0062};
inline constexpr Tag numberOfFrames{0x0028, 0x0008};
inline constexpr Tag rows{0x0028, 0x0010};
inline constexpr Tag columns{0x0028, 0x0011};
inline constexpr Tag floatPixelData{0x7FE0, 0x0008};
inline constexpr Tag doubleFloatPixelData{0x7FE0, 0x0009};
inline constexpr Tag pixelData{0x7FE0, 0x0010};
inline constexpr Tag item{0xFFFE, 0xE000};
inline constexpr Tag itemDelimitation{0xFFFE, 0xE00D};
inline constexpr Tag sequenceDelimitation{0xFFFE, 0xE0DD};
} // namespace tag

} // namespace qianli::dicom
