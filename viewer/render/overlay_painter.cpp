#include "viewer/render/overlay_painter.h"

#include <algorithm>

namespace qianli::viewer {
namespace {

constexpr int margin = 6;

// Light letters over their own dark shadow on four sides.
void paintOutlined(QPainter& painter, QRect const& place, int flags, QString const& text)
{
    painter.setPen(QColor(0, 0, 0, 210));
    for (QPoint const shift : {QPoint(-1, -1), QPoint(1, -1), QPoint(-1, 1), QPoint(1, 1)})
        painter.drawText(place.translated(shift), flags, text);
    painter.setPen(QColor(0xE8, 0xEB, 0xF0));
    painter.drawText(place, flags, text);
}

constexpr int wrapped = Qt::TextWordWrap | Qt::TextWrapAnywhere;
constexpr int apart = 12; // between two blocks

int widest(QFontMetrics const& metrics, QStringList const& lines)
{
    int width = 0;
    for (QString const& line : lines)
        width = std::max(width, metrics.horizontalAdvance(line));
    return width;
}

QStringList fitted(QFontMetrics const& metrics, QStringList const& lines, int width, int height)
{
    constexpr int least = 48; // of less than this nothing can be read
    QStringList result;
    int const most = std::max(0, height / metrics.lineSpacing());
    for (QString const& line : lines.first(std::min<qsizetype>(most, lines.size())))
        if (width >= std::min(least, metrics.horizontalAdvance(line)))
            result << metrics.elidedText(line, Qt::ElideRight, width);
    return result;
}

void placeLetters(QFontMetrics const& metrics, QRect const& area, CornerText const& text, QSize who, QSize right,
                  QSize bottomLeft, QSize bottomRight, std::vector<PlacedText>& placed)
{
    int const line = metrics.lineSpacing(), half = area.width() / 2 - line;
    // Below whatever stands at the top, rather than over it.
    int const top = who.width() > half || right.width() > half ? std::max(who.height(), right.height()) : 0;
    int const bottom = bottomLeft.width() > half || bottomRight.width() > half
                           ? std::max(bottomLeft.height(), bottomRight.height())
                           : 0;
    placed.push_back({area.adjusted(0, top, 0, 0), Qt::AlignHCenter | Qt::AlignTop, text.top});
    placed.push_back({area.adjusted(0, 0, 0, -bottom), Qt::AlignHCenter | Qt::AlignBottom, text.bottom});
    QRect const sides = area.adjusted(0, who.height(), 0, -std::max(bottomLeft.height(), bottomRight.height()));
    if (sides.height() < line)
        return;
    placed.push_back({sides, Qt::AlignLeft | Qt::AlignVCenter, text.left});
    placed.push_back({sides, Qt::AlignRight | Qt::AlignVCenter, text.right});
}
} // namespace

std::vector<PlacedText> placeCornerText(QFontMetrics const& metrics, QRect const& area, CornerText const& text)
{
    QStringList who = text.topLeft, right = text.topRight;
    int const line = metrics.lineSpacing(), width = area.width();
    if (!text.date.isEmpty() && widest(metrics, who) + apart + metrics.horizontalAdvance(text.date) > width) {
        right.removeOne(text.date);
        who << text.date;
    }
    auto const sizeOf = [&](QStringList const& lines, int flags) {
        return lines.isEmpty() ? QSize(0, 0)
                               : metrics.boundingRect(QRect(0, 0, width, 1 << 16), flags, lines.join('\n')).size();
    };
    int const whoFlags = Qt::AlignLeft | Qt::AlignTop | wrapped;
    QSize const whoSize = sizeOf(who, whoFlags);
    right = fitted(metrics, right, width - apart - whoSize.width(), area.height() - line);
    QSize const rightSize = sizeOf(right, Qt::AlignRight);
    int const below = area.height() - std::max(whoSize.height(), rightSize.height()) - line / 2;
    QStringList const bottomRight = fitted(metrics, text.bottomRight, width, below);
    QSize const bottomRightSize = sizeOf(bottomRight, Qt::AlignRight);
    QStringList const bottomLeft = fitted(metrics, text.bottomLeft, width - apart - bottomRightSize.width(), below);
    std::vector<PlacedText> placed{{area, whoFlags, who.join('\n')},
                                   {area, Qt::AlignRight | Qt::AlignTop, right.join('\n')},
                                   {area, Qt::AlignLeft | Qt::AlignBottom, bottomLeft.join('\n')},
                                   {area, Qt::AlignRight | Qt::AlignBottom, bottomRight.join('\n')}};
    placeLetters(metrics, area, text, whoSize, rightSize, sizeOf(bottomLeft, Qt::AlignLeft), bottomRightSize, placed);
    std::erase_if(placed, [](PlacedText const& one) { return one.text.isEmpty(); });
    return placed;
}

void paintCornerText(QPainter& painter, QRect const& viewport, CornerText const& text, int pixelSize)
{
    constexpr int smallest = 9;
    painter.save();
    QRect const area = viewport.adjusted(margin, margin, -margin, -margin);
    QFont font = painter.font();
    std::vector<PlacedText> placed;
    for (int size = pixelSize; size >= smallest; --size) {
        font.setPixelSize(size);
        QFontMetrics const metrics(font);
        placed = placeCornerText(metrics, area, text);
        if (placed.empty() ||
            metrics.boundingRect(area, placed.front().flags, placed.front().text).height() <= area.height())
            break;
    }
    painter.setFont(font);
    for (PlacedText const& one : placed)
        paintOutlined(painter, one.place, one.flags, one.text);
    painter.restore();
}

} // namespace qianli::viewer
