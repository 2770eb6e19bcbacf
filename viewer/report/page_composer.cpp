#include "viewer/report/page_composer.h"

#include <QTextOption>

namespace qianli::viewer {

PageComposer::PageComposer(QPagedPaintDevice& device, Frame const& frame, QString& painted)
    : device_(device), frame_(frame), painted_(painted), unit_(device.logicalDpiX() / 25.4), y_(frame.firstTop),
      pages_(1)
{
}

void PageComposer::newPage()
{
    pages_.emplace_back();
    y_ = frame_.nextTop;
}

void PageComposer::addText(QString const& text, QFont const& font, double indent, double lineSpacing)
{
    for (QString const& paragraph : text.split(QLatin1Char('\n'))) {
        auto const layout = layOutText(paragraph, font, device_, frame_.width - indent, lineSpacing);
        for (int i = 0; i < layout->lineCount(); ++i) {
            QTextLine const line = layout->lineAt(i);
            double const height = line.height() * lineSpacing;
            addBlock(height, 0, [this, layout, line, x = frame_.left + indent](QPainter& painter, double top) {
                painted_ += layout->text().mid(line.textStart(), line.textLength());
                line.draw(&painter, QPointF(x, top - line.y()));
            });
        }
    }
}

void PageComposer::addBlock(double height, double keepWithNext, Draw draw)
{
    bool const emptyPage = pages_.back().empty();
    if (y_ + height + keepWithNext > frame_.bottom && !emptyPage)
        newPage();
    pages_.back().push_back({y_, std::move(draw)});
    y_ += height;
}

void PageComposer::addSpace(double height)
{
    y_ += height;
}

void PageComposer::moveToBottom(double height)
{
    if (y_ + height > frame_.bottom)
        newPage();
    y_ = frame_.bottom - height;
}

void PageComposer::drawPage(std::size_t page, QPainter& painter) const
{
    for (Block const& block : pages_[page])
        block.draw(painter, block.top);
}

std::shared_ptr<QTextLayout> layOutText(QString const& text, QFont const& font, QPaintDevice& device, double width,
                                        double lineSpacing)
{
    auto layout = std::make_shared<QTextLayout>(text, font, &device);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setUseDesignMetrics(true);
    layout->setTextOption(option);
    layout->beginLayout();
    double y = 0;
    for (QTextLine line = layout->createLine(); line.isValid(); line = layout->createLine()) {
        line.setLineWidth(width);
        line.setPosition(QPointF(0, y));
        y += line.height() * lineSpacing;
    }
    layout->endLayout();
    return layout;
}

double heightOf(QTextLayout const& layout, double lineSpacing)
{
    double height = 0;
    for (int i = 0; i < layout.lineCount(); ++i)
        height += layout.lineAt(i).height() * lineSpacing;
    return height;
}

} // namespace qianli::viewer
