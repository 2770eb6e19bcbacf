// Viewport's pages: a document lies over the viewport as a widget of its own, which knows paper; band and frame stay
// the viewport's.
#include "viewer/ui/page_view.h"
#include "viewer/ui/viewport.h"

namespace qianli::viewer {

void Viewport::showDocument(Stack const& stack, SeriesIdentity const& series)
{
    auto const object = stack.entries.front().image;
    bool const same = pages_ != nullptr && entry() != nullptr && entry()->image == object;
    if (same)
        return;
    clear();
    stack_ = stack;
    seriesUid_ = series.uid.value();
    state_ = ViewState();
    voiChosen_ = false;
    pages_ = new PageView([this] { return annotation(); }, [this] { return leftTool_; }, this);
    connect(pages_, &PageView::activated, this, [this] { emit activated(this); });
    connect(pages_, &PageView::maximiseAsked, this, [this] { emit maximiseAsked(this); });
    pages_->open(object);
    followPages();
    pages_->show();
    emit pictureChanged(this);
}

void Viewport::leavePages()
{
    if (pages_ == nullptr)
        return;
    // It may be what asked for something else to be shown.
    pages_->hide();
    pages_->disconnect(this);
    pages_->deleteLater();
    pages_ = nullptr;
}

void Viewport::followPages()
{
    if (pages_ == nullptr)
        return;
    pages_->setGeometry(rect().adjusted(1, 1 + bandHeight_, -1, -1));
    pages_->update();
}

} // namespace qianli::viewer
