#include "viewer/ui/rendered_view.h"

#include "viewer/i18n/language.h"

#include <QPainter>

#include <numbers>

namespace qianli::viewer {

namespace {
constexpr auto rest = std::chrono::milliseconds(300);

// Of another size until the next one is drawn: smaller or larger, never out of shape.
QImage fitted(QImage const& picture, QSize target)
{
    QImage image(target, QImage::Format_RGB32);
    image.fill(Qt::black);
    QImage const scaled = picture.scaled(target, Qt::KeepAspectRatio);
    QPainter(&image).drawImage((target.width() - scaled.width()) / 2, (target.height() - scaled.height()) / 2, scaled);
    return image;
}
} // namespace

QString presetWord(RenderPreset const& preset)
{
    return displayLanguage() == DisplayLanguage::Chinese
               ? QString::fromUtf8(preset.chinese.data(), static_cast<qsizetype>(preset.chinese.size()))
               : QString::fromUtf8(preset.english.data(), static_cast<qsizetype>(preset.english.size()));
}

RenderedView::RenderedView(std::shared_ptr<Volume const> volume, bool inHounsfield, Look const& look)
    : volume_(std::move(volume)), presets_(renderPresets(inHounsfield)), view_(frontView(*volume_)), look_(look),
      sourceLook_(look)
{
    setPreset(0);
    worker_ = std::thread([this] { run(); });
}

RenderedView::~RenderedView()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
        outdated_ = true;
    }
    work_.notify_all();
    worker_.join();
}

void RenderedView::setPreset(std::size_t preset)
{
    preset_ = std::min(preset, presets_.size() - 1);
    RenderPreset const& chosen = presets_[preset_];
    look_ = chosen.width > 0 ? Look{VoiChoice{VoiChoice::Kind::Manual, 0, Window{chosen.center, chosen.width, {}}}, {}}
                             : sourceLook_;
    look_.inversion = Inversion::None;
    emit changed();
}

void RenderedView::turn(double aroundVertical, double aroundHorizontal)
{
    turnView(view_, aroundVertical, aroundHorizontal);
    emit changed();
}

void RenderedView::lookFrom(Side side)
{
    constexpr double half = std::numbers::pi, quarter = half / 2;
    view_ = frontView(*volume_);
    switch (side) {
    case Side::Front:
        break;
    case Side::Back:
        turnView(view_, half, 0);
        break;
    case Side::Left:
        turnView(view_, -quarter, 0);
        break;
    case Side::Right:
        turnView(view_, quarter, 0);
        break;
    case Side::Head:
        turnView(view_, 0, -quarter);
        break;
    case Side::Feet:
        turnView(view_, 0, quarter);
        break;
    }
    emit changed();
}

QString RenderedView::title() const
{
    return say("三维 ", "3D ") + presetWord(presets_[preset_]);
}

// No spacing: a length on a picture of a whole body is no length in it.
FrameAttributes RenderedView::attributes() const
{
    FrameAttributes attributes;
    attributes.plane = (last_.isNull() ? view_ : shown_).plane();
    attributes.grey = volume_->grey();
    return attributes;
}

QSize RenderedView::pictureSize() const
{
    return {static_cast<int>(view_.columns), static_cast<int>(view_.rows)};
}

void RenderedView::setLook(Look const& look)
{
    Window const before = effectiveWindow(volume_->grey(), look_.voi), now = effectiveWindow(volume_->grey(), look.voi);
    if (before.center == now.center && before.width == now.width && look.inversion == look_.inversion)
        return;
    look_ = look;
    emit changed();
}

void RenderedView::reset()
{
    view_ = frontView(*volume_);
    setPreset(preset_);
}

QImage RenderedView::picture(ViewState const& state, QSize target)
{
    {
        std::lock_guard const lock(mutex_);
        wanted_ = Request{view_, preset_, state, target};
        ++number_;
        outdated_ = true;
    }
    work_.notify_all();
    isFull_ = false;
    return last_.isNull() || last_.size() == target ? last_ : fitted(last_, target);
}

// A draft is drawn to its end and shown even when the mouse has gone on, or nothing would be seen while it turns.
void RenderedView::run()
{
    VolumeRenderer renderer(volume_);
    std::atomic<bool> const never = false;
    std::unique_lock lock(mutex_);
    for (;;) {
        work_.wait(lock, [this] { return stopping_ || wanted_; });
        if (stopping_)
            return;
        Request const request = *std::exchange(wanted_, std::nullopt);
        std::uint64_t const number = number_;
        outdated_ = false;
        auto const draw = [&](RenderQuality quality, std::atomic<bool> const& cancelled) {
            lock.unlock();
            QImage const image = renderer.render(request.view, presets_[request.preset], request.state, request.target,
                                                 quality, cancelled);
            if (!image.isNull())
                deliver(image, request.view, quality, number);
            lock.lock();
        };
        draw(RenderQuality::Draft, never);
        if (!work_.wait_for(lock, rest, [this] { return stopping_ || wanted_; }))
            draw(RenderQuality::Full, outdated_);
    }
}

void RenderedView::deliver(QImage const& image, Cut const& view, RenderQuality quality, std::uint64_t number)
{
    QMetaObject::invokeMethod(
        this,
        [this, image, view, quality, number] {
            last_ = image;
            shown_ = view;
            {
                std::lock_guard const lock(mutex_);
                isFull_ = quality == RenderQuality::Full && number == number_;
            }
            emit improved(image);
        },
        Qt::QueuedConnection);
}

} // namespace qianli::viewer
