#include "viewer/render/notice_page.h"

#include "viewer/render/page_text.h"

namespace qianli::viewer {

void NoticePage::paint(QPainter& painter, std::size_t) const
{
    QRectF const sheet(QPointF(), size(0));
    painter.save();
    painter.fillRect(sheet, QColor(0x1C, 0x1F, 0x23));
    paintPageText(painter, QRectF(10, 34, sheet.width() - 20, 9), Qt::AlignCenter, title_, pageFont(5.4, true),
                  QColor(0xE8, 0xEB, 0xF0));
    painter.translate(10, 48);
    painter.scale(1 / textUnits, 1 / textUnits);
    painter.setFont(pageFont(4));
    painter.setPen(QColor(0xC9, 0xCE, 0xD6));
    painter.drawText(QRectF(0, 0, (sheet.width() - 20) * textUnits, 40 * textUnits),
                     Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, words_);
    painter.restore();
}

} // namespace qianli::viewer
