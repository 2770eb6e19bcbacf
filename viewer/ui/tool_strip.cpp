#include "viewer/ui/tool_strip.h"

#include "viewer/i18n/language.h"

#include <QCoreApplication>
#include <QEvent>
#include <QMenu>

namespace qianli::viewer {

namespace {
constexpr int margin = 8, spacing = 1, gapWidth = 13, barHeight = 34, buttonHeight = 26;

// By its owner's word; a button that waits for its window is not.
bool isTakenAway(QToolButton const& button)
{
    return button.isHidden() && button.testAttribute(Qt::WA_WState_ExplicitShowHide);
}
} // namespace

ToolStrip::ToolStrip(QWidget* parent) : QFrame(parent), more_(new QToolButton(this))
{
    setProperty("role", "bar");
    setFixedHeight(barHeight);
    more_->setObjectName("tool.more");
    more_->setText(say("更多 ▾", "More ▾"));
    more_->setToolTip(say("放不下的工具", "Tools there is no room for"));
    more_->setPopupMode(QToolButton::InstantPopup);
    more_->setFocusPolicy(Qt::NoFocus);
    more_->setMenu(new QMenu(more_));
    connect(more_->menu(), &QMenu::aboutToShow, this, &ToolStrip::fillMenu);
    more_->hide();
}

void ToolStrip::add(QToolButton* button)
{
    button->setParent(this);
    button->installEventFilter(this);
    items_.push_back({button, nullptr, false, button->toolButtonStyle()});
    arrange();
}

void ToolStrip::addGap()
{
    auto* line = new QFrame(this);
    line->setProperty("role", "line");
    items_.push_back({nullptr, line, false});
}

void ToolStrip::pin(QToolButton* button)
{
    add(button);
    items_.back().pinned = true;
}

void ToolStrip::resizeEvent(QResizeEvent*)
{
    arrange();
}

bool ToolStrip::event(QEvent* event)
{
    if (event->type() == QEvent::LayoutRequest) // a button has other words
        arrange();
    return QFrame::event(event);
}

bool ToolStrip::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::ShowToParent || event->type() == QEvent::HideToParent)
        arrange();
    return QFrame::eventFilter(watched, event);
}

int ToolStrip::widthOf(Item const& item) const
{
    if (item.button == nullptr)
        return gapWidth;
    return isTakenAway(*item.button) ? 0 : item.button->sizeHint().width() + spacing;
}

void ToolStrip::place(Item const& item, int x)
{
    if (item.button == nullptr)
        item.line->setGeometry(x + gapWidth / 2, (barHeight - 18) / 2, 1, 18);
    else
        item.button->setGeometry(x, (barHeight - buttonHeight) / 2, item.button->sizeHint().width(), buttonHeight);
}

void ToolStrip::arrange()
{
    if (arranging_)
        return;
    arranging_ = true;
    auto const total = [this] {
        int sum = 2 * margin + gapWidth / 2;
        for (Item const& item : items_)
            sum += widthOf(item);
        return sum;
    };
    auto const mayGiveWay = [](Item const& item) {
        return item.button != nullptr && !item.pinned && !item.button->icon().isNull();
    };
    for (Item const& item : items_)
        if (mayGiveWay(item))
            item.button->setToolButtonStyle(item.style);
    // From the front: everybody knows the icons of the tools that are always there.
    for (Item const& item : items_)
        if (mayGiveWay(item) && total() > width())
            item.button->setToolButtonStyle(Qt::ToolButtonIconOnly);
    bool const crowded = total() > width();
    int right = width() - margin;
    for (auto item = items_.rbegin(); item != items_.rend(); ++item)
        if (item->pinned) {
            right -= widthOf(*item);
            place(*item, right);
        }
    right -= gapWidth / 2;
    int const room = right - (crowded ? more_->sizeHint().width() + spacing : 0);
    int x = margin;
    inMenu_.clear();
    for (Item const& item : items_) {
        if (item.pinned)
            continue;
        bool const fits = inMenu_.empty() && x + widthOf(item) <= room;
        // Beside the bar, not hidden: whether it is hidden is its owner's to say.
        place(item, fits ? x : -2000);
        if (fits)
            x += widthOf(item);
        else if (item.button != nullptr && !isTakenAway(*item.button))
            inMenu_.push_back(item.button);
    }
    more_->setVisible(crowded);
    more_->setGeometry(x, (barHeight - buttonHeight) / 2, more_->sizeHint().width(), buttonHeight);
    // Giving up words and taking them again is no news.
    QCoreApplication::removePostedEvents(this, QEvent::LayoutRequest);
    arranging_ = false;
}

void ToolStrip::fillMenu()
{
    QMenu& menu = *more_->menu();
    menu.clear();
    for (QToolButton* button : inMenu_) {
        QString const words = button->toolTip().isEmpty() ? button->text() : button->toolTip();
        bool const hasPress = button->menu() == nullptr || button->popupMode() == QToolButton::MenuButtonPopup;
        auto const addChoices = [&] {
            if (button->menu() != nullptr)
                menu.addMenu(button->menu())->setText(button->text().remove(" ▾"));
        };
        if (!hasPress) {
            addChoices();
            continue;
        }
        QAction* action = menu.addAction(button->icon(), words, button, &QToolButton::click);
        action->setEnabled(button->isEnabled());
        action->setCheckable(button->isCheckable());
        action->setChecked(button->isChecked());
        addChoices();
    }
}

} // namespace qianli::viewer
