#include "viewer/ui/viewport_marks.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/theme.h"

namespace qianli::viewer {

void paintScrollBar(QPainter& painter, QRect const& track, std::size_t index, std::size_t count,
                    std::function<bool(std::size_t)> const& isDecoded, StackGeometry const* geometry)
{
    painter.fillRect(track, QColor(0xFF101214));
    auto const yOf = [&](std::size_t at) {
        return track.top() + static_cast<int>(static_cast<double>(at) * track.height() / static_cast<double>(count));
    };
    for (std::size_t at = 0; at < count; ++at)
        if (isDecoded(at))
            painter.fillRect(QRect(track.left() + 3, yOf(at), 3, std::max(1, yOf(at + 1) - yOf(at))),
                             QColor(0xFF454C55));
    int const thumb = std::max(6, static_cast<int>(track.height() / static_cast<double>(count)));
    int const top = std::min(yOf(index), track.bottom() - thumb + 1);
    painter.fillRect(QRect(track.left() + 1, top, track.width() - 2, thumb), QColor(colour::accent));
    if (geometry == nullptr)
        return;
    for (std::size_t const after : geometry->unevenAfter)
        painter.fillRect(QRect(track.left(), yOf(after + 1), 3, 1), QColor(colour::amber));
    // Over the thumb: it must not hide what isn't there.
    for (SliceGap const& gap : geometry->gaps)
        painter.fillRect(QRect(track.left(), yOf(gap.after + 1) - 1, track.width(), 3), QColor(colour::red));
}

void paintKeyTag(QPainter& painter, QRect const& area)
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor::fromRgba(0xD01C1F23));
    // Above the letter of the direction; where it is narrow, above the corners' words, too.
    int const above = area.width() < 360 ? 92 : 48;
    QRect const tag(area.center().x() - 34, area.bottom() - above, 68, 22);
    painter.drawRoundedRect(tag, 3, 3);
    painter.setPen(QColor(colour::accent));
    painter.drawText(tag, Qt::AlignCenter, say("★ 关键图", "★ Key"));
    painter.setBrush(Qt::NoBrush);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

namespace {
constexpr int bandPadding = 8, bandFlags = Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap | Qt::TextWrapAnywhere;
}

int heightOf(ViewportBand const& band, QFont const& font, int width)
{
    if (band.kind == ViewportBand::Kind::None)
        return 0;
    QRect const room(0, 0, std::max(40, width - 2 * bandPadding), 1 << 12);
    return QFontMetrics(font).boundingRect(room, bandFlags, band.words).height() + 6;
}

void paintBand(QPainter& painter, QRect const& place, ViewportBand const& band)
{
    bool const other = band.kind == ViewportBand::Kind::OtherPatient;
    painter.fillRect(place, QColor(other ? colour::otherPatient : colour::line));
    if (!other)
        painter.fillRect(QRect(place.left(), place.top(), 3, place.height()), QColor(colour::accent));
    painter.setPen(other ? QColor(Qt::black) : QColor(colour::strong));
    painter.drawText(place.adjusted(bandPadding, 0, -bandPadding, 0), bandFlags, band.words);
}

} // namespace qianli::viewer
