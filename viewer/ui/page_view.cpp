#include "viewer/ui/page_view.h"

#include "viewer/client/background.h"
#include "viewer/i18n/language.h"
#include "viewer/render/open_document.h"
#include "viewer/render/page_strip.h"
#include "viewer/tools/zoom_tool.h"
#include "viewer/ui/caliper_layer.h"
#include "viewer/ui/page_steps.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/viewport_marks.h"

#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

#include <cmath>

namespace qianli::viewer {

namespace {
constexpr int scrollWidth = 9;

Language pageLanguage()
{
    return displayLanguage() == DisplayLanguage::Chinese ? Language::Chinese : Language::English;
}
} // namespace

PageView::PageView(std::function<CornerText()> identity, std::function<ToolKind()> leftTool, QWidget* viewport)
    : QWidget(viewport), identity_(std::move(identity)), leftTool_(std::move(leftTool))
{
    setObjectName(viewport->objectName() + ".pages");
    setAttribute(Qt::WA_OpaquePaintEvent);
    setFocusPolicy(Qt::NoFocus);
    connect(&slow_, &PageCache::arrived, this, [this] {
        imageCurrent_ = false;
        update();
    });
}

PageView::~PageView() = default;

void PageView::open(std::shared_ptr<ImageAttributes const> object)
{
    object_ = std::move(object);
    inBackground<std::shared_ptr<PageSource const>>(
        this, [opened = object_, language = pageLanguage()] { return openDocument(*opened, language); },
        [this](Result<std::shared_ptr<PageSource const>> pages) {
            if (pages)
                return showPages(*pages);
            problem_ = pages.error();
            update();
            emit opened();
        });
}

void PageView::showPages(std::shared_ptr<PageSource const> source)
{
    bool const sameScale = source_ && source_->count() == source->count();
    bool const sameSheet = sameScale && source_->size(state_.index) == source->size(state_.index);
    source_ = std::move(source);
    slow_.setSource(source_);
    ViewState fresh;
    fresh.index = sameScale ? state_.index : 0;
    if (!sameSheet)
        state_ = fresh;
    stack_ = Stack{StackKind::Images, {}};
    for (std::size_t page = 0; page < source_->count(); ++page)
        stack_.entries.push_back({object_, static_cast<std::uint32_t>(page)});
    layer_.reset();
    if (source_->scale(0)) {
        layer_ = std::make_unique<CaliperLayer>([this](std::size_t page) { return source_->scale(page); });
        layer_->repaint = [this] { update(); };
    }
    setBar();
    imageCurrent_ = false;
    update();
    emit opened();
}

void PageView::setBar()
{
    if (bar_ != nullptr) {
        bar_->hide();
        bar_->deleteLater(); // one of its buttons may be what asked for this
    }
    bar_ = new PageBar(*source_, this);
    bar_->allowActualSize(screenPixelsPerMillimetre(*this).has_value());
    connect(bar_, &PageBar::chosen, this, [this](std::shared_ptr<PageSource const> const& chosen) {
        emit activated();
        showPages(chosen);
    });
    auto const fit = [this](auto&& how) {
        emit activated();
        change([&](ToolTarget const& target) { target.state = how(target.state); });
    };
    connect(bar_, &PageBar::wholeAsked, this, [fit] {
        fit([](ViewState state) {
            state.zoom.reset();
            state.pan = {};
            return state;
        });
    });
    connect(bar_, &PageBar::widthAsked, this, [this, fit] {
        fit([this](ViewState const& state) { return fittedToWidth(state, pictureSize(), sheetArea().size()); });
    });
    connect(bar_, &PageBar::actualAsked, this, [this, fit] {
        if (auto const screen = screenPixelsPerMillimetre(*this))
            fit([&](ViewState const& state) { return inActualSize(state, *screen); });
    });
    bar_->setGeometry(0, height() - PageBar::barHeight, width(), PageBar::barHeight);
    bar_->show();
}

QRect PageView::sheetArea() const
{
    int const scroll = source_ && source_->count() > 1 ? scrollWidth : 0;
    return {0, pageStripHeight, std::max(1, width() - scroll),
            std::max(1, height() - pageStripHeight - (bar_ != nullptr ? PageBar::barHeight : 0))};
}

QRect PageView::scrollTrack() const
{
    QRect const sheet = sheetArea();
    return {sheet.right() + 1, sheet.top(), scrollWidth, sheet.height()};
}

QSize PageView::pictureSize() const
{
    QSizeF const sheet = source_->size(state_.index) * pagePixels;
    return {std::max(1, static_cast<int>(sheet.width())), std::max(1, static_cast<int>(sheet.height()))};
}

ViewMapping PageView::mapping() const
{
    QSize const picture = pictureSize();
    return {static_cast<std::uint32_t>(picture.height()), static_cast<std::uint32_t>(picture.width()), 1, state_,
            QSizeF(sheetArea().size())};
}

QPointF PageView::onScreen(QPointF millimetres) const
{
    return mapping().toScreen(millimetres * pagePixels) + sheetArea().topLeft();
}

void PageView::change(std::function<void(ToolTarget const&)> const& act)
{
    if (!source_)
        return;
    QSize const picture = pictureSize();
    act(ToolTarget{state_, source_->count(), static_cast<std::uint32_t>(picture.height()),
                   static_cast<std::uint32_t>(picture.width()), object_->frame(0), sheetArea().size()});
    state_.index = std::min(state_.index, source_->count() - 1);
    // Paper has neither a window nor a mirror image.
    state_.inversion = Inversion::None;
    if (state_.orientation.mirrored())
        state_.orientation.flipLeftRight();
    imageCurrent_ = false;
    update();
    emit moved();
}

void PageView::reset()
{
    if (auto* const calipers = dynamic_cast<CaliperLayer*>(layer_.get()))
        calipers->clear();
    change([](ToolTarget const& target) { target.state.resetGeometry(); });
}

void PageView::updateImage()
{
    if (imageCurrent_ || !source_)
        return;
    qreal const ratio = devicePixelRatioF();
    QSize const area = sheetArea().size();
    ViewMapping const map = mapping();
    image_ = QImage(area * ratio, QImage::Format_RGB32);
    image_.fill(Qt::black);
    QPainter painter(&image_);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing | QPainter::SmoothPixmapTransform);
    painter.setTransform(QTransform::fromScale(pagePixels, pagePixels) * map.transform() *
                         QTransform::fromScale(ratio, ratio));
    QRectF const sheet(QPointF(), source_->size(state_.index));
    problem_.reset();
    if (!source_->isSlow()) {
        source_->paint(painter, state_.index);
    } else if (auto const* const page = slow_.take(state_.index, map.zoom() * pagePixels * ratio);
               page != nullptr && !page->error) {
        painter.drawImage(sheet, page->image);
    } else {
        painter.fillRect(sheet, QColor(colour::panel));
        problem_ = page != nullptr ? page->error : std::nullopt;
    }
    painter.end();
    image_.setDevicePixelRatio(ratio);
    imageCurrent_ = true;
    showWords();
}

void PageView::showWords()
{
    double const perMillimetre = mapping().zoom() * pagePixels;
    auto const screen = screenPixelsPerMillimetre(*this);
    QString const scale =
        screen ? say("实际大小的 %1%", "%1% of actual size").arg(std::lround(100 * perMillimetre / *screen))
               : say("每毫米 %1 像素，屏幕尺寸未知", "%1 pixels a millimetre, size of the screen unknown")
                     .arg(perMillimetre, 0, 'f', 1);
    bar_->showState(state_.index, source_->count(), source_->words(state_.index), scale);
}

LayerView PageView::layerView() const
{
    return {stack_,    stack_.entries[state_.index], object_->frame(0), nullptr, state_,
            mapping(), sheetArea().size(),           leftTool_(),       true,    false};
}

void PageView::paintEvent(QPaintEvent*)
{
    updateImage();
    QPainter painter(this);
    painter.fillRect(rect(), Qt::black);
    painter.setFont(font());
    paintPageStrip(painter, {0, 0, width(), pageStripHeight}, identity_());
    QRect const area = sheetArea();
    if (source_)
        painter.drawImage(area.topLeft(), image_);
    if (!source_ || problem_) {
        painter.setPen(QColor(colour::text));
        painter.drawText(area.adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap,
                         problem_ ? say("这份文档不能显示\n", "This document can't be shown\n") + sentence(*problem_)
                                  : say("正在打开……", "Opening …"));
    }
    if (source_ && layer_) {
        painter.save();
        painter.setClipRect(area);
        painter.translate(area.topLeft());
        layer_->paint(painter, layerView());
        painter.restore();
    }
    if (source_ && source_->count() > 1)
        paintScrollBar(painter, scrollTrack(), state_.index, source_->count(), [](std::size_t) { return true; });
}

void PageView::resizeEvent(QResizeEvent*)
{
    if (bar_ != nullptr)
        bar_->setGeometry(0, height() - PageBar::barHeight, width(), PageBar::barHeight);
    imageCurrent_ = false;
}

LayerMouse PageView::layerMouse(QMouseEvent const& event) const
{
    return {event.position() - sheetArea().topLeft(), event.button(), event.buttons(), event.modifiers()};
}

void PageView::scrollTo(QPoint at)
{
    QRect const track = scrollTrack();
    double const part = std::clamp((at.y() - track.top()) / static_cast<double>(std::max(1, track.height())), 0.0, 1.0);
    change([&](ToolTarget const& target) {
        target.state.index =
            std::min(target.count - 1, static_cast<std::size_t>(part * static_cast<double>(target.count)));
    });
}

void PageView::mousePressEvent(QMouseEvent* event)
{
    emit activated();
    if (!source_ || pressedLayer_ || drag_)
        return;
    if (event->button() == Qt::LeftButton && source_->count() > 1 && scrollTrack().contains(event->pos())) {
        draggingScroll_ = true;
        return scrollTo(event->pos());
    }
    if (layer_ && layer_->press(layerMouse(*event), layerView())) {
        pressedLayer_ = true;
        return;
    }
    // Paper has no window: its button moves the sheet, and the right one makes it larger.
    ToolKind kind = event->button() == Qt::RightButton    ? ToolKind::Zoom
                    : event->button() == Qt::MiddleButton ? ToolKind::Pan
                                                          : leftTool_();
    if (kind != ToolKind::Zoom && kind != ToolKind::Scroll)
        kind = ToolKind::Pan;
    drag_ = makeDragTool(kind);
    change([&](ToolTarget const& target) { drag_->begin(target, event->position() - sheetArea().topLeft()); });
}

void PageView::mouseMoveEvent(QMouseEvent* event)
{
    if (draggingScroll_)
        return scrollTo(event->pos());
    if (pressedLayer_ && layer_)
        return layer_->move(layerMouse(*event), layerView());
    if (drag_)
        change([&](ToolTarget const& target) { drag_->drag(target, event->position() - sheetArea().topLeft()); });
}

void PageView::mouseReleaseEvent(QMouseEvent* event)
{
    if (std::exchange(pressedLayer_, false) && layer_)
        layer_->release(layerMouse(*event), layerView());
    drag_.reset();
    draggingScroll_ = false;
}

void PageView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (source_ && layer_ && layer_->doubleClick(layerMouse(*event), layerView()))
        return;
    if (event->button() == Qt::LeftButton && !scrollTrack().contains(event->pos()))
        emit maximiseAsked();
}

void PageView::wheelEvent(QWheelEvent* event)
{
    emit activated();
    event->accept();
    wheelRest_ += event->angleDelta().y();
    int const steps = wheelRest_ / 120;
    wheelRest_ -= steps * 120;
    if (steps == 0 || !source_)
        return;
    if (event->modifiers() & Qt::ControlModifier)
        return change([&](ToolTarget const& target) {
            zoomBy(target, event->position() - sheetArea().topLeft(), std::pow(1.15, steps));
        });
    ViewState const next =
        steppedOnPages(state_, mapping(), pictureSize(), sheetArea().size(), source_->count(), -steps);
    change([&](ToolTarget const& target) { target.state = next; });
}

} // namespace qianli::viewer
