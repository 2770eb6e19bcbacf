// ReadingPage's three planes: waits for the last slice, builds the volume beside the window, and finds the way back.
#include "viewer/ui/reading_page.h"

#include "viewer/client/background.h"
#include "viewer/i18n/language.h"
#include "viewer/model/pixel_loader.h"
#include "viewer/ui/mpr_view.h"
#include "viewer/ui/rendered_view.h"

namespace qianli::viewer {

namespace {
// For a worker thread. Decodes what isn't there yet.
Result<std::shared_ptr<Volume const>> buildVolume(Stack const& stack, std::vector<std::shared_ptr<Pixels const>> pixels,
                                                  PixelDecoder& decoder, std::uint64_t era)
{
    for (std::size_t index = 0; index < pixels.size(); ++index)
        if (StackEntry const& entry = stack.entries[index]; !pixels[index]) {
            QIANLI_ASSIGN(pixels[index], loadPixels(decoder, *entry.image, entry.frame, era));
        }
    return Volume::build(stack, pixels);
}

// The patient's place of the middle of a slice.
std::optional<Vector3> middleOf(StackEntry const& entry)
{
    auto const& frame = entry.attributes();
    if (!frame.plane || !frame.spacing)
        return {};
    ImagePlane const& plane = *frame.plane;
    auto const& spacing = *frame.spacing;
    auto const& format = entry.image->format;
    return plane.position + plane.row * (spacing.betweenColumns * (format.columns - 1.0) / 2) +
           plane.column * (spacing.betweenRows * (format.rows - 1.0) / 2);
}
} // namespace

void ReadingPage::toggleMpr()
{
    if (beforeMpr_)
        return leaveMpr();
    mpr_->setChecked(false);
    if (mprWish_) {
        mprWish_.reset();
        return showProgress();
    }
    Viewport& viewport = grid_->active();
    if (viewport.isEmpty())
        return;
    if (auto const possible = Volume::check(viewport.stack()); !possible)
        return notices_->show(NoticeBar::Weight::Information,
                              say("这个序列不能做三平面重建：", "No three-plane view of this series: ") +
                                  inReadersWords(possible.error().message));
    mprWish_ = MprWish{&viewport, viewport.stack(), viewport.entry()->image->series, {}, false, ++mprWishes_};
    continueMpr();
}

// Waits for the last slice, then builds the volume beside the window.
void ReadingPage::continueMpr()
{
    if (!mprWish_ || mprWish_->building)
        return;
    std::vector<std::shared_ptr<Pixels const>> pixels;
    std::size_t here = 0;
    for (StackEntry const& entry : mprWish_->stack.entries) {
        auto const picture = cache_.find(entry);
        if (picture.error) {
            mprWish_.reset();
            showProgress();
            return notices_->show(NoticeBar::Weight::Information,
                                  say("这个序列不能做三平面重建：", "No three-plane view of this series: ") +
                                      sentence(*picture.error));
        }
        here += picture.pixels ? 1 : 0;
        pixels.push_back(picture.pixels);
    }
    progress_->setText(say("MPR 准备 %1/%2", "Preparing MPR %1/%2").arg(here).arg(pixels.size()));
    if (here < pixels.size() && cache_.fits(mprWish_->stack.entries))
        return;
    mprWish_->building = true;
    auto const decoder = sharedDecoder();
    inBackground<std::shared_ptr<Volume const>>(
        this,
        [stack = mprWish_->stack, pixels, decoder, era = decoder->era()] {
            return buildVolume(stack, pixels, *decoder, era);
        },
        [this, number = mprWish_->number](Result<std::shared_ptr<Volume const>> volume) {
            if (!mprWish_ || mprWish_->number != number)
                return; // given up, or another case or series by now
            showProgress();
            if (!volume) {
                mprWish_.reset();
                return notices_->show(NoticeBar::Weight::Information,
                                      say("这个序列不能做三平面重建：", "No three-plane view of this series: ") +
                                          inReadersWords(volume.error().message));
            }
            showMpr(*volume);
        });
}

void ReadingPage::showMpr(std::shared_ptr<Volume const> volume)
{
    auto const wish = *std::exchange(mprWish_, std::nullopt);
    BeforeMpr before{{}, grid_->layoutKind(), &grid_->active()};
    for (Viewport* viewport : grid_->viewports())
        before.shown.push_back({viewport->stack(),
                                viewport->entry() != nullptr ? viewport->entry()->image->series : SeriesIdentity(),
                                viewport->state(), viewport->pixels() && !viewport->isSubtracted()});
    beforeMpr_ = std::move(before);
    ViewState const seen = wish.source->state();
    mprModel_ = std::make_shared<MprModel>(std::move(volume), VolumeView::Look{seen.voi, seen.inversion});
    // What was looked at is what is cut.
    if (StackEntry const* entry = wish.source->entry(); entry != nullptr && wish.stack.holds(*entry))
        if (auto const place = middleOf(*entry))
            mprModel_->moveTo(*place);
    grid_->setLayoutKind(ViewportGrid::Layout::Four);
    MprPlane const planes[] = {MprPlane::Axial, MprPlane::Coronal, MprPlane::Sagittal};
    for (std::size_t index = 0; index < 3; ++index)
        grid_->viewports()[index]->showVolume(std::make_shared<MprView>(mprModel_, planes[index]), wish.stack,
                                              wish.identity);
    mprBar_->setModel(mprModel_);
    mprOf_ = wish;
    mprSeen_ = seen;
    showMprSource();
    mpr_->setChecked(true);
    if (std::exchange(renderedWanted_, false))
        toggleRendered();
    grid_->activate(grid_->viewports()[0]);
    markSeries();
}

// Back to what was shown before, as it was shown.
void ReadingPage::leaveMpr()
{
    auto const before = *std::exchange(beforeMpr_, std::nullopt);
    grid_->setLayoutKind(before.layout);
    for (std::size_t index = 0; index < before.shown.size(); ++index) {
        Viewport& place = *grid_->viewports()[index];
        Shown const& shown = before.shown[index];
        if (shown.stack.empty()) {
            place.clear();
            continue;
        }
        place.showStack(shown.stack, shown.identity);
        ViewState state = shown.state;
        if (!shown.isVoiChosen)
            state.voi = place.state().voi;
        if (shown.stack.kind != StackKind::Document)
            place.setState(state);
    }
    forgetMpr();
    growInPlace(); // with what has come since
    grid_->activate(before.active);
    markSeries();
}

void ReadingPage::showMprSource()
{
    Viewport& place = *grid_->viewports()[3];
    place.showStack(mprOf_.stack, mprOf_.identity);
    ViewState seen = mprSeen_;
    seen.zoom.reset(); // of another room
    seen.pan = {};
    place.setState(seen);
}

void ReadingPage::forgetMpr()
{
    renderedWanted_ = false;
    rendered_.reset();
    mprModel_.reset();
    mprOf_ = {};
    mprBar_->setRendered(nullptr);
    mprBar_->setModel(nullptr);
    renderedButton_->setChecked(false);
    mpr_->setChecked(false);
}

void ReadingPage::toggleRendered()
{
    renderedButton_->setChecked(rendered_ != nullptr);
    if (!mprModel_) {
        renderedWanted_ = true;
        if (!mprWish_)
            toggleMpr();
        renderedWanted_ = mprWish_ || mprModel_;
        return;
    }
    Viewport& place = *grid_->viewports()[3];
    if (rendered_) {
        showMprSource();
        rendered_.reset();
    } else {
        bool const inHounsfield = mprOf_.identity.modality == "CT";
        rendered_ = std::make_shared<RenderedView>(mprModel_->volume(), inHounsfield, mprModel_->look());
        place.showVolume(rendered_, mprOf_.stack, mprOf_.identity);
    }
    mprBar_->setRendered(rendered_);
    renderedButton_->setChecked(rendered_ != nullptr);
    markSeries();
}

} // namespace qianli::viewer
