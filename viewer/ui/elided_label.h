// ElidedLabel: one line that gives way where there is no room: it ends in "…", and the whole is its tool tip.
#pragma once

#include <QLabel>

namespace qianli::viewer {

class ElidedLabel : public QLabel {
    Q_OBJECT

public:
    explicit ElidedLabel(QWidget* parent = nullptr);
    QSize minimumSizeHint() const override { return {40, QLabel::minimumSizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace qianli::viewer
