#include "viewer/render/picture_graphics.h"

#include "viewer/render/image_renderer.h"

#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace qianli::viewer {
namespace {

constexpr QRgb graphicsColour = 0xFF7FD6FF;
constexpr QRgb regionColour = 0x60264060; // premultiplied

// The device pixels that one source pixel covers along an axis; at least one.
struct Span {
    int from = 0;
    int to = 0;
};

Span spanOf(double a, double b)
{
    int const from = static_cast<int>(std::lround(std::min(a, b)));
    int const to = static_cast<int>(std::lround(std::max(a, b)));
    return to > from ? Span{from, to}
                     : Span{static_cast<int>(std::floor((a + b) / 2)), static_cast<int>(std::floor((a + b) / 2)) + 1};
}

// Where the columns and rows of a plane lie on the target. A quarter turn lets columns run down the screen.
struct PlaneGrid {
    std::vector<Span> columns;
    std::vector<Span> rows;
    bool swapped = false;
};

PlaneGrid gridOf(OverlayPlane const& plane, QTransform const& toTarget)
{
    PlaneGrid grid;
    grid.swapped = std::abs(toTarget.m12()) > std::abs(toTarget.m11());
    auto const spans = [](double from, std::uint32_t count, double scale, double offset) {
        std::vector<Span> result;
        result.reserve(count);
        for (std::uint32_t i = 0; i < count; ++i)
            result.push_back(spanOf(scale * (from + i) + offset, scale * (from + i + 1) + offset));
        return result;
    };
    grid.columns = spans(plane.left - 1, plane.columns, grid.swapped ? toTarget.m12() : toTarget.m11(),
                         grid.swapped ? toTarget.dy() : toTarget.dx());
    grid.rows = spans(plane.top - 1, plane.rows, grid.swapped ? toTarget.m21() : toTarget.m22(),
                      grid.swapped ? toTarget.dx() : toTarget.dy());
    return grid;
}

void fillSpan(QImage& target, Span x, Span y, QRgb colour)
{
    x = {std::max(x.from, 0), std::min(x.to, target.width())};
    for (int line = std::max(y.from, 0); line < std::min(y.to, target.height()); ++line) {
        auto* const row = reinterpret_cast<QRgb*>(target.scanLine(line));
        for (int at = x.from; at < x.to; ++at)
            row[at] = colour;
    }
}

void drawRow(PlaneGrid const& grid, PlaneBits const& bits, std::size_t row, QRgb colour, QImage& target)
{
    std::size_t const width = grid.columns.size();
    for (std::size_t column = 0; column < width; ++column) {
        if (!bits.at(row * width + column))
            continue;
        std::size_t end = column + 1;
        while (end < width && bits.at(row * width + end))
            ++end;
        Span const first = grid.columns[column];
        Span const last = grid.columns[end - 1];
        Span const run{std::min(first.from, last.from), std::max(first.to, last.to)};
        if (grid.swapped)
            fillSpan(target, grid.rows[row], run, colour);
        else
            fillSpan(target, run, grid.rows[row], colour);
        column = end;
    }
}

void drawPlane(OverlayPlane const& plane, PlaneBits const& bits, QTransform const& toTarget, QRgb colour,
               QImage& target)
{
    PlaneGrid const grid = gridOf(plane, toTarget);
    int const edge = grid.swapped ? target.width() : target.height();
    for (std::size_t row = 0; row < grid.rows.size(); ++row)
        if (grid.rows[row].to > 0 && grid.rows[row].from < edge)
            drawRow(grid, bits, row, colour, target);
}

std::span<std::uint8_t const> embeddedBits(Pixels const* pixels, std::size_t plane)
{
    return pixels != nullptr && plane < pixels->embedded.size() ? std::span<std::uint8_t const>(pixels->embedded[plane])
                                                                : std::span<std::uint8_t const>();
}

// What a shutter's shapes leave open, in image coordinates (PS3.3 C.7.6.11.1: of several shapes what all leave open).
QPainterPath openingOf(DisplayShutter const& shutter, QRectF const& picture, double pixelAspect)
{
    QPainterPath opening;
    opening.addRect(picture);
    if (auto const& edges = shutter.rectangle) {
        QPainterPath path;
        path.addRect(QRectF(QPointF(edges->left - 1, edges->upper - 1), QPointF(edges->right, edges->lower)));
        opening = opening.intersected(path);
    }
    if (auto const& circle = shutter.circle) {
        QPainterPath path;
        path.addEllipse(QPointF(circle->column - 0.5, circle->row - 0.5), circle->radius, circle->radius / pixelAspect);
        opening = opening.intersected(path);
    }
    if (!shutter.polygon.empty()) {
        QPolygonF corners;
        for (auto const& vertex : shutter.polygon)
            corners << QPointF(vertex.column - 0.5, vertex.row - 0.5);
        QPainterPath path;
        path.addPolygon(corners);
        path.closeSubpath();
        opening = opening.intersected(path);
    }
    return opening;
}

void drawShutter(ImageAttributes const& image, std::uint32_t frame, Pixels const* pixels, QTransform const& toTarget,
                 QImage& target)
{
    auto const& shutter = *image.shutter;
    QRectF const picture(0, 0, image.format.columns, image.format.rows);
    QPainterPath covered;
    covered.addRect(picture);
    covered = covered.subtracted(openingOf(shutter, picture, image.frame(frame).pixelAspect));
    {
        QPainter painter(&target);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.fillPath(toTarget.map(covered), QColor(shutter.rgb));
    }
    for (std::size_t i = 0; i < image.overlays.size(); ++i)
        if (image.overlays[i].group == shutter.overlayGroup)
            if (auto const bits = bitsOver(image.overlays[i], frame, embeddedBits(pixels, i)))
                drawPlane(image.overlays[i], *bits, toTarget, shutter.rgb, target);
}

} // namespace

bool hasGraphics(ImageAttributes const& image, std::uint32_t frame, Pixels const* pixels)
{
    if (image.shutter)
        return true;
    for (std::size_t i = 0; i < image.overlays.size(); ++i)
        if (bitsOver(image.overlays[i], frame, embeddedBits(pixels, i)))
            return true;
    return false;
}

QImage drawGraphics(ImageAttributes const& image, std::uint32_t frame, Pixels const* pixels, QTransform const& toTarget,
                    QSize target)
{
    if (target.isEmpty() || !hasGraphics(image, frame, pixels))
        return {};
    QImage drawn(target, QImage::Format_ARGB32_Premultiplied);
    if (drawn.isNull())
        return {};
    drawn.fill(Qt::transparent);
    if (image.shutter)
        drawShutter(image, frame, pixels, toTarget, drawn);
    // Areas below lines: an area would hide them.
    for (bool const regions : {true, false})
        for (std::size_t i = 0; i < image.overlays.size(); ++i) {
            auto const& plane = image.overlays[i];
            if (plane.isRegion != regions || (image.shutter && plane.group == image.shutter->overlayGroup))
                continue;
            if (auto const bits = bitsOver(plane, frame, embeddedBits(pixels, i)))
                drawPlane(plane, *bits, toTarget, regions ? regionColour : graphicsColour, drawn);
        }
    return drawn;
}

QImage renderPicture(Pixels const& pixels, ImageAttributes const& image, std::uint32_t frame, ViewState const& state,
                     QSize target)
{
    auto const& attributes = image.frame(frame);
    QImage drawn = renderImage(pixels, attributes, state, target);
    if (drawn.isNull())
        return drawn;
    ViewMapping const mapping(pixels.rows, pixels.columns, attributes.pixelAspect, state, target);
    if (QImage const graphics = drawGraphics(image, frame, &pixels, mapping.transform(), target); !graphics.isNull()) {
        QPainter painter(&drawn);
        painter.drawImage(0, 0, graphics);
    }
    return drawn;
}

QImage renderThumbnail(Pixels const& pixels, ImageAttributes const& image, std::uint32_t frame, int edge)
{
    auto const& attributes = image.frame(frame);
    ViewState state;
    state.voi = initialVoi(pixels, attributes.grey, image.series.modality);
    double const width = pixels.columns;
    double const height = pixels.rows * attributes.pixelAspect;
    double const scale = edge / std::max({width, height, 1.0});
    return renderPicture(
        pixels, image, frame, state,
        QSize(std::max(1, static_cast<int>(width * scale + 0.5)), std::max(1, static_cast<int>(height * scale + 0.5))));
}

} // namespace qianli::viewer
