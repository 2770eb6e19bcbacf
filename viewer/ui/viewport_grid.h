// ViewportGrid: one, two or four viewports; one is active; one may fill the space for a while.
#pragma once

#include "viewer/ui/viewport.h"

#include <QGridLayout>

#include <array>

namespace qianli::viewer {

class ViewportGrid : public QWidget {
    Q_OBJECT

public:
    explicit ViewportGrid(PictureCache& cache, QWidget* parent = nullptr);

    enum class Layout { One, Two, Four };
    void setLayoutKind(Layout layout);
    Layout layoutKind() const { return kind_; }
    void maximise(Viewport* viewport); // and back
    Viewport& active() const { return *viewports_[active_]; }
    void activate(Viewport* viewport);
    void activateNext();
    std::array<Viewport*, 4> const& viewports() const { return viewports_; }
    std::size_t visibleCount() const;
    void clear();

signals:
    void activeChanged();
    void pictureChanged(qianli::viewer::Viewport* viewport);

private:
    void place();

    std::array<Viewport*, 4> viewports_{};
    QGridLayout* grid_;
    Layout kind_ = Layout::One;
    std::size_t active_ = 0;
    Viewport* maximised_ = nullptr;
};

} // namespace qianli::viewer
