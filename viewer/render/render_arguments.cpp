#include "viewer/render/render_arguments.h"

#include <map>
#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <iostream>

namespace qianli::viewer {
namespace {

constexpr int wrongUsage = 2;
constexpr int largestEdge = 8192;

template <typename Number>
std::optional<Number> toNumber(std::string_view text)
{
    Number value{};
    auto const end = text.data() + text.size();
    auto const parsed = std::from_chars(text.data(), end, value);
    return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(value) : std::nullopt;
}

std::optional<QSize> parseSize(std::string const& text)
{
    auto const cross = text.find('x');
    if (cross == std::string::npos)
        return std::nullopt;
    auto const width = toNumber<int>(std::string_view(text).substr(0, cross));
    auto const height = toNumber<int>(std::string_view(text).substr(cross + 1));
    if (!width || !height || *width < 1 || *height < 1 || *width > largestEdge || *height > largestEdge)
        return std::nullopt;
    return QSize(*width, *height);
}

std::optional<Window> parseWindow(std::string const& text)
{
    auto const slash = text.find('/');
    if (slash == std::string::npos)
        return std::nullopt;
    auto const center = toNumber<double>(std::string_view(text).substr(0, slash));
    auto const width = toNumber<double>(std::string_view(text).substr(slash + 1));
    if (!center || !width || !std::isfinite(*center) || !std::isfinite(*width) || *width < 1)
        return std::nullopt;
    return Window{*center, *width, {}};
}

int refuse(int code, std::string const& sentence)
{
    std::cerr << "qianli-viewer: " << sentence << "\n";
    return code;
}

// CLI11 wants a program's whole command line.
std::optional<int> parse(CLI::App& app, std::span<char*> words)
{
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    try {
        app.parse(reversed);
        return std::nullopt;
    } catch (CLI::CallForHelp const&) {
        std::cout << app.help();
        return 0;
    } catch (CLI::ParseError const& error) {
        return refuse(wrongUsage, error.what());
    }
}

struct RawRender {
    std::string layout = "stack", size, slice = "middle", window, overlay = "none";
};

std::optional<int> interpret(RawRender const& raw, RenderArguments& arguments)
{
    static std::map<std::string_view, Layout> const layouts{
        {"stack", Layout::Stack}, {"mpr", Layout::Mpr}, {"mip", Layout::Mip}, {"volume", Layout::Volume}};
    auto const layout = layouts.find(raw.layout);
    if (layout == layouts.end())
        return refuse(wrongUsage,
                      fmt::format("there is no layout \"{}\": stack, mpr, mip or volume", raw.layout));
    arguments.layout = layout->second;
    if (!raw.size.empty() && !(arguments.size = parseSize(raw.size)))
        return refuse(wrongUsage,
                      fmt::format("--size \"{}\" is not WxH with edges from 1 to {}", raw.size, largestEdge));
    if (raw.slice != "middle") {
        arguments.slice = toNumber<std::uint32_t>(raw.slice);
        if (!arguments.slice || *arguments.slice == 0)
            return refuse(wrongUsage,
                          fmt::format("--slice \"{}\" is neither a number from 1 nor \"middle\"", raw.slice));
    }
    if (raw.window == "file") {
        arguments.windowSource = WindowSource::File;
    } else if (raw.window == "auto") {
        arguments.windowSource = WindowSource::Automatic;
    } else if (!raw.window.empty()) {
        auto const window = parseWindow(raw.window);
        if (!window)
            return refuse(
                wrongUsage,
                fmt::format("--window \"{}\" is neither CENTER/WIDTH with a width from 1, \"file\" nor \"auto\"",
                            raw.window));
        arguments.windowSource = WindowSource::Given;
        arguments.window = *window;
    }
    if (raw.overlay != "none" && raw.overlay != "corners")
        return refuse(wrongUsage, fmt::format("there is no overlay \"{}\": none or corners", raw.overlay));
    arguments.overlay = raw.overlay == "corners" ? Overlay::Corners : Overlay::None;
    return std::nullopt;
}

} // namespace

std::variant<RenderArguments, int> parseRenderArguments(std::span<char*> words)
{
    RenderArguments arguments;
    RawRender raw;
    CLI::App app("Draws one picture into a PNG file without a window.", "qianli-viewer render");
    app.add_option("--input", arguments.input, "a DICOM file, or a folder: its largest series is drawn, or its first document")->required();
    app.add_option("--output", arguments.output, "the PNG file to write")->required();
    app.add_option("--layout", raw.layout, "stack, mpr, mip (of the whole volume) or volume (rendered)");
    app.add_option("--size", raw.size, "WxH of the picture; default: one screen pixel a pixel");
    app.add_option("--slice", raw.slice, "number from 1, or middle; of a document the page");
    app.add_option("--frame", arguments.frame, "of a multi-frame object, from 1")->check(CLI::PositiveNumber);
    app.add_option("--window", raw.window, "CENTER/WIDTH, file or auto; default: the file's, else auto");
    app.add_option("--overlay", raw.overlay, "none or corners");
    if (auto const code = parse(app, words))
        return *code;
    if (auto const code = interpret(raw, arguments))
        return *code;
    return arguments;
}

std::variant<PixelsArguments, int> parsePixelsArguments(std::span<char*> words)
{
    PixelsArguments arguments;
    CLI::App app("Writes decoded stored values (little endian, allocated width) to standard output.",
                 "qianli-viewer pixels");
    app.add_option("--input", arguments.input, "a DICOM file")->required();
    app.add_option("--frame", arguments.frame, "from 1; default: all frames in order")->check(CLI::PositiveNumber);
    if (auto const code = parse(app, words))
        return *code;
    return arguments;
}

} // namespace qianli::viewer
