// LoadLine: how much of something is here, as a line of two pixels across the window.
#pragma once

#include <QWidget>

namespace qianli::viewer {

class LoadLine : public QWidget {
    Q_OBJECT

public:
    explicit LoadLine(QWidget* parent = nullptr);
    // From 0 to 1; 0 draws nothing.
    void setPart(double part);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    double part_ = 0;
};

} // namespace qianli::viewer
