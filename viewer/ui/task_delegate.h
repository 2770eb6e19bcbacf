// TaskDelegate and TaskHeader: how a row of the reading list is painted: dense, calm, the state as shape, word and
// colour; what is urgent, and who may be somebody else, carries a mark before the name; what is odd is a small plate.
#pragma once

#include <QHeaderView>
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

// The column titles, in line with the cells below them; the sorted one has a small arrow beside its words.
class TaskHeader : public QHeaderView {
    Q_OBJECT

public:
    explicit TaskHeader(QWidget* parent = nullptr);

protected:
    void paintSection(QPainter* painter, QRect const& rect, int column) const override;
};

} // namespace qianli::viewer
