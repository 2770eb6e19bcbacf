// PdfPages: an encapsulated PDF (PS3.3 A.45.1) as pages.
#pragma once

#include "viewer/decoding/pdf_file.h"
#include "viewer/render/page_source.h"

namespace qianli::viewer {

class PdfPages : public PageSource {
public:
    PdfPages(std::shared_ptr<PdfFile const> file, QString title) : file_(std::move(file)), title_(std::move(title)) {}

    std::size_t count() const override { return file_->pages().size(); }
    QSizeF size(std::size_t page) const override;
    void paint(QPainter& painter, std::size_t page) const override;
    bool isSlow() const override { return true; }
    Result<QImage> picture(std::size_t page, double pixelsPerMillimetre) const override;
    QString words(std::size_t) const override { return title_; }

private:
    std::shared_ptr<PdfFile const> file_;
    QString title_;
};

} // namespace qianli::viewer
