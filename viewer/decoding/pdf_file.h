// PdfFile: the pages of a PDF, drawn by qianli-pdf-pages in a process of its own for each of them: a hole in a PDF
// library finds one page, no network and nothing to write to.
//
// Not in qianli-decoder: a PDF needs the machine's fonts, and a decoder opens no file at all.
#pragma once

#include "common/base/file.h"
#include "common/base/result.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace qianli::viewer {

struct PdfPicture {
    std::uint32_t columns = 0, rows = 0;
    unsigned channels = 1; // 1 grey, 3 red, green, blue
    std::vector<std::uint8_t> bytes;
};

class PdfFile {
public:
    struct Options {
        std::filesystem::path program; // empty: qianli-pdf-pages beside this program
        std::chrono::milliseconds patience{60'000};
    };
    struct Size {
        double width = 0, height = 0; // points of 1/72 inch
    };

    // Asks the worker for the pages' sizes. InvalidInput when it is no PDF or the worker broke down over it.
    static Result<std::shared_ptr<PdfFile const>> open(std::span<std::uint8_t const> pdf, Options options);
    std::vector<Size> const& pages() const { return pages_; }
    // From any thread; `page` from 0.
    Result<PdfPicture> draw(std::size_t page, double dotsPerInch) const;

private:
    PdfFile() = default;
    Result<std::vector<std::uint8_t>> ask(std::vector<std::string> const& wish, std::size_t largestAnswer) const;

    Options options_;
    FileDescriptor pdf_; // in memory
    std::vector<Size> pages_;
};

} // namespace qianli::viewer
