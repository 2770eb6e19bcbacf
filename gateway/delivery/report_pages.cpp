#include "gateway/delivery/report_pages.h"

#include "common/dicom/parsed_data_set.h"
#include "common/dicom/sop_class.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dctk.h>

#include <fmt/format.h>

namespace qianli::gateway {

namespace {

// Patient, General Study and the times, as they stand in the PDF object (PS3.3 C.7.1.1, C.7.2.1).
DcmTagKey const copied[] = {DCM_SpecificCharacterSet,
                            DCM_TimezoneOffsetFromUTC,
                            DCM_StudyDate,
                            DCM_StudyTime,
                            DCM_ContentDate,
                            DCM_ContentTime,
                            DCM_AccessionNumber,
                            DCM_ReferringPhysicianName,
                            DCM_StudyDescription,
                            DCM_InstitutionName,
                            DCM_PatientName,
                            DCM_PatientID,
                            DCM_IssuerOfPatientID,
                            DCM_PatientBirthDate,
                            DCM_PatientSex,
                            DCM_PatientAge,
                            DCM_StudyInstanceUID,
                            DCM_StudyID};

OFCondition copyFrom(DcmDataset& source, DcmDataset& target)
{
    for (auto const& tag : copied) {
        DcmElement* element = nullptr;
        if (source.findAndGetElement(tag, element, OFFalse, OFTrue).bad() || !element)
            continue;
        if (auto const inserted = target.insert(element, OFTrue); inserted.bad()) {
            delete element; // still ours when it was not taken
            return inserted;
        }
    }
    return EC_Normal;
}

class Writer {
public:
    explicit Writer(DcmDataset& dataset) : dataset_(dataset) {}
    void text(DcmTagKey const& tag, std::string const& value) { keep(dataset_.putAndInsertString(tag, value.c_str())); }
    void number(DcmTagKey const& tag, std::uint16_t value) { keep(dataset_.putAndInsertUint16(tag, value)); }
    void pixels(std::vector<std::uint8_t> bytes)
    {
        if (bytes.size() % 2 != 0)
            bytes.push_back(0);
        keep(dataset_.putAndInsertUint8Array(DCM_PixelData, bytes.data(), bytes.size()));
    }
    void keep(OFCondition const& condition)
    {
        if (condition_.good())
            condition_ = condition;
    }
    OFCondition const& condition() const { return condition_; }

private:
    DcmDataset& dataset_;
    OFCondition condition_ = EC_Normal;
};

void writePixelModule(Writer& writer, PageImage const& image)
{
    writer.number(DCM_SamplesPerPixel, image.colour ? 3 : 1);
    writer.text(DCM_PhotometricInterpretation, image.colour ? "RGB" : "MONOCHROME2");
    if (image.colour)
        writer.number(DCM_PlanarConfiguration, 0);
    writer.number(DCM_Rows, image.rows);
    writer.number(DCM_Columns, image.columns);
    writer.number(DCM_BitsAllocated, 8);
    writer.number(DCM_BitsStored, 8);
    writer.number(DCM_HighBit, 7);
    writer.number(DCM_PixelRepresentation, 0);
    if (!image.colour) {
        writer.text(DCM_WindowCenter, "128");
        writer.text(DCM_WindowWidth, "256");
    }
    writer.pixels(image.pixels);
}

// Secondary Capture Image (PS3.3 A.8.1): everybody who shows images shows it.
void writeIdentity(Writer& writer, std::string const& pdfUid, std::size_t number, dicom::Uid const& sopInstance)
{
    writer.text(DCM_SOPClassUID, dicom::sop::secondaryCapture);
    writer.text(DCM_SOPInstanceUID, sopInstance.value());
    writer.text(DCM_SeriesInstanceUID, dicom::Uid::derivedFrom("series of the pages of " + pdfUid).value());
    writer.text(DCM_SeriesNumber, "9900");
    writer.text(DCM_SeriesDescription, "Report pages");
    writer.text(DCM_InstanceNumber, fmt::format("{}", number + 1));
    writer.text(DCM_Modality, "OT");
    writer.text(DCM_Manufacturer, "Qianli");
    writer.text(DCM_ConversionType, "WSD");
    writer.text(DCM_ImageType, "DERIVED\\SECONDARY");
    writer.text(DCM_PatientOrientation, "");
    writer.text(DCM_Laterality, "");
    writer.text(DCM_BurnedInAnnotation, "YES"); // the page shows whom it is about
}

Result<std::vector<std::uint8_t>> encode(DcmDataset& dataset, dicom::Uid const& transferSyntax)
{
    auto const syntax =
        transferSyntax.value() == dicom::transfer::implicitLittle ? EXS_LittleEndianImplicit : EXS_LittleEndianExplicit;
    std::vector<std::uint8_t> bytes(dataset.calcElementLength(syntax, EET_ExplicitLength) + 4096);
    DcmOutputBufferStream stream(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    dataset.transferInit();
    auto const written = dataset.write(stream, syntax, EET_ExplicitLength, nullptr);
    dataset.transferEnd();
    if (written.bad())
        return fail(ErrorCode::Internal, std::string("encoding a page: ") + written.text());
    void* buffer = nullptr;
    offile_off_t length = 0;
    stream.flushBuffer(buffer, length);
    bytes.resize(static_cast<std::size_t>(length));
    return bytes;
}

Result<std::string> documentOf(DcmDataset& dataset)
{
    Uint8 const* bytes = nullptr;
    unsigned long length = 0;
    if (dataset.findAndGetUint8Array(DCM_EncapsulatedDocument, bytes, &length).bad() || !bytes)
        return fail(ErrorCode::InvalidInput, "the object holds no document");
    Uint32 announced = 0;
    // Without the padding, where the object says how long the document is (PS3.3 C.24.2).
    if (dataset.findAndGetUint32(DCM_EncapsulatedDocumentLength, announced).good() && announced <= length)
        length = announced;
    return std::string(bytes, bytes + length);
}

} // namespace

ReportPages::ReportPages(std::unique_ptr<DcmDataset> pdfObject, std::vector<PageImage> images)
    : pdfObject_(std::move(pdfObject)), images_(std::move(images))
{
}
ReportPages::ReportPages(ReportPages&&) noexcept = default;
ReportPages::~ReportPages() = default;

Result<ReportPages> ReportPages::draw(std::filesystem::path const& pdfObject, PageWorker const& worker)
{
    auto parsed = dicom::loadScanned(pdfObject);
    if (!parsed)
        return fail(parsed.error().code,
                    fmt::format("the stored PDF object can't be read: {}", parsed.error().message));
    auto dataset = std::make_unique<DcmDataset>(parsed->dataset());
    QIANLI_ASSIGN(auto const document, documentOf(*dataset));
    QIANLI_ASSIGN(auto images, drawPages(worker, document));
    dataset->findAndDeleteElement(DCM_EncapsulatedDocument);
    return ReportPages(std::move(dataset), std::move(images));
}

Result<ReportPages::Page> ReportPages::page(std::size_t number, dicom::Uid const& transferSyntax) const
{
    OFString pdfUid;
    pdfObject_->findAndGetOFString(DCM_SOPInstanceUID, pdfUid);
    std::string const uid(pdfUid.c_str(), pdfUid.size());
    auto const sopInstance = dicom::Uid::derivedFrom(fmt::format("page {} of {}", number + 1, uid));
    DcmDataset dataset;
    Writer writer(dataset);
    writer.keep(copyFrom(*pdfObject_, dataset));
    writeIdentity(writer, uid, number, sopInstance);
    writePixelModule(writer, images_.at(number));
    if (writer.condition().bad())
        return fail(ErrorCode::Internal, std::string("making a page: ") + writer.condition().text());
    QIANLI_ASSIGN(auto bytes, encode(dataset, transferSyntax));
    return Page{sopInstance, std::move(bytes)};
}

} // namespace qianli::gateway
