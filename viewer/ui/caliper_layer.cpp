#include "viewer/ui/caliper_layer.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/page_steps.h"

#include <cmath>

namespace qianli::viewer {

namespace {
constexpr double reach = 7; // logical pixels
QColor const leg(0x1E, 0x86, 0xD2), shade(0x1E, 0x86, 0xD2, 36);

QPointF onPaper(QPointF at, LayerView const& view)
{
    return view.mapping.toImage(at) / pagePixels;
}

QPointF onScreen(QPointF millimetres, LayerView const& view)
{
    return view.mapping.toScreen(millimetres * pagePixels);
}

QString wordsOf(CaliperReading const& reading)
{
    QStringList words;
    if (reading.milliseconds)
        words << QString("%1 ms").arg(std::lround(*reading.milliseconds));
    if (reading.perMinute)
        words << say("%1 次/分", "%1 bpm").arg(std::lround(*reading.perMinute));
    if (reading.millivolts)
        words << QString("%1 mV").arg(*reading.millivolts, 0, 'f', 2);
    return words.join("   ");
}
} // namespace

CaliperReading readCaliper(QPointF way, PaperScale const& scale)
{
    CaliperReading reading;
    if (scale.millimetresPerSecond > 0)
        reading.milliseconds = std::abs(way.x()) / scale.millimetresPerSecond * 1000;
    if (reading.milliseconds && *reading.milliseconds >= 100) // shorter ones are parts of a beat
        reading.perMinute = 60'000 / *reading.milliseconds;
    if (scale.millimetresPerMillivolt > 0)
        reading.millivolts = -way.y() / scale.millimetresPerMillivolt;
    return reading;
}

std::optional<CaliperReading> CaliperLayer::reading(std::size_t page) const
{
    auto const scale = scaleOf_(page);
    if (page_ != page || !scale)
        return std::nullopt;
    return readCaliper(second_ - first_, *scale);
}

void CaliperLayer::clear()
{
    page_.reset();
    repaint();
}

CaliperLayer::Held CaliperLayer::heldAt(QPointF at, LayerView const& view) const
{
    if (page_ != view.state.index)
        return Held::Nothing;
    QPointF const one = onScreen(first_, view), two = onScreen(second_, view);
    auto const near = [at](QPointF point) { return std::hypot(at.x() - point.x(), at.y() - point.y()) < reach; };
    if (near(two))
        return Held::Second;
    if (near(one))
        return Held::First;
    return QRectF(one, two).normalized().adjusted(-2, -2, 2, 2).contains(at) ? Held::Both : Held::Nothing;
}

bool CaliperLayer::press(LayerMouse const& mouse, LayerView const& view)
{
    bool const moves =
        view.leftTool == ToolKind::Pan || view.leftTool == ToolKind::Zoom || view.leftTool == ToolKind::Scroll;
    if (mouse.button != Qt::LeftButton || moves || mouse.modifiers != Qt::NoModifier || !scaleOf_(view.state.index))
        return false;
    last_ = onPaper(mouse.at, view);
    held_ = heldAt(mouse.at, view);
    if (held_ == Held::Nothing) {
        page_ = view.state.index;
        first_ = second_ = last_;
        held_ = Held::Second;
    }
    repaint();
    return true;
}

void CaliperLayer::move(LayerMouse const& mouse, LayerView const& view)
{
    QPointF const at = onPaper(mouse.at, view);
    if (held_ == Held::Second || held_ == Held::Both)
        second_ += at - last_;
    if (held_ == Held::First || held_ == Held::Both)
        first_ += at - last_;
    last_ = at;
    repaint();
}

void CaliperLayer::release(LayerMouse const&, LayerView const& view)
{
    held_ = Held::Nothing;
    // A click without a way takes the calipers off the paper.
    if (QLineF(onScreen(first_, view), onScreen(second_, view)).length() < 3)
        clear();
}

// On the calipers: the second press of the click moved nothing, and the viewport shall not be maximised.
bool CaliperLayer::doubleClick(LayerMouse const& mouse, LayerView const& view)
{
    if (heldAt(mouse.at, view) == Held::Nothing)
        return false;
    clear();
    return true;
}

void CaliperLayer::paint(QPainter& painter, LayerView const& view)
{
    auto const read = reading(view.state.index);
    if (!read)
        return;
    QPointF const one = onScreen(first_, view), two = onScreen(second_, view);
    QRectF const box = QRectF(one, two).normalized();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(box, shade);
    painter.setPen(QPen(leg, 1.2));
    for (double const x : {one.x(), two.x()})
        painter.drawLine(QPointF(x, box.top() - 14), QPointF(x, box.bottom() + 14));
    if (read->millivolts)
        for (double const y : {one.y(), two.y()})
            painter.drawLine(QPointF(box.left() - 5, y), QPointF(box.right() + 5, y));
    painter.setBrush(leg);
    for (QPointF const point : {one, two})
        painter.drawEllipse(point, 3, 3);
    QString const words = wordsOf(*read);
    QFont font = painter.font();
    font.setPixelSize(14);
    font.setBold(true);
    painter.setFont(font);
    QRectF tag = painter.fontMetrics().boundingRect(words).adjusted(-8, -4, 8, 4);
    tag.moveBottomLeft(QPointF(box.left(), box.top() - 18));
    tag.moveLeft(std::clamp(tag.left(), 2.0, std::max(2.0, view.size.width() - tag.width() - 2)));
    tag.moveTop(std::max(2.0, tag.top()));
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(0x10, 0x24, 0x36, 235));
    painter.drawRoundedRect(tag, 3, 3);
    painter.setPen(QColor(0xE8, 0xF2, 0xFA));
    painter.drawText(tag, Qt::AlignCenter, words);
}

} // namespace qianli::viewer
