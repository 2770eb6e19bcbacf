// PageComposer: flows a report's blocks over A4 pages; nothing is drawn before the number of pages is known.
#pragma once

#include <QFont>
#include <QImage>
#include <QPagedPaintDevice>
#include <QPainter>
#include <QString>
#include <QTextLayout>

#include <functional>
#include <memory>
#include <vector>

namespace qianli::viewer {

class PageComposer {
public:
    // Areas in device units of `device`; `firstTop` is below the first page's letterhead, `nextTop` below the others'
    // header.
    struct Frame {
        double left = 0, width = 0, firstTop = 0, nextTop = 0, bottom = 0;
    };
    // All text that is painted is appended to `painted`, in that order.
    PageComposer(QPagedPaintDevice& device, Frame const& frame, QString& painted);

    double millimetres(double value) const { return value * unit_; }
    double left() const { return frame_.left; }
    double width() const { return frame_.width; }
    double remaining() const { return frame_.bottom - y_; }

    // Text broken into lines, flowing over pages; a heading keeps at least two of its lines with it (keepWithNext of
    // addBlock).
    void addText(QString const& text, QFont const& font, double indent, double lineSpacing);
    // A block that stays in one piece; draws at the top-left corner it is given. It moves to the next page when it and
    // `keepWithNext` more do not fit.
    using Draw = std::function<void(QPainter&, double top)>;
    void addBlock(double height, double keepWithNext, Draw draw);
    void addSpace(double height);
    // The rest of the last page down to `height` above its bottom is left empty.
    void moveToBottom(double height);

    std::size_t pageCount() const { return pages_.size(); }
    void drawPage(std::size_t page, QPainter& painter) const;

private:
    struct Block {
        double top;
        Draw draw;
    };
    void newPage();

    QPagedPaintDevice& device_;
    Frame frame_;
    QString& painted_;
    double unit_ = 1; // device units in a millimetre
    double y_ = 0;
    std::vector<std::vector<Block>> pages_;
};

// Lays out text in a width; the returned layout's lines are placed below each other from 0.
std::shared_ptr<QTextLayout> layOutText(QString const& text, QFont const& font, QPaintDevice& device, double width,
                                        double lineSpacing);
double heightOf(QTextLayout const& layout, double lineSpacing);

} // namespace qianli::viewer
