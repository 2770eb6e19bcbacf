// ListPage's details: beside the rows where there is room, on demand where there is not, and a row's own menu.
#include "viewer/ui/list_page.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/words.h"

#include <QMenu>

namespace qianli::viewer {

namespace {
constexpr int wideEnough = 1150; // for rows and details
}

// In a narrow window, beside the report or on a small screen, the rows come first.
void ListPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    placeDetails();
}

void ListPage::placeDetails()
{
    bool const isWide = width() >= wideEnough;
    details_->setVisible(!isWide);
    preview_->setVisible(isWide || details_->isChecked());
}

void ListPage::showRowMenu(QPoint at)
{
    auto const task = selected();
    if (!task || !table_->indexAt(at).isValid())
        return;
    auto* menu = new QMenu(this);
    menu->setObjectName("list.rowMenu");
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(say("打开", "Open"), this, &ListPage::openSelected);
    if (task->claimedBy == model_->me() && isUnderway(task->state))
        menu->addAction(say("退回列表", "Give back"), this, &ListPage::releaseSelected);
    menu->popup(table_->viewport()->mapToGlobal(at));
}

} // namespace qianli::viewer
