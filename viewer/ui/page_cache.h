// PageCache: the slow pages of one source, made beside the window one at a time; the one that is wanted now is the
// next.
#pragma once

#include "viewer/render/page_source.h"

#include <QObject>

namespace qianli::viewer {

class PageCache : public QObject {
    Q_OBJECT

public:
    struct Made {
        std::size_t page = 0;
        double scale = 0; // pixels a millimetre
        QImage image;
        std::optional<Error> error;
    };

    void setSource(std::shared_ptr<PageSource const> source);
    // What there is of it, at whatever scale; asks for the right one. Null: nothing yet.
    Made const* take(std::size_t page, double scale);

signals:
    void arrived();

private:
    void make(std::size_t page, double scale);

    std::shared_ptr<PageSource const> source_;
    std::vector<Made> made_; // the latest last
    bool underway_ = false;
    std::optional<std::pair<std::size_t, double>> wanted_;
};

} // namespace qianli::viewer
