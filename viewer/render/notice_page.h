// NoticePage: one sheet that says what an object is where this version can't show what is in it.
#pragma once

#include "viewer/render/page_source.h"

namespace qianli::viewer {

class NoticePage : public PageSource {
public:
    NoticePage(QString title, QString words) : title_(std::move(title)), words_(std::move(words)) {}

    std::size_t count() const override { return 1; }
    QSizeF size(std::size_t) const override { return {160, 100}; }
    void paint(QPainter& painter, std::size_t page) const override;
    QString const& title() const { return title_; }
    QString const& text() const { return words_; }

private:
    QString title_, words_;
};

} // namespace qianli::viewer
