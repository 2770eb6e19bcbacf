// ToolStrip: a thin bar of tool buttons that never gets wider than its window: first the buttons that have an icon give
// up their words, one after the other, then those at the end move into a menu.
#pragma once

#include <QFrame>
#include <QToolButton>

#include <vector>

namespace qianli::viewer {

class ToolStrip : public QFrame {
    Q_OBJECT

public:
    explicit ToolStrip(QWidget* parent = nullptr);
    void add(QToolButton* button);
    void addGap();
    // At the right end, and never in the menu.
    void pin(QToolButton* button);
    // What is in the menu now, in the order of the bar.
    std::vector<QToolButton*> inMenu() const { return inMenu_; }

    QSize sizeHint() const override { return {200, height()}; }
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Item {
        QToolButton* button = nullptr; // none: a gap
        QFrame* line = nullptr;
        bool pinned = false;
        Qt::ToolButtonStyle style = Qt::ToolButtonIconOnly; // where there is room
    };
    void arrange();
    int widthOf(Item const& item) const;
    void place(Item const& item, int x);
    void fillMenu();

    std::vector<Item> items_;
    std::vector<QToolButton*> inMenu_;
    QToolButton* more_;
    bool arranging_ = false;
};

} // namespace qianli::viewer
