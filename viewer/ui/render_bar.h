// RenderBar: what of a volume is seen from outside, and from which side.
#pragma once

#include "viewer/ui/rendered_view.h"

#include <QComboBox>
#include <QWidget>

namespace qianli::viewer {

class RenderBar : public QWidget {
    Q_OBJECT

public:
    explicit RenderBar(QWidget* parent = nullptr);
    // Null: there is none, and the bar hides.
    void setView(std::shared_ptr<RenderedView> view);

private:
    std::shared_ptr<RenderedView> view_;
    QComboBox* presets_;
};

} // namespace qianli::viewer
