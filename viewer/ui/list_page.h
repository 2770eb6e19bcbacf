// ListPage: the reading list: tabs, search, rows, and the selected one's details.
#pragma once

#include "viewer/ui/list_look.h"
#include "viewer/ui/notice_bar.h"
#include "viewer/ui/task_delegate.h"
#include "viewer/ui/task_model.h"
#include "viewer/ui/task_preview.h"
#include "viewer/ui/top_bar.h"

#include <QButtonGroup>
#include <QLineEdit>
#include <QStackedWidget>
#include <QTableView>

#include <map>

namespace qianli::viewer {

// "今天还没有送来检查的机构：…": those that have sent in the last two weeks and not today; empty when there is none.
QString silentSitesWords(std::vector<model::ReadingTask> const& tasks, TimePoint now);

class ListPage : public QWidget {
    Q_OBJECT

public:
    explicit ListPage(GatewayClient& gateway, QWidget* parent = nullptr);
    void setWorkplace(std::shared_ptr<Workplace> workplace);
    void reload();
    void leave();
    void focusTable() { table_->setFocus(); }
    void taskArrived(qianli::model::ReadingTask const& task);
    NoticeBar& notices() { return *notices_; }
    TaskModel const& tasks() const { return *model_; }
    // The oldest task after this one that nobody holds; an urgent one before all others.
    std::optional<model::ReadingTask> nextAfter(model::TaskId task) const;

signals:
    void openAsked(qianli::model::ReadingTask const& task);
    void signOutAsked();
    void outboxAsked();
    void loaded();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* buildBar();
    QWidget* buildTable();
    void openSelected();
    void releaseSelected();
    void outboxChanged();
    // Details beside the rows, or in a narrow window when they are asked for; a row's own menu has the same verbs.
    void placeDetails();
    // What is examined is readable at every width: the number of images goes, the time of arrival gets narrower.
    void placeColumns();
    // As a person has them: so they are remembered.
    void widenColumns();
    void showRowMenu(QPoint at);
    void selectionChanged();
    bool selectTask(qianli::model::TaskId task);
    void selectLost();
    void searchChanged(QString const& words);
    void askSoon();
    void askGateway();
    void searchAnswered(QString const& name, Result<std::vector<model::ReadingTask>> const& found);
    void showNothingFound();
    void refreshTabs();
    void refreshState();
    void showNoStudies(TimePoint now);
    void load();
    void takeRows(std::vector<model::ReadingTask> tasks);
    void loadFailed(Error const& error);
    void tellNotReread();
    void setOnline(bool online);
    std::optional<model::ReadingTask> selected() const;

    GatewayClient& gateway_;
    std::shared_ptr<Workplace> workplace_;
    std::map<model::TaskId, model::ReadingTask> arrived_; // while the list was being read
    TaskModel* model_;
    TaskFilter* filter_;
    TaskDelegate* delegate_;
    TopBar* top_;
    NoticeBar* notices_;
    QTableView* table_;
    QStackedWidget* body_;
    QLabel *state_, *stateDetail_, *age_;
    QLineEdit* search_;
    QButtonGroup* tabs_;
    QPushButton* details_ = nullptr;
    TaskPreview* preview_;
    ListLook* look_ = nullptr;
    std::optional<int> arrivalWidth_;  // that a person has given it, while a narrow window gives it less
    std::optional<int> narrowArrival_; // that a person has given it in a narrow window
    bool placing_ = false;             // columns, by ourselves
    enum class Loading { Never, Busy, Done, Failed } loading_ = Loading::Never;
    QString failure_;
    QTimer searchDelay_;
    int asking_ = 0, searches_ = 0; // of the gateway: questions that are open; which search it is
    bool searchFailed_ = false;
    std::optional<model::TaskId> lost_; // was selected, and is in the list only by a search or an event
    TimePoint loadedAt_{};
    bool online_ = false;
    int streams_ = 0;     // how often events began or ended to arrive
    bool hasGap_ = false; // events were missed since the rows were read
    QTimer retry_{this};
    int retries_ = 0;
    QString saidNotReread_; // what was dismissed stays so until there is something else to say
};

} // namespace qianli::viewer
