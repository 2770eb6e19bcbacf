// ReadingPage's layers: what lies over the pictures of each viewport, the lowest first.
#include "viewer/ui/crosshair_layer.h"
#include "viewer/ui/graphics_layer.h"
#include "viewer/ui/reading_page.h"
#include "viewer/ui/reference_layer.h"
#include "viewer/ui/stack_notice.h"
#include "viewer/ui/turn_layer.h"

namespace qianli::viewer {

void ReadingPage::addLayers()
{
    for (Viewport* viewport : grid_->viewports())
        viewport->addLayer(std::make_unique<GraphicsLayer>([this] { return graphicsOn_; }));
    for (Viewport* viewport : grid_->viewports())
        viewport->addLayer(std::make_unique<ReferenceLayer>(*grid_, [this] { return linesOn_; }));
    addMeasurements();
    for (Viewport* viewport : grid_->viewports()) {
        viewport->addLayer(std::make_unique<VolumeRemarkLayer>([viewport] { return viewport->volumeView(); }));
        viewport->addLayer(std::make_unique<CrosshairLayer>(
            *viewport, [viewport] { return qobject_cast<MprView*>(viewport->volumeView()); }));
        viewport->addLayer(
            std::make_unique<TurnLayer>([viewport] { return qobject_cast<RenderedView*>(viewport->volumeView()); }));
    }
    stackNotice_ = new StackNotice(*grid_, *notices_, this);
    connect(&images_, &StudyImages::finished, stackNotice_, &StackNotice::look);
    // Where the active slice cuts the others changes with it.
    auto const paintOthers = [this] {
        if (linesOn_)
            for (std::size_t index = 0; index < grid_->visibleCount(); ++index)
                if (grid_->viewports()[index] != &grid_->active())
                    grid_->viewports()[index]->update();
    };
    connect(grid_, &ViewportGrid::pictureChanged, this, paintOthers);
    connect(grid_, &ViewportGrid::activeChanged, this, paintOthers);
    connect(grid_, &ViewportGrid::activeChanged, this, &ReadingPage::followPatient);
}

} // namespace qianli::viewer
