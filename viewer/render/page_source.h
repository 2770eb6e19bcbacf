// PageSource: an object without pixels as sheets of paper to look at: an electrocardiogram, a report, a PDF.
//
// Lengths are millimetres on paper; (0, 0) is the sheet's top left corner.
#pragma once

#include "common/base/result.h"

#include <QImage>
#include <QPainter>
#include <QSizeF>
#include <QString>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace qianli::viewer {

class PageSource;

// One way of showing the pages among others; the pages shown that way are another source.
struct PageChoice {
    QString name; // for tests and tool tips' keys: "speed.25"
    QString label, tip;
    bool current = false;
    std::function<std::shared_ptr<PageSource const>()> make;
};
using PageChoices = std::vector<PageChoice>; // of which one is current

// What a millimetre of a page means; 0: nothing.
struct PaperScale {
    double millimetresPerSecond = 0, millimetresPerMillivolt = 0;
    bool operator==(PaperScale const&) const = default;
};

class PageSource {
public:
    virtual ~PageSource() = default;

    virtual std::size_t count() const = 0;
    virtual QSizeF size(std::size_t page) const = 0;
    // One unit of the painter is a millimetre. Everything on the sheet, the paper too.
    virtual void paint(QPainter& painter, std::size_t page) const = 0;

    // For pages that are slow to make: they are made beside the window by picture(), and never painted. From any
    // thread.
    virtual bool isSlow() const { return false; }
    virtual Result<QImage> picture(std::size_t page, double pixelsPerMillimetre) const;

    // What is to be known to read the page: "25 mm/s  10 mm/mV".
    virtual QString words(std::size_t) const { return {}; }
    virtual std::optional<PaperScale> scale(std::size_t) const { return std::nullopt; }
    virtual std::vector<PageChoices> choices() const { return {}; }
};

// A page as a picture of its own, for files and thumbnails.
Result<QImage> drawPage(PageSource const& source, std::size_t page, double pixelsPerMillimetre);

} // namespace qianli::viewer
