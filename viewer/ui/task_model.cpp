#include "viewer/ui/task_model.h"

#include "common/model/national_id.h"
#include "viewer/i18n/language.h"
#include "viewer/ui/study_marks.h"
#include "viewer/ui/words.h"

namespace qianli::viewer {

namespace {
TimePoint currentTime()
{
    return SystemClock().now();
}

// The day alone is enough of a day before; the tool tip has all of it.
QString briefClockWord(TimePoint time, TimePoint now)
{
    auto const local = [](TimePoint point) {
        return QDateTime::fromMSecsSinceEpoch(
            std::chrono::duration_cast<std::chrono::milliseconds>(point.time_since_epoch()).count());
    };
    QDateTime const then = local(time), today = local(now);
    if (then.date() == today.date())
        return then.toString("HH:mm");
    return then.toString(then.date().year() == today.date().year() ? "MM-dd" : "yy-MM-dd");
}

// A national ID is found by the whole of it only: nobody feels the way to one digit by digit.
QString searchable(model::ReadingTask const& task)
{
    std::string const id = model::looksLikeNationalId(task.patientId) ? std::string() : task.patientId;
    return QString::fromStdString(task.patientName + " " + id + " " + task.accessionNumber + " " + task.siteName + " " +
                                  task.modalities + " " + task.description + " " + task.bodyPart)
               .toLower() +
           " " + patientName(task).toLower() + " " + bodyPartWord(task.bodyPart);
}

QString briefWords(std::vector<StudyMark> const& marks)
{
    QStringList words;
    for (StudyMark const& mark : marks)
        words << mark.brief;
    return words.join(' ');
}

QString badgeWords(std::vector<StudyMark> const& marks)
{
    QString words;
    for (StudyMark const& mark : marks)
        words += say("，", ", ") + mark.badge;
    return words;
}

std::optional<OutboxEntry::State> stateIn(Outgoing const& outgoing, model::TaskId task)
{
    auto const found = outgoing.find(task);
    return found == outgoing.end() ? std::nullopt : std::optional(found->second);
}

QString meaning(std::vector<StudyMark> const& marks)
{
    QStringList sentences;
    for (StudyMark const& mark : marks)
        sentences << mark.badge + say("：", ": ") + mark.meaning;
    return sentences.join('\n');
}
} // namespace

int TaskModel::rowCount(QModelIndex const& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(tasks_.size());
}

int TaskModel::columnCount(QModelIndex const& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant TaskModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    bool const right = section == Age || section == Waiting || section == Images;
    if (role == Qt::TextAlignmentRole)
        return int((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return say("姓名", "Patient");
    case Sex:
        return say("性别", "Sex");
    case Age:
        return say("年龄", "Age");
    case Modality:
        return say("设备", "Modality");
    case BodyPart:
        return say("检查部位", "Examination");
    case Site:
        return say("医疗机构", "Site");
    case Arrived:
        return say("到达", "Arrived");
    case Waiting:
        return say("等待", "Waiting");
    case Images:
        return say("图像", "Images");
    case Marks:
        return say("提示", "Notes");
    default:
        return say("状态", "State");
    }
}

QVariant TaskModel::data(QModelIndex const& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    auto const& task = at(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return display(task, index.column());
    case SortRole:
        return sortValue(task, index.column());
    case TaskRole:
        return QVariant::fromValue<qlonglong>(task.id);
    case Qt::TextAlignmentRole: {
        bool const right = index.column() == Age || index.column() == Waiting || index.column() == Images;
        return int((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    case Qt::AccessibleTextRole:
        return (isPressing(task) ? urgencyWord() + " " : QString()) + identityLine(task) + " " +
               taskStateLine(task, me_, outgoing(task.id)) + badgeWords(marksOf(task));
    case Qt::ToolTipRole:
        return plainTip(toolTip(task, index.column()).toString());
    default:
        return {};
    }
}

QVariant TaskModel::display(model::ReadingTask const& task, int column) const
{
    switch (column) {
    case Name:
        return patientName(task);
    case Sex:
        return sexWord(task.sex);
    case Age:
        return patientAge(task);
    case Modality:
        return QString::fromStdString(task.modalities).replace('\\', '/');
    case BodyPart:
        return examinedPart(task);
    case Site:
        return QString::fromStdString(task.siteName.empty() ? task.site.value : task.siteName);
    case Arrived:
        return briefArrival_ ? briefClockWord(task.receivedAt, currentTime())
                             : clockWord(task.receivedAt, currentTime());
    case Waiting:
        return isOver(task.state) ? QString() : waitingWord(task.receivedAt, currentTime());
    case Images:
        return task.instances;
    case Marks:
        return briefWords(marksOf(task));
    default:
        return taskStateLine(task, me_, outgoing(task.id));
    }
}

QVariant TaskModel::toolTip(model::ReadingTask const& task, int column) const
{
    if (column == Marks || column == Name)
        return meaning(marksOf(task));
    if (column == State || column == Images)
        return missingWords(task);
    if (column == Arrived)
        return say("到达 %1\n检查 %2", "Arrived %1\nExamined %2")
            .arg(clockWord(task.receivedAt, currentTime()),
                 (dateWord(task.studyDate) + " " + timeWord(task.studyTime)).trimmed());
    return {};
}

QVariant TaskModel::sortValue(model::ReadingTask const& task, int column) const
{
    switch (column) {
    case Arrived:
        return QVariant::fromValue<qlonglong>(task.receivedAt.time_since_epoch().count());
    case Waiting:
        return isOver(task.state)
                   ? QVariant::fromValue<qlonglong>(-1)
                   : QVariant::fromValue<qlonglong>(-task.receivedAt.time_since_epoch().count() + (qlonglong(1) << 60));
    case Images:
        return task.instances;
    case Marks: {
        auto const marks = marksOf(task);
        return marks.empty() ? 0 : -(10 * static_cast<int>(marks.front().tone) + static_cast<int>(marks.size()));
    }
    case Age:
        return -QString::fromStdString(task.birthDate).toLongLong();
    case State:
        return static_cast<int>(task.state);
    default:
        return display(task, column);
    }
}

void TaskModel::setTasks(std::vector<model::ReadingTask> tasks)
{
    beginResetModel();
    tasks_ = std::move(tasks);
    rows_.clear();
    for (std::size_t row = 0; row < tasks_.size(); ++row)
        rows_[tasks_[row].id] = static_cast<int>(row);
    endResetModel();
}

void TaskModel::upsert(model::ReadingTask const& task)
{
    if (auto const found = rows_.find(task.id); found != rows_.end()) {
        tasks_[static_cast<std::size_t>(found->second)] = task;
        emit dataChanged(index(found->second, 0), index(found->second, ColumnCount - 1));
        return;
    }
    int const row = rowCount();
    beginInsertRows({}, row, row);
    tasks_.push_back(task);
    rows_[task.id] = row;
    endInsertRows();
}

void TaskModel::add(std::vector<model::ReadingTask> const& tasks)
{
    for (auto const& task : tasks)
        if (!rows_.contains(task.id))
            upsert(task); // what is there was told by events since
}

void TaskModel::setOutgoing(Outgoing outgoing)
{
    Outgoing const before = std::exchange(outgoing_, std::move(outgoing));
    for (int row = 0; row < rowCount(); ++row)
        if (stateIn(before, at(row).id) != stateIn(outgoing_, at(row).id))
            emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

std::optional<OutboxEntry::State> TaskModel::outgoing(model::TaskId task) const
{
    return stateIn(outgoing_, task);
}

void TaskModel::setBriefArrival(bool brief)
{
    if (std::exchange(briefArrival_, brief) != brief)
        tick();
}

void TaskModel::tick()
{
    if (!tasks_.empty())
        emit dataChanged(index(0, Arrived), index(rowCount() - 1, Waiting), {Qt::DisplayRole});
}

model::ReadingTask const* TaskModel::task(model::TaskId id) const
{
    auto const found = rows_.find(id);
    return found == rows_.end() ? nullptr : &at(found->second);
}

void TaskFilter::setTab(Tab tab)
{
    tab_ = tab;
    invalidateFilter();
}

void TaskFilter::setWords(QString const& words)
{
    QStringList parts = words.toLower().split(QRegularExpression("\\s+"), Qt::SkipEmptyParts);
    if (parts.size() > 1)
        parts << parts.join(' ');
    wanted_.clear();
    for (QString const& part : parts)
        wanted_.push_back({part, names::NameQuery(mayBeName(part) ? part.toStdString() : std::string())});
    found_.clear();
    invalidateFilter();
}

bool TaskFilter::mayBeName(QString const& words)
{
    return std::none_of(words.begin(), words.end(), [](QChar character) { return character.isDigit(); });
}

void TaskFilter::setFound(QString const& words, std::set<model::TaskId> const& tasks)
{
    found_[words.toLower()] = tasks;
    invalidateFilter();
}

bool TaskFilter::isNamed(Wanted const& wanted, model::ReadingTask const& task) const
{
    auto const answer = found_.find(wanted.words);
    return (answer != found_.end() && answer->second.contains(task.id)) ||
           (!wanted.name.empty() && wanted.name.rank(task.patientName, reader_));
}

bool TaskFilter::matches(model::ReadingTask const& task) const
{
    if (wanted_.empty() || isNamed(wanted_.back(), task))
        return true;
    QString const hay = searchable(task), id = QString::fromStdString(task.patientId).toLower();
    auto const last = wanted_.size() > 1 ? wanted_.end() - 1 : wanted_.end();
    return std::all_of(wanted_.begin(), last, [&](Wanted const& one) {
        return hay.contains(one.words) || one.words == id || isNamed(one, task);
    });
}

bool TaskFilter::belongs(model::ReadingTask const& task, Tab tab, std::string const& me)
{
    switch (tab) {
    case Tab::Open:
        return !isOver(task.state) && task.state != model::TaskState::Rejected;
    case Tab::Mine:
        return task.claimedBy == me && !isOver(task.state);
    case Tab::Issued:
        return isOver(task.state);
    case Tab::All:
        break;
    }
    return true;
}

bool TaskFilter::filterAcceptsRow(int row, QModelIndex const&) const
{
    auto const& model = *qobject_cast<TaskModel const*>(sourceModel());
    auto const& task = model.at(row);
    return belongs(task, tab_, model.me()) && matches(task);
}

bool TaskFilter::lessThan(QModelIndex const& left, QModelIndex const& right) const
{
    auto const& model = *qobject_cast<TaskModel const*>(sourceModel());
    bool const pressing = isPressing(model.at(left.row()));
    // Descending order asks with the sides exchanged: the urgent one has to be the greater there.
    if (pressing != isPressing(model.at(right.row())))
        return pressing == (sortOrder() == Qt::AscendingOrder);
    QVariant const a = left.data(TaskModel::SortRole), b = right.data(TaskModel::SortRole);
    if (a.typeId() == QMetaType::QString)
        return QString::localeAwareCompare(a.toString(), b.toString()) < 0;
    return a.toLongLong() < b.toLongLong();
}

} // namespace qianli::viewer
