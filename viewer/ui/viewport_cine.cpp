// Viewport's clips: the bar under the picture while the stack is the frames of one object in time.
#include "viewer/ui/cine_bar.h"
#include "viewer/ui/viewport.h"

namespace qianli::viewer {

void Viewport::followClip()
{
    bool const wanted = !view_ && !pages_ && isClip(stack_);
    if (!wanted && cine_ == nullptr)
        return;
    if (cine_ == nullptr)
        cine_ = new CineBar(
            {[this] { return state_.index; },
             [this](std::size_t frame) { change([frame](ToolTarget const& target) { target.state.index = frame; }); },
             [this](std::size_t frame) { return frame < stack_.entries.size() && cache_.holds(stack_.entries[frame]); },
             [this] { return isVisible(); }},
            this);
    auto const clip = wanted ? stack_.entries.front().image : nullptr;
    if (std::exchange(clip_, clip) != clip) {
        cine_->pause();
        if (wanted)
            cine_->setClip(stack_);
    }
    if (cine_->isHidden() == wanted) {
        cine_->setVisible(wanted);
        imageCurrent_ = false;
    }
    placeClip();
    cine_->follow();
}

void Viewport::placeClip()
{
    if (cine_ != nullptr)
        cine_->setGeometry(1, height() - 1 - CineBar::barHeight, width() - 2, CineBar::barHeight);
}

int Viewport::clipHeight() const
{
    return cine_ != nullptr && !cine_->isHidden() ? CineBar::barHeight : 0;
}

} // namespace qianli::viewer
