// TaskDelegate: how a row of the reading list is painted: dense, calm, the state as shape, word and colour.
#pragma once

#include <QStyledItemDelegate>

namespace qianli::viewer {

class TaskDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, QStyleOptionViewItem const& option, QModelIndex const& index) const override;
    // The list is not up to date: everything recedes.
    void setStale(bool stale) { stale_ = stale; }

private:
    bool stale_ = false;
};

} // namespace qianli::viewer
