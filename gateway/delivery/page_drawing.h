// PageDrawing: a PDF's pages as pictures, drawn by the worker program qianli-pdf-pages in a process of its own.
#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

namespace qianli::gateway {

struct PageImage {
    std::uint16_t columns = 0, rows = 0;
    bool colour = false;
    std::vector<std::uint8_t> pixels; // one byte a pixel, or three
};

struct PageWorker {
    std::filesystem::path program;
    std::filesystem::path folder;  // for the files that it reads and writes: ours alone, removed by the caller
    std::function<bool()> givesUp; // asked while it works; true kills it
};

// InvalidInput when the worker refuses the PDF, breaks a limit or dies; Unavailable when it can't be started; Cancelled
// when the caller gives up.
Result<std::vector<PageImage>> drawPages(PageWorker const& worker, std::string_view pdf);

} // namespace qianli::gateway
