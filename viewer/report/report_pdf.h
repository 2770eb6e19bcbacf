// The report as a page: A4, Chinese, as a hospital hands it out, readable in grey; its text can be searched and copied.
//
// Promise: each page carries the patient's identity, the page number and the SOP Instance UID of the structured report
// it belongs to; long texts flow over pages, nothing is cut. Needs a QGuiApplication (the offscreen platform is
// enough).
#pragma once

#include "common/base/result.h"
#include "common/model/report.h"

#include <QImage>

#include <filesystem>
#include <string>
#include <vector>

namespace qianli::viewer {

struct KeyImage {
    QImage picture;
    std::string caption; // UTF-8
};

inline constexpr int maximumKeyImages = 4;

struct PdfPages {
    int count = 0;
};

// LimitExceeded for more than four key images; Refused when a character has no glyph in the PDF's fonts (it would print
// as a box).
Result<PdfPages> writeReportPdf(model::Report const& report, std::vector<KeyImage> const& keyImages,
                                std::filesystem::path const& path);

} // namespace qianli::viewer
