#include "viewer/ui/viewport_grid.h"

namespace qianli::viewer {

ViewportGrid::ViewportGrid(PictureCache& cache, QWidget* parent) : QWidget(parent), grid_(new QGridLayout(this))
{
    setObjectName("viewports");
    grid_->setContentsMargins(0, 0, 0, 0);
    grid_->setSpacing(2);
    for (std::size_t index = 0; index < viewports_.size(); ++index) {
        viewports_[index] = new Viewport(static_cast<int>(index), cache, this);
        connect(viewports_[index], &Viewport::activated, this, &ViewportGrid::activate);
        connect(viewports_[index], &Viewport::maximiseAsked, this, &ViewportGrid::maximise);
        connect(viewports_[index], &Viewport::pictureChanged, this, &ViewportGrid::pictureChanged);
    }
    place();
    viewports_[0]->setActive(true);
}

std::size_t ViewportGrid::visibleCount() const
{
    return kind_ == Layout::One ? 1 : kind_ == Layout::Two ? 2 : 4;
}

void ViewportGrid::place()
{
    for (Viewport* viewport : viewports_) {
        grid_->removeWidget(viewport);
        viewport->hide();
    }
    for (std::size_t index = 0; index < visibleCount(); ++index) {
        if (maximised_ != nullptr && viewports_[index] != maximised_)
            continue;
        grid_->addWidget(viewports_[index], static_cast<int>(index / 2), static_cast<int>(index % 2));
        viewports_[index]->show();
    }
    for (int line = 0; line < 2; ++line) {
        bool const used = [&] {
            for (int other = 0; other < 2; ++other)
                if (grid_->itemAtPosition(line, other) != nullptr)
                    return true;
            return false;
        }();
        grid_->setRowStretch(line, used ? 1 : 0);
        bool const usedColumn = grid_->itemAtPosition(0, line) != nullptr || grid_->itemAtPosition(1, line) != nullptr;
        grid_->setColumnStretch(line, usedColumn ? 1 : 0);
    }
}

void ViewportGrid::setLayoutKind(Layout layout)
{
    kind_ = layout;
    maximised_ = nullptr;
    place();
    if (active_ >= visibleCount())
        activate(viewports_[0]);
}

void ViewportGrid::maximise(Viewport* viewport)
{
    if (kind_ == Layout::One)
        return;
    maximised_ = maximised_ == viewport ? nullptr : viewport;
    place();
    activate(viewport);
}

void ViewportGrid::activate(Viewport* viewport)
{
    auto const found = std::find(viewports_.begin(), viewports_.end(), viewport);
    if (found == viewports_.end())
        return;
    viewports_[active_]->setActive(false);
    active_ = static_cast<std::size_t>(found - viewports_.begin());
    viewport->setActive(true);
    viewport->setFocus();
    emit activeChanged();
}

void ViewportGrid::activateNext()
{
    std::size_t const next = (active_ + 1) % visibleCount();
    if (maximised_ != nullptr) {
        maximised_ = viewports_[next];
        place();
    }
    activate(viewports_[next]);
}

void ViewportGrid::clear()
{
    for (Viewport* viewport : viewports_)
        viewport->clear();
    setLayoutKind(Layout::One);
    activate(viewports_[0]);
}

} // namespace qianli::viewer
