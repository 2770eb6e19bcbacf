// StackNotice: says once a case of each stack that is hung what must be known before trusting what lies between its
// slices.
#pragma once

#include "viewer/ui/notice_bar.h"
#include "viewer/ui/viewport_grid.h"

#include <QObject>

#include <set>

namespace qianli::viewer {

class StackNotice : public QObject {
    Q_OBJECT

public:
    StackNotice(ViewportGrid& grid, NoticeBar& notices, QObject* parent);
    // At all that is shown.
    void look();
    // Another case, or the same one again: all is said anew.
    void forget();

private:
    void lookAt(Viewport const& viewport);

    ViewportGrid& grid_;
    NoticeBar& notices_;
    std::shared_ptr<StackGeometry const> last_; // what was looked at last: scrolling through it says nothing new
    std::set<QString> said_;
};

} // namespace qianli::viewer
