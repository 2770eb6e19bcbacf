// The words of `qianli-viewer render` and `qianli-viewer pixels` as values.
#pragma once

#include "common/base/result.h"
#include "viewer/model/grey_scale.h"

#include <QSize>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <variant>

namespace qianli::viewer {

enum class Layout {
    Stack,
    Mpr,
    Mip,    // the brightest of the whole volume, from the front
    Volume, // seen from the front, as its modality is seen first
};
enum class WindowSource { Initial, File, Automatic, Given };
enum class Overlay { None, Corners };

struct RenderArguments {
    std::filesystem::path input;
    std::filesystem::path output;
    Layout layout = Layout::Stack;
    std::optional<QSize> size;          // none: one screen pixel a pixel
    std::optional<std::uint32_t> slice; // from 1; none: the middle
    std::optional<std::uint32_t> frame; // from 1
    WindowSource windowSource = WindowSource::Initial;
    Window window;
    Overlay overlay = Overlay::None;
};

struct PixelsArguments {
    std::filesystem::path input;
    std::optional<std::uint32_t> frame; // from 1; none: all frames
};

// The arguments, or the exit code of a command line that ends here: 0 after --help, 2 when it is wrong, 1 when it asks
// for what this version does not have. What is wrong was said on standard error.
std::variant<RenderArguments, int> parseRenderArguments(std::span<char*> words);
std::variant<PixelsArguments, int> parsePixelsArguments(std::span<char*> words);

} // namespace qianli::viewer
