#include "viewer/ui/viewport.h"

#include "viewer/i18n/language.h"
#include "viewer/model/stack_link.h"
#include "viewer/render/image_renderer.h"
#include "viewer/render/overlay_painter.h"
#include "viewer/render/picture_graphics.h"
#include "viewer/tools/scroll_tool.h"
#include "viewer/tools/zoom_tool.h"
#include "viewer/ui/cine_bar.h"
#include "viewer/ui/page_view.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/trace.h"

#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

namespace qianli::viewer {

namespace {
constexpr int scrollWidth = 9;
constexpr int barEvery = 50; // ms

// At the place of the patient that was on the screen where both share one space: another phase, the same slice. Else
// in the middle.
std::size_t openedAt(StackPlace before, Stack const& stack)
{
    StackPlace const opened{&stack, 0};
    if (before.stack != nullptr && linkKind(before, opened) == LinkKind::Position)
        return linkedIndex(before, opened, {});
    return stack.kind == StackKind::Slices ? stack.entries.size() / 2 : 0;
}

Language cornerLanguage()
{
    return displayLanguage() == DisplayLanguage::Chinese ? Language::Chinese : Language::English;
}

// Pictures that only share a series have no window in common unless the reader sets it; and the file's own of this
// number may be of no use here.
bool needsAnotherVoi(VoiChoice const& choice, Pixels const& pixels, StackEntry const& shown)
{
    auto const& grey = shown.attributes().grey;
    return needsItsOwnVoi(choice, grey) ||
           (choice.kind == VoiChoice::Kind::FileWindow &&
            !isPlausible(grey.windows[choice.index], pixels, grey, shown.image->series.modality));
}

} // namespace

Viewport::Viewport(int number, PictureCache& cache, QWidget* parent) : QWidget(parent), number_(number), cache_(cache)
{
    setObjectName(QString("viewport.%1").arg(number));
    setAttribute(Qt::WA_OpaquePaintEvent);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(200, 170); // who it is has room
    setMouseTracking(true);
    connect(
        &cache_, &PictureCache::arrived, this,
        [this](quintptr image, unsigned frame) {
            StackEntry const* shown = entry();
            if (view_ == nullptr && shown != nullptr && !pixels_ &&
                reinterpret_cast<quintptr>(shown->image.get()) == image && shown->frame == frame)
                takePicture();
            else if (view_ == nullptr && shown != nullptr && !barIsOld_.isActive())
                barIsOld_.start();
        },
        Qt::QueuedConnection);
    // Hundreds of pictures arrive in a second; each look at the bar costs a look at the whole viewport.
    barIsOld_.setSingleShot(true);
    barIsOld_.setInterval(barEvery);
    connect(&barIsOld_, &QTimer::timeout, this, [this] { update(scrollTrack()); });
}

Viewport::~Viewport()
{
    cache_.forget(this);
}

void Viewport::showStack(Stack const& stack, SeriesIdentity const& series)
{
    if (stack.kind == StackKind::Document)
        return showDocument(stack, series);
    leavePages();
    StackEntry const* before = view_ ? nullptr : entry();
    StackEntry const keep = before != nullptr ? *before : StackEntry();
    bool const same = keep.image && series.uid.value() == seriesUid_ && stack.holds(keep);
    bool const alreadyShown = same && pixels_;
    std::size_t const opened = openedAt(keep.image ? StackPlace{&stack_, state_.index} : StackPlace(), stack);
    leaveView();
    stack_ = stack;
    seriesUid_ = series.uid.value();
    if (!same) {
        state_ = ViewState();
        state_.index = opened;
        voiChosen_ = false;
    } else {
        state_.index = std::min(state_.index, stack_.entries.empty() ? 0 : stack_.entries.size() - 1);
        for (std::size_t index = 0; index < stack_.entries.size(); ++index)
            if (stack_.entries[index].image == keep.image && stack_.entries[index].frame == keep.frame)
                state_.index = index;
    }
    followClip();
    if (alreadyShown && stack_.entries[state_.index].image == keep.image)
        wish();
    else
        takePicture();
    update();
}

void Viewport::clear()
{
    cache_.forget(this);
    leaveView();
    leavePages();
    stack_ = {};
    seriesUid_.clear();
    pixels_.reset();
    error_.reset();
    imageCurrent_ = false;
    keyImage_ = false;
    setBand({});
    followClip();
    update();
}

bool Viewport::isLoaded() const
{
    return view_ != nullptr || pages_ != nullptr ||
           std::all_of(stack_.entries.begin(), stack_.entries.end(),
                       [this](StackEntry const& entry) { return cache_.holds(entry); });
}

StackEntry const* Viewport::entry() const
{
    return state_.index < stack_.entries.size() ? &stack_.entries[state_.index] : nullptr;
}

FrameAttributes const* Viewport::attributes() const
{
    StackEntry const* shown = entry();
    return shown == nullptr ? nullptr : &shown->attributes();
}

void Viewport::takePicture()
{
    StackEntry const* shown = entry();
    pixels_.reset();
    error_.reset();
    imageCurrent_ = false;
    if (shown != nullptr) {
        auto const picture = cache_.find(*shown);
        followMask();
        pixels_ = withoutMask(picture.pixels);
        error_ = picture.error;
        wish();
    }
    bool const isForeign = voiChosen_ && stack_.kind == StackKind::Images && !isClip(stack_) && pixels_ &&
                           needsAnotherVoi(state_.voi, *pixels_, *shown);
    if (pixels_ && (!voiChosen_ || isForeign)) {
        state_.voi = initialVoi(*pixels_, shown->attributes().grey, shown->image->series.modality);
        voiChosen_ = true;
    }
    followClip();
    update();
    emit pictureChanged(this);
}

// The visible picture first, then its neighbours outward.
void Viewport::wish()
{
    std::vector<StackEntry> wanted;
    auto const count = static_cast<long long>(stack_.entries.size());
    auto const here = static_cast<long long>(state_.index);
    wanted.reserve(stack_.entries.size());
    if (StackEntry const* shown = entry())
        wanted.push_back(*shown);
    for (long long distance = 1; distance < count; ++distance)
        for (long long const index : {here + distance, here - distance})
            if (index >= 0 && index < count)
                wanted.push_back(stack_.entries[static_cast<std::size_t>(index)]);
    cache_.want(this, std::move(wanted));
}

QRect Viewport::pictureArea() const
{
    return rect().adjusted(1, 1 + bandHeight_, -1 - (stack_.entries.size() > 1 ? scrollWidth : 0), -1 - clipHeight());
}

QRect Viewport::scrollTrack() const
{
    return {width() - 1 - scrollWidth, 1, scrollWidth, height() - 2 - clipHeight()};
}

void Viewport::updateImage()
{
    if (imageCurrent_ || (!pixels_ && !view_))
        return;
    qreal const ratio = devicePixelRatioF();
    QSize const area = pictureArea().size();
    ViewState scaled = state_;
    scaled.pan *= ratio;
    if (scaled.zoom)
        *scaled.zoom *= ratio;
    image_ = view_ ? view_->picture(scaled, area * ratio) : renderImage(*pixels_, *attributes(), scaled, area * ratio);
    image_.setDevicePixelRatio(ratio);
    imageCurrent_ = true;
}

void Viewport::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    QRect const area = pictureArea();
    if (entry() != nullptr)
        updateImage();
    // Not twice: a large viewport is megabytes.
    bool const isCovered = entry() != nullptr && (pixels_ || view_) && image_.size() == area.size() && imageCurrent_;
    for (QRect const& part : isCovered ? QRegion(rect()).subtracted(area) : QRegion(rect()))
        painter.fillRect(part, Qt::black);
    if (entry() != nullptr) {
        if (pixels_ || (view_ && !image_.isNull())) {
            painter.drawImage(area.topLeft(), image_);
            if (Trace::current() != nullptr)
                Trace::current()->picturePainted();
        } else
            paintMessage(painter, error_ ? say("这幅图像不能显示\n", "This image can't be shown\n") + sentence(*error_)
                                  : view_ ? say("正在绘制……", "Drawing …")
                                          : say("正在解码……", "Decoding …"));
        if (auto const view = layerView(); view && !layers_.empty()) {
            painter.save();
            painter.setClipRect(area);
            painter.translate(area.topLeft());
            for (auto const& layer : layers_)
                layer->paint(painter, *view);
            painter.restore();
        }
        painter.setFont(font());
        paintCornerText(painter, area, annotation());
        if (keyImage_)
            paintKeyTag(painter, area);
        if (stack_.entries.size() > 1)
            paintScrollBar(
                painter, scrollTrack(), state_.index, stack_.entries.size(),
                [this](std::size_t index) { return view_ != nullptr || cache_.holds(stack_.entries[index]); },
                stack_.geometry.get());
        if (bandHeight_ > 0)
            paintBand(painter, {1, 1, width() - 2, bandHeight_}, band_);
    } else {
        paintMessage(painter, waitingText_);
    }
    painter.setPen(QPen(QColor(active_ ? colour::accent : colour::line), 1));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void Viewport::paintMessage(QPainter& painter, QString const& text)
{
    painter.setPen(QColor(colour::quiet));
    painter.drawText(pictureArea().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, text);
}

void Viewport::change(std::function<void(ToolTarget const&)> const& act)
{
    if (pages_ != nullptr)
        return pages_->change(act);
    FrameAttributes const* shown = attributes();
    if (shown == nullptr)
        return;
    std::size_t const before = state_.index;
    std::uint32_t const rows = pixels_ ? pixels_->rows : entry()->image->format.rows;
    std::uint32_t const columns = pixels_ ? pixels_->columns : entry()->image->format.columns;
    FrameAttributes const held = *shown;
    act(ToolTarget{state_, stack_.entries.size(), rows, columns, held, pictureArea().size()});
    imageCurrent_ = false;
    if (Trace::current() != nullptr)
        Trace::current()->viewChanged();
    if (view_) {
        if (state_.index != before)
            view_->scrollTo(state_.index);
        view_->setLook({state_.voi, state_.inversion});
    } else if (state_.index != before) {
        takePicture();
    }
    update();
}

void Viewport::setState(ViewState const& state)
{
    change([&](ToolTarget const& target) { target.state = state; });
}

void Viewport::resetView()
{
    if (pages_ != nullptr)
        return pages_->reset();
    if (view_)
        view_->reset();
    change([this](ToolTarget const& target) {
        target.state.resetGeometry();
        if (mask_)
            target.state.voi = {VoiChoice::Kind::Manual, 0, windowOfDifferences()};
        else if (pixels_)
            target.state.voi = initialVoi(*pixels_, target.attributes.grey, entry()->image->series.modality);
    });
}

QImage Viewport::render(QSize size) const
{
    if (!pixels_)
        return {};
    ViewState fitted = state_;
    fitted.zoom.reset();
    fitted.pan = {};
    return view_ ? renderImage(*pixels_, *attributes(), fitted, size)
                 : renderPicture(*pixels_, *entry()->image, entry()->frame, fitted, size);
}

void Viewport::setActive(bool active)
{
    active_ = active;
    update();
}

void Viewport::setKnown(KnownOfCase const& known)
{
    known_ = known;
    followPages();
    update();
}

CornerText Viewport::annotation() const
{
    Pixels moving; // of a view whose values are not fetched while it moves
    moving.rows = entry() != nullptr ? entry()->image->format.rows : 0;
    moving.columns = entry() != nullptr ? entry()->image->format.columns : 0;
    Pixels const* const shown = pixels_ ? pixels_.get() : view_ ? &moving : nullptr;
    CornerText text = cornerText(stack_, state_, shown, pictureArea().size(), known_, cornerLanguage());
    if (shown == nullptr)
        text.bottomRight.clear(); // there is no window and no zoom of a picture that isn't shown
    return text;
}

void Viewport::setBand(ViewportBand const& band)
{
    if (band == band_)
        return;
    band_ = band;
    bandHeight_ = heightOf(band_, font(), width() - 2);
    imageCurrent_ = false;
    followPages();
    update();
}

void Viewport::setKeyImage(bool key)
{
    keyImage_ = key;
    update();
}

void Viewport::setWaitingText(QString const& text)
{
    waitingText_ = text;
    update();
}

void Viewport::resizeEvent(QResizeEvent*)
{
    bandHeight_ = heightOf(band_, font(), width() - 2);
    imageCurrent_ = false;
    followPages();
    placeClip();
}

void Viewport::scrollTo(QPoint at)
{
    QRect const track = scrollTrack();
    double const part = std::clamp((at.y() - track.top()) / static_cast<double>(std::max(1, track.height())), 0.0, 1.0);
    change([&](ToolTarget const& target) {
        target.state.index =
            std::min(target.count - 1, static_cast<std::size_t>(part * static_cast<double>(target.count)));
    });
}

void Viewport::addLayer(std::unique_ptr<ViewportLayer> layer)
{
    layer->repaint = [this] { update(); };
    layers_.push_back(std::move(layer));
    update();
}

std::optional<LayerView> Viewport::layerView() const
{
    StackEntry const* shown = entry();
    if (shown == nullptr || pages_ != nullptr)
        return {};
    std::uint32_t const rows = pixels_ ? pixels_->rows : shown->image->format.rows;
    std::uint32_t const columns = pixels_ ? pixels_->columns : shown->image->format.columns;
    if (rows == 0 || columns == 0)
        return {};
    QSizeF const size = pictureArea().size();
    FrameAttributes const& held = shown->attributes();
    return LayerView{
        stack_, *shown,    held,    pixels_,         state_, ViewMapping(rows, columns, held.pixelAspect, state_, size),
        size,   leftTool_, active_, view_ != nullptr};
}

LayerMouse Viewport::layerMouse(QMouseEvent const& event) const
{
    return {event.position() - pictureArea().topLeft(), event.button(), event.buttons(), event.modifiers()};
}

bool Viewport::pressLayer(LayerMouse const& mouse)
{
    auto const view = layerView();
    for (auto layer = layers_.rbegin(); view && layer != layers_.rend(); ++layer)
        if ((*layer)->press(mouse, *view)) {
            pressed_ = layer->get();
            return true;
        }
    return false;
}

void Viewport::mousePressEvent(QMouseEvent* event)
{
    emit activated(this);
    if (pressed_ != nullptr)
        return;
    if (event->button() == Qt::LeftButton && stack_.entries.size() > 1 && scrollTrack().contains(event->pos())) {
        draggingScroll_ = true;
        return scrollTo(event->pos());
    }
    if (pressLayer(layerMouse(*event)))
        return;
    ToolKind const kind = event->button() == Qt::RightButton    ? ToolKind::WindowLevel
                          : event->button() == Qt::MiddleButton ? ToolKind::Pan
                                                                : leftTool_;
    drag_ = makeDragTool(kind);
    change([&](ToolTarget const& target) { drag_->begin(target, event->position() - pictureArea().topLeft()); });
}

void Viewport::mouseMoveEvent(QMouseEvent* event)
{
    if (draggingScroll_)
        return scrollTo(event->pos());
    if (auto const view = layerView(); view && pressed_ != nullptr)
        return pressed_->move(layerMouse(*event), *view);
    else if (view && event->buttons() == Qt::NoButton)
        for (auto const& layer : layers_)
            layer->hover(layerMouse(*event), *view);
    if (drag_)
        change([&](ToolTarget const& target) { drag_->drag(target, event->position() - pictureArea().topLeft()); });
}

void Viewport::mouseReleaseEvent(QMouseEvent* event)
{
    if (auto* const layer = std::exchange(pressed_, nullptr))
        if (auto const view = layerView())
            layer->release(layerMouse(*event), *view);
    drag_.reset();
    draggingScroll_ = false;
}

void Viewport::mouseDoubleClickEvent(QMouseEvent* event)
{
    auto const view = layerView();
    for (auto layer = layers_.rbegin(); view && layer != layers_.rend(); ++layer)
        if ((*layer)->doubleClick(layerMouse(*event), *view))
            return;
    if (event->button() == Qt::LeftButton && !scrollTrack().contains(event->pos()))
        emit maximiseAsked(this);
}

void Viewport::wheelEvent(QWheelEvent* event)
{
    emit activated(this);
    wheelRest_ += event->angleDelta().y();
    int const steps = wheelRest_ / 120;
    wheelRest_ -= steps * 120;
    if (steps == 0 || (view_ && view_->wheel(steps, event->modifiers())))
        return;
    // A volume seen from outside has nothing to scroll.
    if (event->modifiers() & Qt::ControlModifier || (view_ && view_->count() == 1))
        change([&](ToolTarget const& target) {
            zoomBy(target, event->position() - pictureArea().topLeft(), std::pow(1.15, steps));
        });
    else
        change([&](ToolTarget const& target) { scrollBy(target, -steps); });
    event->accept();
}

} // namespace qianli::viewer
