#include "viewer/render/pdf_pages.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>

namespace qianli::viewer {
namespace {
constexpr double inch = 25.4, mostPixels = 48e6;
} // namespace

QSizeF PdfPages::size(std::size_t page) const
{
    auto const& points = file_->pages()[page];
    return QSizeF(points.width, points.height) * inch / 72;
}

Result<QImage> PdfPages::picture(std::size_t page, double pixelsPerMillimetre) const
{
    if (page >= file_->pages().size())
        return fail(ErrorCode::InvalidInput,
                    fmt::format("there is no page {}: the document has {}", page + 1, file_->pages().size()));
    QSizeF const sheet = size(page);
    double const most = std::sqrt(mostPixels / (sheet.width() * sheet.height()));
    QIANLI_ASSIGN(auto const drawn, file_->draw(page, std::min(std::max(pixelsPerMillimetre, 0.2), most) * inch));
    auto const columns = static_cast<int>(drawn.columns), rows = static_cast<int>(drawn.rows);
    QImage image(columns, rows, drawn.channels == 3 ? QImage::Format_RGB888 : QImage::Format_Grayscale8);
    if (image.isNull())
        return fail(ErrorCode::LimitExceeded, "no memory for a page of that size");
    std::size_t const line = std::size_t{drawn.columns} * drawn.channels;
    for (int row = 0; row < rows; ++row)
        std::memcpy(image.scanLine(row), drawn.bytes.data() + static_cast<std::size_t>(row) * line, line);
    return image.convertToFormat(QImage::Format_RGB32);
}

// For whoever draws without a window: at the painter's own scale.
void PdfPages::paint(QPainter& painter, std::size_t page) const
{
    QRectF const sheet(QPointF(), size(page));
    painter.fillRect(sheet, Qt::white);
    QTransform const map = painter.deviceTransform();
    if (auto const drawn = picture(page, std::sqrt(std::abs(map.m11() * map.m22() - map.m12() * map.m21()))))
        painter.drawImage(sheet, *drawn);
}

} // namespace qianli::viewer
