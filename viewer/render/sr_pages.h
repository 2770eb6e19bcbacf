// SrPages: a structured report set as pages to read: who wrote it, how final it is, then its content as headings and
// lines, in the language it was written in.
#pragma once

#include "viewer/model/image.h"
#include "viewer/model/sr_document.h"
#include "viewer/render/page_source.h"

#include <QTextDocument>

namespace qianli::viewer {

class SrPages : public PageSource {
public:
    SrPages(std::shared_ptr<SrDocument const> document, Language language);

    std::size_t count() const override { return static_cast<std::size_t>(text_->pageCount()); }
    QSizeF size(std::size_t page) const override;
    void paint(QPainter& painter, std::size_t page) const override;
    // The words of all pages, for tests and for whoever searches.
    QString text() const { return text_->toPlainText(); }

private:
    std::shared_ptr<SrDocument const> document_;
    std::unique_ptr<QTextDocument> text_; // in units of textUnits a millimetre
};

// A date, or a date with a time, as one reads it: "20010213184746.5+0800" → "2001-02-13 18:47:46 +08:00", "2001" →
// "2001"; what is none stays as it is.
QString shownDateTime(std::string const& value);
// "184746.5" → "18:47:46"
QString shownTime(std::string const& value);

} // namespace qianli::viewer
