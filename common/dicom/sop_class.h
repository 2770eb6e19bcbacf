// SOP classes and transfer syntaxes: which abstract syntaxes are storage, which transfer syntaxes we take.
#pragma once

#include "common/dicom/uid.h"

#include <span>
#include <string_view>

namespace qianli::dicom {

namespace sop {
inline constexpr char verification[] = "1.2.840.10008.1.1";
inline constexpr char basicTextSr[] = "1.2.840.10008.5.1.4.1.1.88.11";
inline constexpr char encapsulatedPdf[] = "1.2.840.10008.5.1.4.1.1.104.1";
inline constexpr char secondaryCapture[] = "1.2.840.10008.5.1.4.1.1.7";
inline constexpr char patientRootFind[] = "1.2.840.10008.5.1.4.1.2.1.1";
inline constexpr char patientRootMove[] = "1.2.840.10008.5.1.4.1.2.1.2";
inline constexpr char patientRootGet[] = "1.2.840.10008.5.1.4.1.2.1.3";
inline constexpr char studyRootFind[] = "1.2.840.10008.5.1.4.1.2.2.1";
inline constexpr char studyRootMove[] = "1.2.840.10008.5.1.4.1.2.2.2";
inline constexpr char studyRootGet[] = "1.2.840.10008.5.1.4.1.2.2.3";
} // namespace sop

namespace transfer {
inline constexpr char implicitLittle[] = "1.2.840.10008.1.2";
inline constexpr char explicitLittle[] = "1.2.840.10008.1.2.1";
inline constexpr char deflatedLittle[] = "1.2.840.10008.1.2.1.99";
inline constexpr char explicitBig[] = "1.2.840.10008.1.2.2";
} // namespace transfer

struct StorageClass {
    enum class Content { Image, Other };
    std::string_view uid;
    std::string_view name;
    std::string_view modality; // what such an object usually is, for messages
    bool retired = false;
    Content content = Content::Image; // Other: no rows and columns of its own
};

// Every storage SOP class of PS3.4 Annex B.5 and the retired ones of B.6.
std::span<StorageClass const> storageClasses();

// True for the classes above and for any abstract syntax that PS3.6 does not list as another service (private and
// future classes).
bool isStorageAbstractSyntax(Uid const& abstractSyntax);
// SR, presentation states, key objects, encapsulated documents: objects that are no images.
bool isImageStorage(Uid const& sopClass);

// Of the classes in the table only.
bool isListedImageStorage(Uid const& sopClass);
// What an object of a listed class usually is ("CT"); "" for the others.
std::string_view usualModality(Uid const& sopClass);

// Every transfer syntax whose data set holds its own pixels, private ones too; not JPIP Referenced (PS3.5 A.6, A.9) nor
// SMPTE ST 2110 (A.8 …).
bool isAcceptedTransferSyntax(Uid const& transferSyntax);
// Not of the standard: how its data sets are written is known to its maker.
bool isPrivateTransferSyntax(Uid const& transferSyntax);
// Data sets in it are pixel-encapsulated (undefined length pixel data).
bool isEncapsulated(Uid const& transferSyntax);

} // namespace qianli::dicom
