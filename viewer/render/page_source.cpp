#include "viewer/render/page_source.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {

Result<QImage> PageSource::picture(std::size_t page, double pixelsPerMillimetre) const
{
    QSizeF const sheet = size(page) * pixelsPerMillimetre;
    QImage image(std::max(1, static_cast<int>(std::ceil(sheet.width()))),
                 std::max(1, static_cast<int>(std::ceil(sheet.height()))), QImage::Format_RGB32);
    if (image.isNull())
        return fail(ErrorCode::LimitExceeded, "no memory for a page of that size");
    image.fill(Qt::white);
    QPainter painter(&image);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    painter.scale(pixelsPerMillimetre, pixelsPerMillimetre);
    paint(painter, page);
    return image;
}

Result<QImage> drawPage(PageSource const& source, std::size_t page, double pixelsPerMillimetre)
{
    if (page >= source.count())
        return fail(ErrorCode::NotFound, "there is no page " + std::to_string(page + 1) + ": the document has " +
                                             std::to_string(source.count()));
    return source.picture(page, pixelsPerMillimetre);
}

} // namespace qianli::viewer
