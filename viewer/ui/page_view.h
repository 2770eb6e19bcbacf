// PageView: the pages of one object in a viewport: whose they are above, the sheet, its bar of choices below.
//
// Promise: nothing here waits for a file or for a slow page; what can't be shown says why in its place.
#pragma once

#include "viewer/model/corner_text.h"
#include "viewer/render/page_source.h"
#include "viewer/tools/drag_tool.h"
#include "viewer/ui/page_bar.h"
#include "viewer/ui/page_cache.h"
#include "viewer/ui/viewport_layer.h"

#include <QWidget>

namespace qianli::viewer {

class PageView : public QWidget {
    Q_OBJECT

public:
    // `identity`: what stands above the pages; `leftTool`: what the left button does now.
    PageView(std::function<CornerText()> identity, std::function<ToolKind()> leftTool, QWidget* viewport);
    ~PageView() override;

    void open(std::shared_ptr<ImageAttributes const> object);
    void showPages(std::shared_ptr<PageSource const> source);
    std::shared_ptr<PageSource const> const& source() const { return source_; } // null until it is read
    std::optional<Error> const& problem() const { return problem_; }
    ViewState const& state() const { return state_; }
    void change(std::function<void(ToolTarget const&)> const& act);
    // Whole page, unturned, no calipers.
    void reset();
    // Where a point of the sheet is in this widget.
    QPointF onScreen(QPointF millimetres) const;
    ViewportLayer* layer() const { return layer_.get(); }

signals:
    // The pages are there: as many as `source()` has.
    void opened();
    // Another page, or seen otherwise.
    void moved();
    void activated();
    void maximiseAsked();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    void setBar();
    void showWords();
    QRect sheetArea() const;
    QRect scrollTrack() const;
    QSize pictureSize() const;
    ViewMapping mapping() const;
    LayerView layerView() const;
    LayerMouse layerMouse(QMouseEvent const& event) const;
    void updateImage();
    void scrollTo(QPoint at);

    std::function<CornerText()> identity_;
    std::function<ToolKind()> leftTool_;
    std::shared_ptr<ImageAttributes const> object_;
    std::shared_ptr<PageSource const> source_;
    std::optional<Error> problem_;
    PageCache slow_;
    PageBar* bar_ = nullptr;
    std::unique_ptr<ViewportLayer> layer_; // calipers, on paper that has a scale
    Stack stack_;                          // of pages, for layers
    ViewState state_;
    QImage image_;
    bool imageCurrent_ = false, draggingScroll_ = false, pressedLayer_ = false;
    std::unique_ptr<DragTool> drag_;
    int wheelRest_ = 0;
};

} // namespace qianli::viewer
