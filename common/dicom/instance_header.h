// InstanceHeader: what the index knows of one object, as UTF-8 text, made from the raw values of a scan.
#pragma once

#include "common/base/result.h"
#include "common/dicom/data_set_scan.h"
#include "common/dicom/defects.h"
#include "common/dicom/uid.h"

#include <optional>
#include <span>
#include <string>

namespace qianli::dicom {

// How the text of an object was read: the declared term of (0008,0005), and which rule decided (domain.md 4.2).
struct CharacterSetDecision {
    std::string declared; // as sent, "" when absent
    std::string used;     // "ASCII", "UTF-8", "GB18030", "ISO 2022", "ISO_IR 100", …
    int rule =
        1; // 1 ASCII, 2 escapes, 3 UTF-8, 4 declared Chinese term, 5 corrected to GB18030, 6 site policy or declared
    bool certain = true;
};

struct InstanceHeader {
    CharacterSetDecision charset;
    // Text in UTF-8, names with their '^' and '=', padding trimmed; empty when absent.
    std::string patientName, patientId, issuerOfPatientId, patientBirthDate, patientSex, patientAge;
    Uid studyUid, seriesUid, sopInstanceUid, sopClassUid;
    std::string studyDate, studyTime, accessionNumber, studyId, studyDescription, referringPhysician;
    std::string seriesNumber, seriesDescription, modality, bodyPart, laterality, seriesDate, seriesTime, protocolName,
        stationName, institutionName, manufacturer;
    std::string instanceNumber, imagePosition, imageOrientation, rows, columns, numberOfFrames, contentDate,
        contentTime, acquisitionNumber, imageType, transferSyntaxUid;
    std::string otherPatientIds, imagesInAcquisition, acquisitionDate, acquisitionTime, timezone;
    Defects defects = 0;
};

// The tags that toInstanceHeader() reads: give them to the scanner.
std::span<Tag const> instanceHeaderTags();

// How the text of a scanned object is to be read: by all kept text values together.
CharacterSetDecision decideCharacterSet(DataSetHeader const& header, std::string_view sitePolicy);

// InvalidInput naming the attribute when Study, Series or SOP Instance UID or SOP Class UID is missing, empty or
// unusable (R07). `siteCharset`: what the site's devices mean when they declare nothing or lie ("GB18030", …; "" for
// none).
Result<InstanceHeader> toInstanceHeader(DataSetHeader const& header, Uid const& transferSyntax,
                                        std::string_view siteCharset);

} // namespace qianli::dicom
