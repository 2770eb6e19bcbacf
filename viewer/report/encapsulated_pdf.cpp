#include "viewer/report/encapsulated_pdf.h"

#include "common/base/file.h"
#include "common/dicom/sop_class.h"
#include "viewer/report/report_header.h"

#include <fmt/format.h>
#include <memory>

namespace qianli::viewer {

namespace {

constexpr std::uint64_t largestPdf = 128u << 20;

} // namespace

Result<void> writeEncapsulatedPdf(model::Report const& report, std::filesystem::path const& pdf,
                                  std::filesystem::path const& path)
{
    if (report.srUid.empty())
        return fail(ErrorCode::InvalidInput, "the report has no SOP Instance UID for its structured report");
    QIANLI_ASSIGN(std::string document, readFile(pdf, largestPdf));
    if (!document.starts_with("%PDF-"))
        return fail(ErrorCode::InvalidInput, fmt::format("{} is no PDF", pdf.string()));
    ObjectIdentity const identity{dicom::sop::encapsulatedPdf, report.pdfUid, report.pdfSeriesUid, "DOC", "9002"};
    DcmDataset dataSet;
    QIANLI_TRY(writeHeader(dataSet, report, identity));
    Result<void> state;
    ItemWriter writer(dataSet, state);
    writer.text(DCM_ConversionType, "WSD");
    writer.text(DCM_AcquisitionDateTime, toDicomDate(report.signedAt) + toDicomTime(report.signedAt).substr(0, 6) +
                                             toDicomOffset(report.signedAt));
    writer.text(DCM_BurnedInAnnotation, "YES");
    writer.text(DCM_DocumentTitle, "影像诊断报告单");
    writer.code(DCM_ConceptNameCodeSequence, diagnosticImagingReport);
    ItemWriter source = writer.append(DCM_SourceInstanceSequence);
    source.text(DCM_ReferencedSOPClassUID, dicom::sop::basicTextSr);
    source.text(DCM_ReferencedSOPInstanceUID, report.srUid);
    writer.text(DCM_MIMETypeOfEncapsulatedDocument, "application/pdf");
    writer.number(DCM_EncapsulatedDocumentLength, static_cast<std::uint32_t>(document.size()));
    QIANLI_TRY(state);
    if (document.size() % 2 != 0)
        document += '\0'; // PS3.5 7.1.1; the true length is in (0042,0015)
    auto value = std::make_unique<DcmOtherByteOtherWord>(DCM_EncapsulatedDocument);
    value->setVR(EVR_OB);
    bool const put = value
                         ->putUint8Array(reinterpret_cast<Uint8 const*>(document.data()),
                                         static_cast<unsigned long>(document.size()))
                         .good() &&
                     dataSet.insert(value.get()).good();
    if (!put)
        return fail(ErrorCode::Internal, "the PDF can't be put into the data set");
    static_cast<void>(value.release()); // now the data set's
    return writeDataSet(dataSet, identity, path);
}

} // namespace qianli::viewer
