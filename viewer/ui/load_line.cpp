#include "viewer/ui/load_line.h"

#include "viewer/ui/theme.h"

#include <QPainter>

#include <algorithm>

namespace qianli::viewer {

LoadLine::LoadLine(QWidget* parent) : QWidget(parent)
{
    setFixedHeight(2);
}

void LoadLine::setPart(double part)
{
    part = std::clamp(part, 0.0, 1.0);
    if (part == part_)
        return;
    part_ = part;
    update();
}

void LoadLine::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    int const here = static_cast<int>(width() * part_ + 0.5);
    painter.fillRect(QRect(0, 0, here, height()), QColor(colour::amber));
    painter.fillRect(QRect(here, 0, width() - here, height()), QColor(colour::window));
}

} // namespace qianli::viewer
