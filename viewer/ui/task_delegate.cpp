#include "viewer/ui/task_delegate.h"

#include "viewer/ui/study_marks.h"
#include "viewer/ui/task_model.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/words.h"

namespace qianli::viewer {

namespace {
constexpr int padding = 10, markSize = 12;

struct Row {
    model::ReadingTask const& task;
    model::TaskState shown; // the state that is shown of it
};

Row rowOf(QModelIndex const& index)
{
    auto const& filter = *qobject_cast<QSortFilterProxyModel const*>(index.model());
    auto const& model = *qobject_cast<TaskModel const*>(filter.sourceModel());
    auto const& task = model.at(filter.mapToSource(index).row());
    return {task, shownState(task, model.outgoing(task.id))};
}

QColor inkOf(model::ReadingTask const& task, model::TaskState shown, int column)
{
    if (column == TaskModel::Name)
        return QColor(colour::strong);
    if (column == TaskModel::State)
        return stateColour(shown);
    if (column == TaskModel::Age && !ageDoubt(task).isEmpty())
        return QColor(colour::amber);
    return QColor(isOver(task.state) ? colour::quiet : colour::text);
}

// A word on red, so that neither colour nor word has to be told alone; dark ink, as white on this red is below 4.5:1.
// Returns the width that is used up.
int paintUrgencyMark(QPainter& painter, QRect const& box, QFont font)
{
    font.setPixelSize(12);
    font.setBold(true);
    QString const word = urgencyMark();
    int const width = QFontMetrics(font).horizontalAdvance(word) + 6;
    QRect const plate(box.left(), box.center().y() - 8, width, 18);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(colour::red));
    painter.drawRoundedRect(plate, 3, 3);
    painter.setFont(font);
    painter.setPen(QColor(colour::window));
    painter.drawText(plate, Qt::AlignCenter, word);
    return width;
}

// A red triangle before the name: this may be somebody else. Returns the width that is used up.
int paintIdentityMark(QPainter& painter, QRect const& box)
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(QColor(colour::red), 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    QRectF const mark(box.left(), box.center().y() - 6, 14, 12.5);
    painter.drawPolygon(QPolygonF({{mark.center().x(), mark.top()}, mark.bottomRight(), mark.bottomLeft()}));
    painter.drawLine(mark.center() - QPointF(0, 1.5), mark.center() + QPointF(0, 1));
    painter.drawPoint(mark.center() + QPointF(0, 3.6));
    return 14;
}

// Outlined, so that none of them is louder than the name; the one that is a danger stands on red.
int paintMark(QPainter& painter, QRect const& box, QString const& word, MarkTone tone)
{
    int const width = painter.fontMetrics().horizontalAdvance(word) + 10;
    QRect const plate(box.left(), box.center().y() - 8, width, 18);
    QColor const ink = toneColour(tone);
    QColor line = ink;
    line.setAlphaF(0.5);
    painter.setPen(tone == MarkTone::Danger ? QPen(Qt::NoPen) : QPen(line, 1));
    painter.setBrush(tone == MarkTone::Danger ? QBrush(ink) : QBrush(Qt::NoBrush));
    painter.drawRoundedRect(QRectF(plate).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    painter.setPen(tone == MarkTone::Danger ? QColor(colour::window) : ink);
    painter.drawText(plate, Qt::AlignCenter, word);
    return width;
}

// As many as there is room for; how many more there are is said.
void paintMarks(QPainter& painter, QRect box, QFont font, std::vector<StudyMark> const& marks)
{
    font.setPixelSize(12);
    painter.setFont(font);
    painter.setRenderHint(QPainter::Antialiasing);
    for (std::size_t at = 0; at < marks.size(); ++at) {
        int const needed = painter.fontMetrics().horizontalAdvance(marks[at].brief) + 10;
        int const rest = at + 1 < marks.size() ? 26 : 0;
        if (at > 0 && needed + rest > box.width()) {
            paintMark(painter, box, QString("+%1").arg(marks.size() - at), marks[at].tone);
            return;
        }
        box.setLeft(box.left() + paintMark(painter, box, marks[at].brief, marks[at].tone) + 4);
    }
}
} // namespace

void TaskDelegate::paint(QPainter* painter, QStyleOptionViewItem const& option, QModelIndex const& index) const
{
    auto const& [task, shown] = rowOf(index);
    bool const selected = option.state & QStyle::State_Selected;
    painter->save();
    if (selected)
        painter->fillRect(option.rect, QColor(colour::selected));
    else if (option.state & QStyle::State_MouseOver)
        painter->fillRect(option.rect, QColor(colour::hover));
    painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), QColor(0xFF1E2125));
    if (selected && index.column() == TaskModel::Name)
        painter->fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()),
                          QColor(colour::accent));
    QRect box = option.rect.adjusted(padding, 0, -padding, 0);
    if (index.column() == TaskModel::Name)
        box.adjust(6, 0, 0, 0);
    if (stale_)
        painter->setOpacity(0.5);
    if (index.column() == TaskModel::State) {
        paintStateMark(*painter, QRectF(box.left(), box.center().y() - markSize / 2.0 + 1.5, markSize, markSize),
                       shown);
        box.adjust(markSize + 8, 0, 0, 0);
    }
    if (index.column() == TaskModel::Name && isPressing(task))
        box.adjust(paintUrgencyMark(*painter, box, option.font) + 6, 0, 0, 0);
    if (index.column() == TaskModel::Name && hasIdentityConflict(task))
        box.adjust(paintIdentityMark(*painter, box) + 6, 0, 0, 0);
    if (index.column() == TaskModel::Marks) {
        painter->setClipRect(option.rect);
        paintMarks(*painter, box, option.font, marksOf(task));
        painter->restore();
        return;
    }
    painter->setPen(inkOf(task, shown, index.column()));
    painter->setFont(option.font);
    QString const text =
        option.fontMetrics.elidedText(index.data(Qt::DisplayRole).toString(), Qt::ElideRight, box.width());
    painter->drawText(box, index.data(Qt::TextAlignmentRole).toInt(), text);
    painter->restore();
}

TaskHeader::TaskHeader(QWidget* parent) : QHeaderView(Qt::Horizontal, parent)
{
    setSectionsClickable(true);
    setSectionsMovable(true);
    setHighlightSections(false);
}

void TaskHeader::paintSection(QPainter* painter, QRect const& rect, int column) const
{
    painter->save();
    painter->fillRect(rect, QColor(colour::panel));
    painter->fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), QColor(colour::line));
    bool const sorted = isSortIndicatorShown() && sortIndicatorSection() == column;
    QFont small = font();
    small.setPixelSize(12);
    painter->setFont(small);
    painter->setPen(QColor(sorted ? colour::text : colour::quiet));
    QRect const box = rect.adjusted(padding + (column == TaskModel::Name ? 6 : 0), 0, -padding, 0);
    int const alignment = model()->headerData(column, Qt::Horizontal, Qt::TextAlignmentRole).toInt();
    QRect words;
    painter->drawText(box, alignment, model()->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString(), &words);
    if (sorted) {
        // Right-aligned titles keep their line with the numbers: the arrow stands before them.
        double const x = alignment & Qt::AlignRight ? words.left() - 10 : words.right() + 5, y = rect.center().y() + 1;
        double const up = sortIndicatorOrder() == Qt::AscendingOrder ? -1 : 1;
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        painter->setBrush(QColor(colour::accent));
        painter->drawPolygon(QPolygonF({{x, y - 2 * up}, {x + 6, y - 2 * up}, {x + 3, y + 2.5 * up}}));
    }
    painter->restore();
}

} // namespace qianli::viewer
