// A finished report as files, in one call: checked, written, signed; ready to be sent as one act.
#pragma once

#include "common/crypto/report_signature.h"
#include "viewer/report/report_pdf.h"

namespace qianli::viewer {

struct ReportFiles {
    std::filesystem::path structuredReport; // signed DICOM SR
    std::filesystem::path encapsulatedPdf;  // signed DICOM object
    std::filesystem::path pdf;              // the same pages, for the eye
    PdfPages pages;
};

// New UIDs for a report that has none: SR, PDF and their series. Keep them with the draft: a retry uses the same ones.
void fixReportUids(model::Report& report);

// checkBeforeSigning(), then `sr.dcm`, `report.pdf` and `pdf.dcm` in `folder` (made when absent), both objects signed.
// `report.signedAt` is what the pages print and should be `now`.
Result<ReportFiles> writeReportFiles(model::Report const& report, std::vector<KeyImage> const& keyImages,
                                     crypto::SigningKey const& key, TimePoint now, std::filesystem::path const& folder);

} // namespace qianli::viewer
