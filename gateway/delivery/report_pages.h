// ReportPages: the pages of an Encapsulated PDF as Secondary Capture objects, for a destination that takes no PDF.
//
// Promise: the same PDF object gives the same UIDs, so that a repeated delivery repeats and does not multiply.
#pragma once

#include "common/base/result.h"
#include "common/dicom/uid.h"
#include "gateway/delivery/page_drawing.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

class DcmDataset;

namespace qianli::gateway {

class ReportPages {
public:
    // `pdfObject`: the Part 10 file.
    static Result<ReportPages> draw(std::filesystem::path const& pdfObject, PageWorker const& worker);
    ReportPages(ReportPages&&) noexcept;
    ~ReportPages();

    std::size_t count() const { return images_.size(); }

    struct Page {
        dicom::Uid sopInstance;
        std::vector<std::uint8_t> dataSet;
    };
    // The page, counted from 0, encoded in explicit or implicit VR little endian.
    Result<Page> page(std::size_t number, dicom::Uid const& transferSyntax) const;

private:
    ReportPages(std::unique_ptr<DcmDataset> pdfObject, std::vector<PageImage> images);
    std::unique_ptr<DcmDataset> pdfObject_; // without the document
    std::vector<PageImage> images_;
};

} // namespace qianli::gateway
