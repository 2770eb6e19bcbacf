#include "viewer/render/render_command.h"

#include "viewer/decoding/pixel_decoder.h"
#include "viewer/model/pixel_loader.h"
#include "viewer/model/series.h"
#include "viewer/model/stack_geometry.h"
#include "viewer/render/image_renderer.h"
#include "viewer/render/mpr.h"
#include "viewer/render/overlay_painter.h"
#include "viewer/render/picture_graphics.h"
#include "viewer/render/render_arguments.h"
#include "viewer/render/render_document.h"
#include "viewer/render/volume_renderer.h"

#include <QFont>
#include <QGuiApplication>
#include <QImage>
#include <QPainter>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <thread>

namespace qianli::viewer {
namespace {

constexpr std::size_t mostFiles = 100'000;
constexpr int largestDefaultEdge = 4096;

std::vector<std::filesystem::path> filesBelow(std::filesystem::path const& folder)
{
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator
             it(folder, std::filesystem::directory_options::skip_permission_denied, error),
         end;
         !error && it != end && files.size() < mostFiles; it.increment(error))
        if (it->is_regular_file(error))
            files.push_back(it->path());
    std::sort(files.begin(), files.end());
    return files;
}

Result<std::vector<std::shared_ptr<ImageAttributes const>>> loadObjects(std::filesystem::path const& input)
{
    std::vector<std::shared_ptr<ImageAttributes const>> objects;
    std::error_code error;
    if (!std::filesystem::is_directory(input, error)) {
        QIANLI_ASSIGN(auto object, loadImageAttributes(input));
        objects.push_back(std::move(object));
        return objects;
    }
    std::optional<Error> first;
    for (auto const& file : filesBelow(input)) {
        auto object = loadImageAttributes(file);
        if (object)
            objects.push_back(std::move(*object));
        else if (!first)
            first = std::move(object).error();
    }
    if (objects.empty() && first)
        return tl::unexpected(std::move(*first));
    if (objects.empty())
        return fail(ErrorCode::NotFound, "there is no file in " + input.string());
    return objects;
}

// The stack with the most pictures; localizers only where there is nothing else.
Result<Stack> largestStack(std::vector<Study> const& studies)
{
    Stack const* best = nullptr;
    auto const weight = [](Stack const& stack) {
        return std::pair(stack.kind != StackKind::Localizer, stack.entries.size());
    };
    for (auto const& study : studies)
        for (auto const& series : study.series)
            for (auto const& stack : series.stacks)
                if (!stack.empty() && stack.kind != StackKind::Document && (!best || weight(stack) > weight(*best)))
                    best = &stack;
    if (!best)
        return fail(ErrorCode::NotFound, "no object with pixels is there to be drawn");
    return *best;
}

Result<std::shared_ptr<Pixels const>> loadEntry(PixelDecoder& decoder, StackEntry const& entry)
{
    auto pixels = loadPixels(decoder, *entry.image, entry.frame);
    if (!pixels)
        return tl::unexpected(std::move(pixels).error().at(entry.image->file.filename().string()));
    return pixels;
}

Result<std::vector<std::shared_ptr<Pixels const>>> loadAllPixels(PixelDecoder& decoder, Stack const& stack)
{
    std::vector<Result<std::shared_ptr<Pixels const>>> loaded(stack.entries.size());
    std::atomic<std::size_t> next = 0;
    auto const work = [&] {
        for (std::size_t i = next++; i < loaded.size(); i = next++)
            loaded[i] = loadEntry(decoder, stack.entries[i]);
    };
    {
        std::jthread const helper(work);
        work();
    }
    std::vector<std::shared_ptr<Pixels const>> pixels;
    for (auto& slice : loaded) {
        QIANLI_ASSIGN(auto one, std::move(slice));
        pixels.push_back(std::move(one));
    }
    return pixels;
}

Result<std::size_t> chooseIndex(Stack const& stack, RenderArguments const& arguments)
{
    auto const asked = arguments.frame ? arguments.frame : arguments.slice;
    if (!asked)
        return stack.kind == StackKind::Cine ? 0 : stack.entries.size() / 2;
    if (arguments.frame && stack.entries.front().image != stack.entries.back().image)
        return fail(ErrorCode::InvalidInput, "--frame is for one multi-frame object; this is a series: use --slice");
    if (*asked > stack.entries.size())
        return fail(ErrorCode::NotFound,
                    fmt::format("there is no picture {}: the series holds {}", *asked, stack.entries.size()));
    return *asked - 1u;
}

Result<VoiChoice> chooseVoi(RenderArguments const& arguments, Pixels const& pixels, GreyScale const& grey,
                            std::string const& modality)
{
    switch (arguments.windowSource) {
    case WindowSource::Given:
        return VoiChoice{VoiChoice::Kind::Manual, 0, arguments.window};
    case WindowSource::Automatic:
        return VoiChoice{VoiChoice::Kind::Automatic, 0, automaticWindow(pixels, grey, modality)};
    case WindowSource::File:
        if (grey.windows.empty() && grey.voiLuts.empty() && !pixels.isColour)
            return fail(ErrorCode::NotFound, "the file has no window: use --window auto or CENTER/WIDTH");
        // Asked for, it is used also where it would not be chosen.
        if (!grey.voiLuts.empty())
            return VoiChoice{VoiChoice::Kind::FileLut, 0, {}};
        if (!grey.windows.empty())
            return VoiChoice{VoiChoice::Kind::FileWindow, 0, {}};
        break;
    case WindowSource::Initial:
        break;
    }
    return initialVoi(pixels, grey, modality);
}

QSize naturalSize(Pixels const& pixels, double aspect)
{
    double const width = pixels.columns;
    double const height = pixels.rows * aspect;
    double const scale = std::min(1.0, largestDefaultEdge / std::max(width, height));
    return {std::max(1, static_cast<int>(width * scale + 0.5)), std::max(1, static_cast<int>(height * scale + 0.5))};
}

void paintCorners(QImage& image, QRect const& pane, CornerText const& text)
{
    QPainter painter(&image);
    QFont font;
    font.setFamilies(
        {QStringLiteral("Noto Sans CJK SC"), QStringLiteral("WenQuanYi Zen Hei"), QStringLiteral("sans-serif")});
    painter.setFont(font);
    painter.setClipRect(pane);
    paintCornerText(painter, pane, text);
}

Result<QImage> drawStack(RenderArguments const& arguments, Stack const& stack)
{
    auto const decoder = sharedDecoder();
    ViewState state;
    QIANLI_ASSIGN(state.index, chooseIndex(stack, arguments));
    auto const& entry = stack.entries[state.index];
    auto const& frame = entry.attributes();
    QIANLI_ASSIGN(auto const pixels, loadEntry(*decoder, entry));
    QIANLI_ASSIGN(state.voi, chooseVoi(arguments, *pixels, frame.grey, entry.image->series.modality));
    QSize const size = arguments.size.value_or(naturalSize(*pixels, frame.pixelAspect));
    QImage image = renderPicture(*pixels, *entry.image, entry.frame, state, size);
    if (arguments.overlay == Overlay::Corners)
        paintCorners(image, image.rect(), cornerText(stack, state, pixels.get(), size, {}, Language::Chinese));
    return image;
}

// A stack of one picture that stands for a cut, so that its corners say what it is.
Stack stackOfCut(Stack const& source, MprSlice const& cut)
{
    auto image = std::make_shared<ImageAttributes>(*source.entries.front().image);
    image->frames = {cut.attributes};
    image->frameCount = 1;
    return {StackKind::Slices, {{std::move(image), 0}}};
}

Result<QImage> drawMpr(RenderArguments const& arguments, Stack const& stack)
{
    QIANLI_TRY(Volume::check(stack));
    auto const decoder = sharedDecoder();
    QIANLI_ASSIGN(auto const slices, loadAllPixels(*decoder, stack));
    QIANLI_ASSIGN(auto const volume, Volume::build(stack, slices));
    auto const& middle = *slices[slices.size() / 2];
    auto const& entry = stack.entries[slices.size() / 2];
    ViewState state;
    QIANLI_ASSIGN(state.voi, chooseVoi(arguments, middle, entry.attributes().grey, entry.image->series.modality));

    QSize const size = arguments.size.value_or(QSize(1024, 1024));
    QImage image(size, QImage::Format_RGB32);
    image.fill(Qt::black);
    QSize const half(std::max(1, size.width() / 2), std::max(1, size.height() / 2));
    struct Pane {
        MprPlane plane;
        QPoint at;
    };
    for (auto const& pane : {Pane{MprPlane::Axial, {0, 0}}, Pane{MprPlane::Coronal, {half.width(), 0}},
                             Pane{MprPlane::Sagittal, {0, half.height()}}}) {
        Cut plane = straightCut(*volume, pane.plane, volume->center());
        std::size_t const count = cutCount(*volume, plane);
        std::size_t index = cutIndex(*volume, plane);
        if (pane.plane == MprPlane::Axial && arguments.slice) {
            index = *arguments.slice - 1u;
            if (index >= count)
                return fail(ErrorCode::NotFound,
                            fmt::format("there is no axial cut {}: the volume holds {}", *arguments.slice, count));
        }
        plane.center = plane.center + plane.into * wayToCut(*volume, plane, index);
        auto const cut = sampleCut(*volume, plane);
        QImage const drawn = renderCut(*volume, plane, state, half, CutQuality::Full).image;
        {
            QPainter painter(&image);
            painter.drawImage(pane.at, drawn);
        }
        if (arguments.overlay == Overlay::Corners) {
            auto text = cornerText(stackOfCut(stack, cut), state, cut.pixels.get(), half, {}, Language::Chinese);
            if (!text.bottomLeft.empty())
                text.bottomLeft.front() = QString::fromStdString(fmt::format("{}/{}", index + 1, count));
            paintCorners(image, QRect(pane.at, half), text);
        }
    }
    return image;
}

// From the front. Needs no display: the volume is drawn by the CPU.
Result<QImage> drawRendered(RenderArguments const& arguments, Stack const& stack)
{
    QIANLI_TRY(Volume::check(stack));
    auto const decoder = sharedDecoder();
    QIANLI_ASSIGN(auto const slices, loadAllPixels(*decoder, stack));
    QIANLI_ASSIGN(auto const volume, Volume::build(stack, slices));
    auto const& entry = stack.entries[slices.size() / 2];
    auto const presets = renderPresets(entry.image->series.modality == "CT");
    RenderPreset const& preset = arguments.layout == Layout::Mip ? presets.back() : presets.front();
    ViewState state;
    QIANLI_ASSIGN(state.voi, chooseVoi(arguments, *slices[slices.size() / 2], entry.attributes().grey,
                                       entry.image->series.modality));
    if (preset.width > 0 && arguments.windowSource == WindowSource::Initial)
        state.voi = VoiChoice{VoiChoice::Kind::Manual, 0, Window{preset.center, preset.width, {}}};
    Cut const view = frontView(*volume);
    QSize const size = arguments.size.value_or(QSize(1024, 1024));
    std::atomic<bool> const never = false;
    QImage image = VolumeRenderer(volume).render(view, preset, state, size, RenderQuality::Full, never);
    if (arguments.overlay == Overlay::Corners) {
        MprSlice shown;
        shown.attributes.plane = view.plane();
        shown.attributes.grey = volume->grey();
        auto pixels = std::make_shared<Pixels>();
        pixels->rows = view.rows;
        pixels->columns = view.columns;
        Stack one = stackOfCut(stack, shown);
        one.kind = StackKind::Images;
        paintCorners(image, image.rect(), cornerText(one, state, pixels.get(), size, {}, Language::Chinese));
    }
    return image;
}

Result<QImage> draw(RenderArguments const& arguments, std::vector<Study> const& studies)
{
    if (auto const document = documentToDraw(studies))
        return drawDocument(arguments, *document);
    QIANLI_ASSIGN(auto const stack, largestStack(studies));
    switch (arguments.layout) {
    case Layout::Stack:
        return drawStack(arguments, stack);
    case Layout::Mpr:
        return drawMpr(arguments, stack);
    case Layout::Mip:
    case Layout::Volume:
        break;
    }
    return drawRendered(arguments, stack);
}

Result<void> render(RenderArguments const& arguments)
{
    QIANLI_ASSIGN(auto const objects, loadObjects(arguments.input));
    auto studies = arrange(objects);
    measureStacks(studies);
    QIANLI_ASSIGN(auto const drawn, draw(arguments, studies));
    if (!drawn.save(QString::fromStdString(arguments.output.string()), "PNG"))
        return fail(ErrorCode::Unavailable, "can't write " + arguments.output.string());
    return {};
}

Result<void> writePixels(PixelsArguments const& arguments)
{
    QIANLI_ASSIGN(auto const image, loadImageAttributes(arguments.input));
    if (image->frameCount == 0)
        return fail(ErrorCode::NotFound,
                    arguments.input.filename().string() + ": the object has no Pixel Data (7FE0,0010)");
    auto const decoder = sharedDecoder();
    std::uint32_t const first = arguments.frame ? *arguments.frame - 1 : 0;
    std::uint32_t const end = arguments.frame ? *arguments.frame : image->frameCount;
    for (std::uint32_t frame = first; frame < end; ++frame) {
        QIANLI_ASSIGN(auto const decoded, decoder->decode(image->source(), frame));
        if (std::fwrite(decoded.values.data(), 1, decoded.values.size(), stdout) != decoded.values.size())
            return failErrno("writing to standard output");
    }
    if (std::fflush(stdout) != 0)
        return failErrno("writing to standard output");
    return {};
}

int finish(Result<void> const& done)
{
    if (done)
        return 0;
    fmt::print(stderr, "qianli-viewer: {}\n", done.error().message);
    return 1;
}

} // namespace

int runRenderCommand(std::span<char*> arguments)
{
    auto const parsed = parseRenderArguments(arguments);
    if (auto const* const code = std::get_if<int>(&parsed))
        return *code;
    // Drawing into memory needs fonts from Qt, and no screen.
    qputenv("QT_QPA_PLATFORM", "offscreen");
    char name[] = "qianli-viewer";
    char* words[] = {name, nullptr};
    int count = 1;
    // Qt's remarks on the environment are not for the reader of one picture.
    qInstallMessageHandler([](QtMsgType, QMessageLogContext const&, QString const&) {});
    QGuiApplication const application(count, words);
    return finish(render(std::get<RenderArguments>(parsed)));
}

int runPixelsCommand(std::span<char*> arguments)
{
    auto const parsed = parsePixelsArguments(arguments);
    if (auto const* const code = std::get_if<int>(&parsed))
        return *code;
    return finish(writePixels(std::get<PixelsArguments>(parsed)));
}

} // namespace qianli::viewer
