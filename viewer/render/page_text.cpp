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

namespace {
constexpr int inLines = Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap | Qt::TextWrapAnywhere;
constexpr double endless = 1e6;
} // namespace

double heightOfPageLines(QString const& words, double width, QFont const& font)
{
    if (words.isEmpty())
        return 0;
    QRectF const room(0, 0, width * textUnits, endless);
    return QFontMetricsF(font).boundingRect(room, inLines, words).height() / textUnits;
}

double paintPageLines(QPainter& painter, QPointF topLeft, double width, QString const& words, QFont const& font,
                      QColor const& colour)
{
    double const height = heightOfPageLines(words, width, font);
    if (height == 0)
        return 0;
    painter.save();
    painter.translate(topLeft);
    painter.scale(1 / textUnits, 1 / textUnits);
    painter.setFont(font);
    painter.setPen(colour);
    painter.drawText(QRectF(0, 0, width * textUnits, endless), inLines, words);
    painter.restore();
    return height;
}

QString shortNumber(double value)
{
    return QString::number(value, 'g', 4);
}

} // namespace qianli::viewer
