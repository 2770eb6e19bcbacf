#include "viewer/ui/measure_layer.h"

#include "viewer/i18n/language.h"
#include "viewer/model/measurement_text.h"
#include "viewer/render/measurement_painter.h"
#include "viewer/ui/calibration_field.h"

#include <QEvent>

#include <algorithm>

namespace qianli::viewer {
namespace {

constexpr double handleReach = 8, bodyReach = 6, dragBegins = 3; // logical pixels

Language language()
{
    return displayLanguage() == DisplayLanguage::Chinese ? Language::Chinese : Language::English;
}

class LeaveWatch : public QObject {
public:
    explicit LeaveWatch(std::function<void()> left) : left_(std::move(left)) {}

protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::Leave)
            left_();
        return QObject::eventFilter(watched, event);
    }

private:
    std::function<void()> left_;
};

bool isSame(std::optional<PixelSpacing> const& one, std::optional<PixelSpacing> const& other)
{
    return one.has_value() == other.has_value() &&
           (!one || (one->betweenRows == other->betweenRows && one->betweenColumns == other->betweenColumns));
}

// Inside the picture: there is nothing to measure beside it.
QPointF placeIn(LayerView const& view, QPointF at)
{
    QPointF const place = view.mapping.toImage(at);
    double const columns = view.pixels ? view.pixels->columns : view.entry.image->format.columns;
    double const rows = view.pixels ? view.pixels->rows : view.entry.image->format.rows;
    return {std::clamp(place.x(), 0.0, columns), std::clamp(place.y(), 0.0, rows)};
}

} // namespace

MeasureLayer::MeasureLayer(MeasureBoard& board, QWidget& host) : board_(board), host_(host)
{
    watch_ = std::make_unique<LeaveWatch>([this] {
        mouse_.reset();
        repaint();
    });
    host_.installEventFilter(watch_.get());
    QObject::connect(&board_, &MeasureBoard::repaintAsked, watch_.get(), [this] {
        if (field_ != nullptr && !board_.waiting())
            field_->hide();
        repaint();
    });
}

MeasureLayer::~MeasureLayer() = default;

bool MeasureLayer::isHere(Measurement const& measurement, LayerView const& view) const
{
    return !view.isCut && measurement.frame == view.entry.frame && isOf(measurement, *view.entry.image);
}

QStringList MeasureLayer::words(std::size_t slot, Measurement const& measurement, LayerView const& view)
{
    auto const own = ownSpacing(board_.all(), *view.entry.image, view.entry.frame);
    if (words_.size() <= slot)
        words_.resize(slot + 1);
    Words& known = words_[slot];
    if (known.measurement == measurement && known.pixels == view.pixels.get() && isSame(known.own, own))
        return known.lines;
    auto const values = measure(measurement, *view.entry.image, view.pixels.get(), own);
    QString const unit = QString::fromStdString(valueUnit(*view.entry.image, view.attributes.grey));
    known = {measurement, view.pixels.get(), own, measurementText(measurement, values, unit, language())};
    return known.lines;
}

void MeasureLayer::paint(QPainter& painter, LayerView const& view)
{
    labels_.clear();
    std::vector<QRectF> taken;
    QRectF const area(QPointF(0, 0), view.size);
    auto const draw = [&](std::size_t slot, Measurement const& measurement, MeasurementLook const& look) {
        QRectF const place =
            paintMeasurement(painter, view.mapping, area, measurement, words(slot, measurement, view), look, taken);
        if (!place.isEmpty()) {
            labels_.emplace_back(slot, place);
            taken.push_back(place);
        }
    };
    auto const& all = board_.all();
    for (std::size_t index = 0; index < all.size(); ++index) {
        bool const dragged = drag_ && drag_->hit.index == index;
        Measurement const& measurement = dragged ? drag_->current : all[index];
        bool const selected = board_.selected() == index;
        if (isHere(measurement, view))
            draw(index, measurement, {selected, selected, 1});
    }
    if (board_.pending() && isHere(board_.pending()->measurement, view))
        draw(all.size(), board_.pending()->measurement, {true, true, 1});
    if (board_.waiting() && isHere(*board_.waiting(), view))
        draw(all.size(), *board_.waiting(), {true, true, 1});
    paintCorner(painter, view);
}

QStringList MeasureLayer::promptLines(LayerView const& view) const
{
    auto const tool = board_.tool();
    if (!tool || !view.active)
        return {};
    if (view.isCut)
        return {say("只能在原始图像上测量", "Only original pictures are measured")};
    std::size_t const placed = board_.pending() ? board_.pending()->placed : 0;
    QString const next = nextPointWords(*tool, placed, language());
    QString const name = measurementName(*tool, language());
    return {next.isEmpty() ? name : name + say("：", ": ") + next};
}

// Over the window's numbers at the lower right, where the eye looks for numbers.
void MeasureLayer::paintCorner(QPainter& painter, LayerView const& view)
{
    QStringList lines = promptLines(view);
    if (mouse_ && view.pixels && !(view.isCut && view.pixels->isColour)) {
        QPointF const place = view.mapping.toImage(*mouse_);
        if (auto const value = valueAt(*view.pixels, view.attributes.grey, place.x(), place.y()))
            lines << pointValueText(*value, QString::fromStdString(valueUnit(*view.entry.image, view.attributes.grey)),
                                    language());
    }
    if (lines.isEmpty())
        return;
    painter.save();
    QFont font = painter.font();
    font.setPixelSize(13);
    painter.setFont(font);
    constexpr double aboveCorner = 92;
    QRectF const place(0, 0, view.size.width() - 6, view.size.height() - aboveCorner);
    paintOutlinedWords(painter, place, Qt::AlignRight | Qt::AlignBottom, lines.join('\n'), QColor(0xE8, 0xEB, 0xF0));
    painter.restore();
}

std::optional<MeasureLayer::Hit> MeasureLayer::hitAt(QPointF at, LayerView const& view) const
{
    auto const& all = board_.all();
    std::optional<Hit> body;
    for (std::size_t back = all.size(); back-- > 0;) {
        if (!isHere(all[back], view))
            continue;
        auto const shape = shapeOf(all[back], view.mapping);
        for (std::size_t handle = 0; handle < shape.handles.size(); ++handle)
            if (QLineF(shape.handles[handle], at).length() <= handleReach)
                return Hit{back, Part::Handle, handle};
        if (!body && shape.distanceTo(at) <= bodyReach)
            body = Hit{back, Part::Body, 0};
    }
    for (auto const& [index, place] : labels_)
        if (index < all.size() && place.contains(at) && isHere(all[index], view))
            return Hit{index, Part::Label, 0};
    return body;
}

void MeasureLayer::startPending(QPointF place, LayerView const& view)
{
    Measurement measurement;
    measurement.kind = *board_.tool();
    measurement.studyUid = view.entry.image->study.uid.value();
    measurement.sopInstanceUid = view.entry.image->sopInstanceUid.value();
    measurement.frame = view.entry.frame;
    measurement.points = {place, place};
    board_.select(std::nullopt);
    board_.setPending(MeasureBoard::Pending{measurement, 1});
}

// The point that followed the mouse stays where it is; another one follows.
void MeasureLayer::placeNext(QPointF place)
{
    auto pending = *board_.pending();
    pending.measurement.points.back() = place;
    if (++pending.placed < pointCount(pending.measurement.kind))
        pending.measurement.points.push_back(place);
    board_.setPending(std::move(pending));
}

bool MeasureLayer::press(LayerMouse const& mouse, LayerView const& view)
{
    if (mouse.button != Qt::LeftButton || view.isCut || !view.pixels)
        return false;
    QPointF const place = placeIn(view, mouse.at);
    pressedAt_ = mouse.at;
    if (board_.pending() && !isHere(board_.pending()->measurement, view))
        board_.cancel();
    if (board_.pending()) {
        placeNext(place);
        return true;
    }
    if (auto const hit = hitAt(mouse.at, view); hit && (hit->part == Part::Handle || !board_.tool())) {
        Measurement original = board_.all()[hit->index];
        board_.select(hit->index);
        drag_ = Drag{*hit, place, original, original};
        return true;
    }
    if (board_.tool() == MeasurementKind::Calibration && !mayBeCalibrated(view.attributes)) {
        emit board_.calibrationRefused();
        return true;
    }
    if (board_.tool()) {
        startPending(place, view);
        return true;
    }
    board_.select(std::nullopt);
    return false;
}

void MeasureLayer::move(LayerMouse const& mouse, LayerView const& view)
{
    mouse_ = mouse.at;
    QPointF const place = placeIn(view, mouse.at);
    if (drag_) {
        if (drag_->hit.part == Part::Handle)
            drag_->current = withHandleAt(drag_->original, drag_->hit.handle, place);
        else if (drag_->hit.part == Part::Body)
            drag_->current = movedBy(drag_->original, place - drag_->from);
        else if (QLineF(pressedAt_, mouse.at).length() > dragBegins)
            for (auto const& [index, where] : labels_)
                if (index == drag_->hit.index) {
                    QPointF const corner =
                        drag_->current.label ? view.mapping.toScreen(*drag_->current.label) : where.topLeft();
                    drag_->current.label = view.mapping.toImage(corner + view.mapping.toScreen(place) -
                                                                view.mapping.toScreen(drag_->from));
                    drag_->from = place;
                    break;
                }
        return repaint();
    }
    if (board_.pending() && isHere(board_.pending()->measurement, view)) {
        auto pending = *board_.pending();
        pending.measurement.points.back() = place;
        board_.setPending(std::move(pending));
    }
}

void MeasureLayer::release(LayerMouse const& mouse, LayerView const& view)
{
    if (drag_) {
        auto const drag = *std::exchange(drag_, std::nullopt);
        // What was taken up may be gone or another by now: a draft came, a key was pressed.
        bool const isStillThere = drag.hit.index < board_.all().size() && board_.all()[drag.hit.index] == drag.original;
        if (isStillThere && QLineF(pressedAt_, mouse.at).length() > dragBegins)
            board_.replace(drag.hit.index, drag.current);
        return repaint();
    }
    if (!board_.pending() || !isHere(board_.pending()->measurement, view))
        return;
    bool const dragged = QLineF(pressedAt_, mouse.at).length() > dragBegins;
    std::size_t const count = pointCount(board_.pending()->measurement.kind);
    if (board_.pending()->placed < count && dragged)
        placeNext(placeIn(view, mouse.at));
    if (board_.pending()->placed < count)
        return;
    board_.finishPending();
    if (board_.waiting())
        askLength();
}

void MeasureLayer::hover(LayerMouse const& mouse, LayerView const& view)
{
    mouse_ = mouse.at;
    if (board_.pending() && isHere(board_.pending()->measurement, view))
        return move(mouse, view);
    repaint();
}

bool MeasureLayer::doubleClick(LayerMouse const& mouse, LayerView const& view)
{
    if (mouse.button != Qt::LeftButton || view.isCut || (!board_.tool() && !hitAt(mouse.at, view)))
        return false;
    // The second press of a quick hand is a press.
    LayerMouse second = mouse;
    if (press(second, view))
        release(second, view);
    return true;
}

void MeasureLayer::askLength()
{
    if (field_ == nullptr)
        field_ = new CalibrationField(board_, host_);
    field_->ask(mouse_ ? mouse_->toPoint() : host_.rect().center());
}

} // namespace qianli::viewer
