// ListPage without rows, or with old ones: empty, loading, failed, offline; each says what is known.
#include "viewer/ui/list_page.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/words.h"

#include <QDateTime>

#include <map>

namespace qianli::viewer {

namespace {
constexpr std::size_t mostSites = 6;
constexpr int usualDays = 14;                              // a site that was silent for longer is no news
constexpr int firstRetry = 10'000, longestRetry = 160'000; // milliseconds

QDate dayOf(TimePoint time)
{
    return QDateTime::fromMSecsSinceEpoch(
               std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count())
        .date();
}
} // namespace

QString silentSitesWords(std::vector<model::ReadingTask> const& tasks, TimePoint now)
{
    std::map<std::string, TimePoint> newest;
    for (auto const& task : tasks)
        if (!task.siteName.empty())
            newest[task.siteName] = std::max(newest[task.siteName], task.lastReceivedAt);
    QDate const today = dayOf(now);
    std::vector<std::pair<TimePoint, std::string>> silent;
    for (auto const& [site, last] : newest)
        if (QDate const day = dayOf(last); day < today && day.daysTo(today) <= usualDays)
            silent.emplace_back(last, site);
    std::sort(silent.rbegin(), silent.rend());
    QStringList words;
    for (std::size_t index = 0; index < std::min(silent.size(), mostSites); ++index)
        words << say("%1（最近 %2）", "%1 (last %2)")
                     .arg(QString::fromStdString(silent[index].second), clockWord(silent[index].first, now));
    if (words.isEmpty())
        return {};
    QString const more =
        silent.size() > mostSites ? say(" 等 %1 家", " and more, %1 in all").arg(silent.size()) : QString();
    return say("今天还没有送来检查的机构：", "Sites that have sent nothing today: ") + words.join(say("、", ", ")) +
           more;
}

void ListPage::refreshState()
{
    bool const stale = !online_ && loading_ != Loading::Never && loadedAt_ != TimePoint{};
    TimePoint const now = SystemClock().now();
    delegate_->setStale(stale);
    bool const fresh = now - loadedAt_ < std::chrono::minutes(1);
    QString const time = clockWord(loadedAt_, now);
    age_->setText(!stale  ? QString()
                  : fresh ? say("○ 离线，列表是刚才的（%1）", "○ Offline; the list is from %1").arg(time)
                          : say("○ 离线，列表是 %1前的（%2）", "○ Offline; the list is %1 old (%2)")
                                .arg(waitingWord(loadedAt_, now), time));
    table_->viewport()->update();
    bool const empty = filter_->rowCount() == 0;
    // After signing in, the box has the focus only until there are rows to take it.
    bool const isTyping = search_->hasFocus() && !search_->text().isEmpty();
    body_->setCurrentIndex(empty ? 1 : 0);
    if (isTyping && !search_->hasFocus())
        search_->setFocus(); // rows that come back take nothing of what is being typed
    if (!empty)
        return;
    preview_->clear();
    if (!search_->text().isEmpty() && !model_->tasks().empty()) {
        showNothingFound();
    } else if (loading_ == Loading::Busy || loading_ == Loading::Never) {
        state_->setText(say("正在读取列表……", "Reading the list …"));
        stateDetail_->clear();
    } else if (loading_ == Loading::Failed) {
        state_->setText(say("列表读取失败", "The list can't be read"));
        stateDetail_->setText(
            failure_.toHtmlEscaped() + "<br>" +
            say("连上后自动重试，也可按 F5。本机的草稿和待发的报告都在。",
                "It is tried again when the gateway is back; or press F5. Drafts and signed reports here are safe."));
    } else {
        showNoStudies(now);
    }
}

void ListPage::reload()
{
    saidNotReread_.clear(); // it is asked for: the answer is wanted
    retries_ = 0;
    load();
}

void ListPage::load()
{
    if (!gateway_.isSignedIn() || loading_ == Loading::Busy)
        return;
    loading_ = Loading::Busy;
    arrived_.clear();
    retry_.stop();
    refreshState();
    std::weak_ptr const asked = workplace_;
    gateway_.tasks(
        this, [this, asked, stream = streams_, wasOnline = online_](Result<std::vector<model::ReadingTask>> tasks) {
            if (asked.owner_before(workplace_) || workplace_.owner_before(asked))
                return; // for somebody who has signed out since
            bool const isWhole = wasOnline && stream == streams_;
            loading_ = tasks ? Loading::Done : Loading::Failed;
            if (tasks) {
                hasGap_ = !isWhole;
                takeRows(std::move(*tasks));
            }
            if (online_ && stream != streams_)
                return load(); // what changed before the events arrived may be missing
            if (!tasks)
                loadFailed(tasks.error());
        });
}

void ListPage::takeRows(std::vector<model::ReadingTask> tasks)
{
    notices_->settle();
    saidNotReread_.clear();
    retries_ = 0;
    loadedAt_ = SystemClock().now();
    auto const keep = selected();
    model_->setTasks(std::move(tasks));
    // The answer may have been written before that: a study that is taken would stand as waiting, and come next again.
    for (auto const& [id, task] : std::exchange(arrived_, {}))
        model_->upsert(task);
    askSoon(); // what only a search found is not in the list
    refreshTabs();
    refreshState();
    if (keep && !selectTask(keep->id))
        lost_ = search_->text().isEmpty() ? std::nullopt : std::optional(keep->id);
    else if (!keep && !lost_)
        table_->selectRow(0);
    emit loaded();
}

void ListPage::loadFailed(Error const& error)
{
    failure_ = sentence(error);
    if (online_)
        retry_.start(std::min(longestRetry, firstRetry << std::min(retries_++, 4)));
    tellNotReread();
    refreshState();
}

// Rows are shown and the gateway is there: nothing else would say that they were not read anew.
void ListPage::tellNotReread()
{
    if (!online_ || model_->tasks().empty())
        return;
    QString const time = clockWord(loadedAt_, SystemClock().now());
    bool const isNone = loadedAt_ == TimePoint{};
    QString const rows =
        isNone && hasGap_ ? say("现在只有登录以后送来的检查，可能不全。",
                                "Only what came since you signed in is shown, and perhaps not all of it.")
        : isNone ? say("现在只有登录以后送来的检查。", "Only what came since you signed in is shown.")
        : hasGap_
            ? say("现在是 %1 读到的，之后的变化可能没有显示。", "It is as read at %1; changes since may be missing.")
                  .arg(time)
            : say("现在是 %1 读到的，之后的变化照常显示。", "It is as read at %1, with the changes since.").arg(time);
    QString const words = say("列表没有刷新：", "The list was not read anew: ") + failure_ + " " + rows +
                          say("会自动再读。", " It is tried again by itself.");
    if (std::exchange(saidNotReread_, words) != words)
        notices_->stand(NoticeBar::Weight::Warning, words, {say("再读一次", "Try again"), [this] { reload(); }});
}

void ListPage::showNoStudies(TimePoint now)
{
    auto const& tasks = model_->tasks();
    state_->setText(filter_->tab() == TaskFilter::Tab::Mine ? say("您手上没有检查", "You hold no studies")
                    : filter_->tab() == TaskFilter::Tab::Issued ? say("还没有已发布的报告", "No report is issued yet")
                                                                : say("没有待读的检查", "No studies to read"));
    TimePoint last{};
    for (auto const& task : tasks)
        last = std::max(last, task.lastReceivedAt);
    QStringList lines{
        last == TimePoint{}
            ? say("基层送来的检查会自动出现在这里。", "Studies appear here by themselves as they arrive.")
            : say("最近一次到达：%1。新检查会自动出现。", "The last one arrived at %1. New ones appear by themselves.")
                  .arg(clockWord(last, now)),
        silentSitesWords(tasks, now).toHtmlEscaped()};
    lines.removeAll(QString());
    stateDetail_->setText(lines.join("<br>"));
}

void ListPage::setOnline(bool online)
{
    online_ = online;
    ++streams_;
    top_->setOnline(online);
    if (online) {
        loading_ = loading_ == Loading::Busy ? Loading::Busy : Loading::Done;
        reload();
        workplace_->outbox().retryNow();
    } else {
        hasGap_ = true;
        retry_.stop();
        notices_->settle(); // its words are of a gateway that is there
    }
    refreshState();
}

} // namespace qianli::viewer
