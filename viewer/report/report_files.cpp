#include "viewer/report/report_files.h"

#include "common/base/file.h"
#include "common/dicom/uid.h"
#include "viewer/report/encapsulated_pdf.h"
#include "viewer/report/report_checks.h"
#include "viewer/report/structured_report.h"

namespace qianli::viewer {

void fixReportUids(model::Report& report)
{
    for (std::string* uid : {&report.srUid, &report.pdfUid, &report.srSeriesUid, &report.pdfSeriesUid}) {
        if (uid->empty())
            *uid = dicom::Uid::generate().value();
    }
}

Result<ReportFiles> writeReportFiles(model::Report const& report, std::vector<KeyImage> const& keyImages,
                                     crypto::SigningKey const& key, TimePoint now, std::filesystem::path const& folder)
{
    QIANLI_TRY(checkBeforeSigning(report));
    QIANLI_TRY(createDirectoryDurably(folder));
    ReportFiles files{folder / "sr.dcm", folder / "pdf.dcm", folder / "report.pdf", {}};
    QIANLI_TRY(writeStructuredReport(report, files.structuredReport));
    QIANLI_TRY(crypto::signReportFile(files.structuredReport, key, now));
    QIANLI_ASSIGN(files.pages, writeReportPdf(report, keyImages, files.pdf));
    QIANLI_TRY(writeEncapsulatedPdf(report, files.pdf, files.encapsulatedPdf));
    QIANLI_TRY(crypto::signReportFile(files.encapsulatedPdf, key, now));
    return files;
}

} // namespace qianli::viewer
