// TaskModel: the reading list as a table; tasks come and change by events, rows keep their identity.
#pragma once

#include "common/model/reading_task.h"
#include "common/names/name_query.h"
#include "viewer/ui/outgoing.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>

#include <map>
#include <set>
#include <unordered_map>
#include <vector>

namespace qianli::viewer {

class TaskModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Name, Sex, Age, Modality, BodyPart, Site, Arrived, Waiting, Images, Marks, State, ColumnCount };
    enum Role { SortRole = Qt::UserRole, TaskRole };

    using QAbstractTableModel::QAbstractTableModel;

    int rowCount(QModelIndex const& parent = {}) const override;
    int columnCount(QModelIndex const& parent = {}) const override;
    QVariant data(QModelIndex const& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    void setTasks(std::vector<model::ReadingTask> tasks);
    void upsert(model::ReadingTask const& task);
    void setMe(std::string user) { me_ = std::move(user); }
    std::string const& me() const { return me_; }
    // What of this person's is signed and not issued.
    void setOutgoing(Outgoing outgoing);
    std::optional<OutboxEntry::State> outgoing(model::TaskId task) const;
    // Beside what the gateway listed: tasks that a search found.
    void add(std::vector<model::ReadingTask> const& tasks);
    // Waiting times move on.
    void tick();
    // Of today the hour, else the day alone: for a narrow column.
    void setBriefArrival(bool brief);

    model::ReadingTask const* task(model::TaskId id) const;
    model::ReadingTask const& at(int row) const { return tasks_[static_cast<std::size_t>(row)]; }
    std::vector<model::ReadingTask> const& tasks() const { return tasks_; }

private:
    QVariant display(model::ReadingTask const& task, int column) const;
    QVariant toolTip(model::ReadingTask const& task, int column) const;
    QVariant sortValue(model::ReadingTask const& task, int column) const;

    std::vector<model::ReadingTask> tasks_;
    std::unordered_map<model::TaskId, int> rows_;
    std::string me_;
    Outgoing outgoing_;
    bool briefArrival_ = false;
};

// What of the list is shown: a tab and the words in the search box. Urgent tasks stand first in every order.
class TaskFilter : public QSortFilterProxyModel {
    Q_OBJECT

public:
    enum class Tab { Open, Mine, Issued, All };

    using QSortFilterProxyModel::QSortFilterProxyModel;
    void setTab(Tab tab);
    Tab tab() const { return tab_; }
    void setWords(QString const& words);
    // What the gateway finds by that name (older studies, other names of a patient) is shown beside what is found here;
    // until the words change.
    void setFound(QString const& words, std::set<model::TaskId> const& tasks);
    static bool belongs(model::ReadingTask const& task, Tab tab, std::string const& me);
    // Nobody is called "P000123" or "50010119600101123X": their letters are no initials.
    static bool mayBeName(QString const& words);
    // The words alone, whatever the tab.
    bool matches(model::ReadingTask const& task) const;

protected:
    bool filterAcceptsRow(int row, QModelIndex const& parent) const override;
    bool lessThan(QModelIndex const& left, QModelIndex const& right) const override;

private:
    Tab tab_ = Tab::Open;
    // Words that are all to be found; as names in any spelling, too.
    struct Wanted {
        QString words;
        names::NameQuery name;
    };
    bool isNamed(Wanted const& wanted, model::ReadingTask const& task) const;
    std::vector<Wanted> wanted_; // each word; all of them together last, where there are several
    mutable names::NameReader reader_;
    std::map<QString, std::set<model::TaskId>> found_; // by word, and by all words together
};

} // namespace qianli::viewer
