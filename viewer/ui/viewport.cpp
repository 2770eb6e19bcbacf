#include "viewer/ui/viewport.h"

#include "viewer/model/stack_link.h"
#include "viewer/ui/cine_bar.h"
#include "viewer/ui/page_view.h"
#include "viewer/ui/trace.h"

#include <utility>

namespace qianli::viewer {

namespace {
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

// Pictures that only share a series have no window in common unless the reader sets it; and the file's own of this
// number may be of no use here.
bool needsAnotherVoi(VoiChoice const& choice, Pixels const& pixels, StackEntry const& shown)
{
    auto const& grey = shown.attributes().grey;
    return needsItsOwnVoi(choice, grey) ||
           (choice.kind == VoiChoice::Kind::FileWindow &&
            !isPlausible(grey.windows[choice.index], pixels, grey, shown.image->series.modality));
}

bool isSame(VoiChoice const& one, VoiChoice const& other)
{
    return one.kind == other.kind && one.index == other.index && one.manual.center == other.manual.center &&
           one.manual.width == other.manual.width;
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
            else if (view_ == nullptr && shown != nullptr && !takeLeading(image, frame) && !barIsOld_.isActive())
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
        voiChosen_ = voiAwaitsLeading_ = touched_ = false;
    } else {
        state_.index = std::min(state_.index, stack_.entries.empty() ? 0 : stack_.entries.size() - 1);
        for (std::size_t index = 0; index < stack_.entries.size(); ++index)
            if (stack_.entries[index].image == keep.image && stack_.entries[index].frame == keep.frame)
                state_.index = index;
    }
    followClip();
    if (alreadyShown && stack_.entries[state_.index].image == keep.image) {
        wish();
        if (StackEntry const& leading = stack_.entries[leadingIndex()]; voiAwaitsLeading_ && cache_.holds(leading))
            takeLeading(reinterpret_cast<quintptr>(leading.image.get()), leading.frame); // another one by now
    } else {
        takePicture();
    }
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
        state_.voi = openingVoi();
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
    // The one that the window is made from comes right after, where it is another.
    auto const leading = voiChosen_ && !voiAwaitsLeading_ ? here : static_cast<long long>(leadingIndex());
    if (leading != here)
        wanted.push_back(stack_.entries[static_cast<std::size_t>(leading)]);
    for (long long distance = 1; distance < count; ++distance)
        for (long long const index : {here + distance, here - distance})
            if (index >= 0 && index < count && index != leading)
                wanted.push_back(stack_.entries[static_cast<std::size_t>(index)]);
    cache_.want(this, std::move(wanted));
}

void Viewport::change(std::function<void(ToolTarget const&)> const& act)
{
    if (pages_ != nullptr)
        return pages_->change(act);
    FrameAttributes const* shown = attributes();
    if (shown == nullptr)
        return;
    touched_ = true;
    std::size_t const before = state_.index;
    std::uint32_t const rows = pixels_ ? pixels_->rows : entry()->image->format.rows;
    std::uint32_t const columns = pixels_ ? pixels_->columns : entry()->image->format.columns;
    FrameAttributes const held = *shown;
    VoiChoice const voiBefore = state_.voi;
    bool const awaited = std::exchange(voiAwaitsLeading_, false);
    act(ToolTarget{state_, stack_.entries.size(), rows, columns, held, pictureArea().size()});
    if (!isSame(state_.voi, voiBefore))
        voiChosen_ = true; // by the reader, perhaps before there is a picture
    else if (awaited)
        voiAwaitsLeading_ = true;
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
            target.state.voi = openingVoi();
    });
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

} // namespace qianli::viewer
