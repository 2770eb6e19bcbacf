#include "viewer/render/page_text.h"

#include <QFontMetricsF>

#include <algorithm>

namespace qianli::viewer {

QFont pageFont(double millimetres, bool bold)
{
    QFont font;
    font.setFamilies({QStringLiteral("Noto Sans CJK SC"), QStringLiteral("WenQuanYi Zen Hei"),
                      QStringLiteral("HanaMinA"), QStringLiteral("HanaMinB"), QStringLiteral("sans-serif")});
    font.setPixelSize(std::max(1, static_cast<int>(millimetres * textUnits + 0.5)));
    font.setBold(bold);
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

void paintPageText(QPainter& painter, QRectF const& area, int flags, QString const& words, QFont const& font,
                   QColor const& colour)
{
    painter.save();
    painter.translate(area.topLeft());
    painter.scale(1 / textUnits, 1 / textUnits);
    painter.setFont(font);
    painter.setPen(colour);
    QRectF const inUnits(0, 0, area.width() * textUnits, area.height() * textUnits);
    painter.drawText(inUnits, flags, QFontMetricsF(font).elidedText(words, Qt::ElideRight, inUnits.width()));
    painter.restore();
}

QString shortNumber(double value)
{
    return QString::number(value, 'g', 4);
}

} // namespace qianli::viewer
