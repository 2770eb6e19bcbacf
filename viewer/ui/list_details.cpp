// ListPage's details: beside the rows where there is room, on demand where there is not, and a row's own menu.
#include "viewer/ui/list_page.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/words.h"

#include <QHeaderView>
#include <QMenu>
#include <QScopedValueRollback>

namespace qianli::viewer {

namespace {
constexpr int wideEnough = 1150;     // for rows and details
constexpr int leastExamination = 90; // pixels in which a body part can be read
constexpr int briefArrival = 76;
} // namespace

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

void ListPage::placeColumns()
{
    QHeaderView& header = *table_->horizontalHeader();
    int const usualArrival = arrivalWidth_.value_or(header.sectionSize(TaskModel::Arrived));
    int others = usualArrival - header.sectionSize(TaskModel::Arrived);
    for (int column = 0; column < TaskModel::ColumnCount; ++column)
        if (column != TaskModel::BodyPart && column != TaskModel::Images)
            others += header.sectionSize(column);
    constexpr int images = 58, scrollBar = 12;
    int const narrowArrival = narrowArrival_.value_or(std::min(usualArrival, briefArrival));
    int const room = table_->width() - scrollBar - others, spared = usualArrival - narrowArrival;
    bool const isNarrow = room - images < leastExamination;
    bool const fits = room + (isNarrow ? spared : -images) >= leastExamination;
    QScopedValueRollback const ours(placing_, true);
    // First: a header that stretches nothing hides at once, one that does when it stretches.
    header.setSectionResizeMode(TaskModel::BodyPart, fits ? QHeaderView::Stretch : QHeaderView::Fixed);
    table_->setColumnHidden(TaskModel::Images, isNarrow);
    if (isNarrow != arrivalWidth_.has_value())
        header.resizeSection(TaskModel::Arrived, isNarrow ? narrowArrival : usualArrival);
    arrivalWidth_ = isNarrow ? std::optional(usualArrival) : std::nullopt;
    model_->setBriefArrival(isNarrow);
    if (!fits) // then the rows scroll sideways
        header.resizeSection(TaskModel::BodyPart, leastExamination);
}

void ListPage::widenColumns()
{
    QScopedValueRollback const ours(placing_, true);
    QHeaderView& header = *table_->horizontalHeader();
    header.setSectionResizeMode(TaskModel::BodyPart, QHeaderView::Stretch);
    table_->setColumnHidden(TaskModel::Images, false);
    if (auto const width = std::exchange(arrivalWidth_, {}))
        header.resizeSection(TaskModel::Arrived, *width);
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
    if (task->claimedBy == model_->me() && isUnderway(task->state) && !model_->outgoing(task->id))
        menu->addAction(say("退回列表", "Give back"), this, &ListPage::releaseSelected);
    menu->popup(table_->viewport()->mapToGlobal(at));
}

} // namespace qianli::viewer
