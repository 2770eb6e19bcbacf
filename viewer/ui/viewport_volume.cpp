// Viewport's views of a volume: a cut through it or the whole of it stands where a stack's picture would.
#include "viewer/ui/viewport.h"

namespace qianli::viewer {

void Viewport::showVolume(std::shared_ptr<VolumeView> view, Stack const& source, SeriesIdentity const& series)
{
    leaveView();
    leavePages();
    cache_.forget(this);
    viewImage_ = std::make_shared<ImageAttributes>(*source.entries[source.representative()].image);
    viewImage_->frameCount = 1;
    viewImage_->frames = {view->attributes()};
    viewImage_->patientOrientation.clear();
    view_ = std::move(view);
    connect(view_.get(), &VolumeView::changed, this, &Viewport::followView);
    connect(view_.get(), &VolumeView::improved, this, [this](QImage const& image) {
        pixels_ = view_->pixels();
        viewImage_->frames.front() = view_->attributes(); // of the picture that came
        if (image.size() == (pictureArea().size() * devicePixelRatioF())) {
            image_ = image;
            image_.setDevicePixelRatio(devicePixelRatioF());
        }
        update();
    });
    seriesUid_ = series.uid.value();
    state_ = ViewState();
    voiChosen_ = true;
    error_.reset();
    followClip();
    followView();
}

void Viewport::followView()
{
    viewImage_->frames.front() = view_->attributes();
    viewImage_->series.description = view_->title().toStdString();
    viewImage_->format.columns = static_cast<std::uint32_t>(view_->pictureSize().width());
    viewImage_->format.rows = static_cast<std::uint32_t>(view_->pictureSize().height());
    if (stack_.entries.size() != view_->count() || stack_.entries.front().image != viewImage_)
        stack_ = Stack{view_->count() == 1 ? StackKind::Images : StackKind::Slices,
                       std::vector<StackEntry>(view_->count(), StackEntry{viewImage_, 0})};
    state_.index = view_->index();
    state_.voi = view_->look().voi;
    state_.inversion = view_->look().inversion;
    pixels_.reset();
    imageCurrent_ = false;
    update();
    emit pictureChanged(this);
}

void Viewport::leaveView()
{
    if (view_)
        view_->disconnect(this);
    view_.reset();
    viewImage_.reset();
}

} // namespace qianli::viewer
