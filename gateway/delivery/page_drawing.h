// PageDrawing: a PDF's pages as pictures, drawn by the worker program qianli-pdf-pages in a process of its own.
#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace qianli::gateway {

struct PageImage {
    std::uint16_t columns = 0, rows = 0;
    bool colour = false;
    std::vector<std::uint8_t> pixels; // one byte a pixel, or three
};

// `folder` holds the files that the worker reads and writes; it is ours alone and removed by the caller. InvalidInput
// when the worker refuses the PDF, breaks a limit or dies; Unavailable when it can't be started.
Result<std::vector<PageImage>> drawPages(std::filesystem::path const& program, std::filesystem::path const& folder,
                                         std::string_view pdf);

} // namespace qianli::gateway
