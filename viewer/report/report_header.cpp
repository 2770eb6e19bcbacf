#include "viewer/report/report_header.h"

#include "common/base/file.h"
#include "common/base/text.h"
#include "common/crypto/signed_object.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"

#include <fmt/format.h>
#include <utility>

namespace qianli::viewer {

namespace {

constexpr char manufacturer[] = "Qianli";
constexpr char softwareVersion[] = "0.1.0";

std::string dicomText(std::string_view value)
{
    std::string made;
    made.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\n' && (i == 0 || value[i - 1] != '\r'))
            made += '\r';
        made += value[i];
    }
    while (!made.empty() && (made.back() == ' ' || made.back() == '\r' || made.back() == '\n' || made.back() == '\0'))
        made.pop_back();
    return made;
}

Result<void> checkIdentityPresent(model::ReportSubject const& subject, ObjectIdentity const& identity)
{
    for (auto const& [value, what] :
         {std::pair<std::string_view, std::string_view>{subject.studyUid, "Study Instance UID"},
          {subject.patientName, "patient name"},
          {subject.patientId, "patient ID"},
          {identity.sopInstanceUid, "SOP Instance UID"},
          {identity.seriesUid, "Series Instance UID"}}) {
        if (text::trim(value).empty())
            return fail(ErrorCode::InvalidInput, fmt::format("the report has no {}", what));
    }
    return {};
}

void writePatientAndStudy(ItemWriter writer, model::ReportSubject const& subject)
{
    writer.text(DCM_PatientName, subject.patientName);
    writer.text(DCM_PatientID, subject.patientId);
    if (!subject.issuerOfPatientId.empty())
        writer.text(DCM_IssuerOfPatientID, subject.issuerOfPatientId);
    writer.text(DCM_PatientBirthDate, subject.birthDate);
    writer.text(DCM_PatientSex, subject.sex);
    if (!subject.age.empty())
        writer.text(DCM_PatientAge, subject.age);
    writer.text(DCM_StudyInstanceUID, subject.studyUid);
    writer.text(DCM_StudyDate, subject.studyDate);
    writer.text(DCM_StudyTime, subject.studyTime);
    writer.text(DCM_ReferringPhysicianName, subject.referringPhysician);
    writer.text(DCM_StudyID, subject.studyId);
    writer.text(DCM_AccessionNumber, subject.accessionNumber);
    if (!subject.studyDescription.empty())
        writer.text(DCM_StudyDescription, subject.studyDescription);
    // The standard has no attribute for "the site whose study this is"; the system that gave the accession number comes
    // nearest.
    if (!subject.site.value.empty())
        writer.append(DCM_IssuerOfAccessionNumberSequence).text(DCM_LocalNamespaceEntityID, subject.site.value);
}

} // namespace

void ItemWriter::check(OFCondition const& condition, DcmTagKey const& tag)
{
    if (condition.bad())
        *state_ = fail(ErrorCode::InvalidInput, fmt::format("({:04X},{:04X}) can't be written: {}", tag.getGroup(),
                                                            tag.getElement(), condition.text()));
}

void ItemWriter::text(DcmTagKey const& tag, std::string_view value)
{
    if (!*state_)
        return;
    if (!text::isUtf8(value)) {
        *state_ = fail(ErrorCode::InvalidInput,
                       fmt::format("the value for ({:04X},{:04X}) is not UTF-8", tag.getGroup(), tag.getElement()));
        return;
    }
    std::string const made = dicomText(value);
    check(item_->putAndInsertOFStringArray(tag, OFString(made.data(), made.size())), tag);
}

void ItemWriter::number(DcmTagKey const& tag, std::uint32_t value)
{
    if (*state_)
        check(item_->putAndInsertUint32(tag, value), tag);
}

void ItemWriter::empty(DcmTagKey const& tag)
{
    if (*state_)
        check(item_->insertEmptyElement(tag), tag);
}

void ItemWriter::code(DcmTagKey const& sequence, Code const& code)
{
    ItemWriter writer = append(sequence);
    writer.text(DCM_CodeValue, code.value);
    writer.text(DCM_CodingSchemeDesignator, code.scheme);
    writer.text(DCM_CodeMeaning, code.meaning);
}

ItemWriter ItemWriter::append(DcmTagKey const& sequence)
{
    DcmItem* added = nullptr;
    if (*state_)
        check(item_->findOrCreateSequenceItem(sequence, added, -2), sequence);
    return {added, state_};
}

Result<void> writeHeader(DcmDataset& dataSet, model::Report const& report, ObjectIdentity const& identity)
{
    QIANLI_TRY(checkIdentityPresent(report.subject, identity));
    Result<void> state;
    ItemWriter writer(dataSet, state);
    std::string const date = toDicomDate(report.signedAt);
    std::string const time = toDicomTime(report.signedAt);
    writer.text(DCM_SpecificCharacterSet, "ISO_IR 192");
    writer.text(DCM_TimezoneOffsetFromUTC, toDicomOffset(report.signedAt));
    writer.text(DCM_InstanceCreationDate, date);
    writer.text(DCM_InstanceCreationTime, time);
    writer.text(DCM_SOPClassUID, identity.sopClassUid);
    writer.text(DCM_SOPInstanceUID, identity.sopInstanceUid);
    writePatientAndStudy(writer, report.subject);
    writer.text(DCM_SeriesInstanceUID, identity.seriesUid);
    writer.text(DCM_SeriesNumber, identity.seriesNumber);
    writer.text(DCM_Modality, identity.modality);
    writer.text(DCM_SeriesDate, date);
    writer.text(DCM_SeriesTime, time);
    writer.text(DCM_SeriesDescription, "影像诊断报告");
    writer.text(DCM_InstanceNumber, "1");
    writer.text(DCM_ContentDate, date);
    writer.text(DCM_ContentTime, time);
    writer.text(DCM_Manufacturer, manufacturer);
    writer.text(DCM_ManufacturerModelName, manufacturer);
    writer.text(DCM_SoftwareVersions, softwareVersion);
    if (!report.hospital.empty())
        writer.text(DCM_InstitutionName, report.hospital);
    return state;
}

Result<void> writeDataSet(DcmDataset& dataSet, ObjectIdentity const& identity, std::filesystem::path const& path)
{
    QIANLI_ASSIGN(std::string const bytes,
                  crypto::encodeDataSet(dataSet, EXS_LittleEndianExplicit, EET_ExplicitLength));
    dicom::FileMeta meta;
    meta.sopClassUid = dicom::Uid::ofKnown(identity.sopClassUid);
    meta.sopInstanceUid = dicom::Uid::ofKnown(identity.sopInstanceUid);
    meta.transferSyntaxUid = dicom::Uid::ofKnown(dicom::transfer::explicitLittle);
    return writeFileDurably(path, dicom::encodeFileMeta(meta) + bytes);
}

} // namespace qianli::viewer
