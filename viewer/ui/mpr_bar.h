// MprBar: how thick the cuts of an MPR are and what of the slab is shown; the cross-hair's lines; back to straight.
// Only there while there is an MPR.
#pragma once

#include "viewer/ui/mpr_model.h"
#include "viewer/ui/render_bar.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFrame>
#include <QLabel>
#include <QToolButton>

namespace qianli::viewer {

class MprBar : public QFrame {
    Q_OBJECT

public:
    explicit MprBar(QWidget* parent = nullptr);
    // Null: none, and the bar hides.
    void setModel(std::shared_ptr<MprModel> model);
    // Null: the volume is not seen from outside.
    void setRendered(std::shared_ptr<RenderedView> view);

private:
    void follow();
    void setSlab();

    std::shared_ptr<MprModel> model_;
    QDoubleSpinBox* thickness_;
    QComboBox* mode_;
    QToolButton* lines_;
    QLabel* hint_;
    RenderBar* rendered_;
};

} // namespace qianli::viewer
