// ListPage's search: what is loaded is filtered at each key; a moment after the last one the gateway is asked, which
// knows older studies and what else a patient was called.
#include "viewer/ui/list_page.h"

#include "common/names/name_query.h"
#include "viewer/i18n/language.h"

namespace qianli::viewer {

namespace {
constexpr qsizetype mostWords = 4;

// One letter would find everybody; without a letter of a name the gateway would give the whole list.
bool isWorthAsking(QString const& words)
{
    bool const oneLetter = words.size() == 1 && words.front().unicode() <= 0x7F;
    return !oneLetter && TaskFilter::mayBeName(words) && !names::NameQuery(words.toStdString()).empty();
}

// All words together are a name, and each for itself may be one beside a number, a modality or a site.
QStringList questionsOf(QString const& words)
{
    QStringList asked{words};
    if (QStringList const parts = words.split(' '); parts.size() > 1 && parts.size() <= mostWords)
        asked << parts;
    asked.removeIf([](QString const& one) { return !isWorthAsking(one); });
    asked.removeDuplicates();
    return asked;
}
} // namespace

void ListPage::searchChanged(QString const& words)
{
    lost_.reset();
    filter_->setWords(words);
    askSoon();
    refreshState();
}

// What is still on its way answers an older question.
void ListPage::askSoon()
{
    ++searches_;
    asking_ = 0;
    searchFailed_ = false;
    if (questionsOf(search_->text().simplified()).isEmpty() || !gateway_.isSignedIn())
        return searchDelay_.stop();
    asking_ = 1; // "nothing" is not said before
    searchDelay_.start();
}

void ListPage::askGateway()
{
    QString const words = search_->text().simplified();
    asking_ = 0;
    QStringList const names = questionsOf(words);
    if (names.isEmpty() || !gateway_.isSignedIn())
        return refreshState();
    for (QString const& name : names) {
        ++asking_;
        gateway_.findTasks(this, name, [this, name, search = searches_](Result<std::vector<model::ReadingTask>> found) {
            if (search == searches_)
                searchAnswered(name, found);
        });
    }
}

void ListPage::searchAnswered(QString const& name, Result<std::vector<model::ReadingTask>> const& found)
{
    --asking_;
    if (found) {
        std::set<model::TaskId> ids;
        for (auto const& task : *found)
            ids.insert(task.id);
        model_->add(*found);
        filter_->setFound(name, ids);
        refreshTabs();
    } else {
        searchFailed_ = true;
    }
    refreshState();
    selectLost();
}

void ListPage::showNothingFound()
{
    QString const words = search_->text();
    auto const& tasks = model_->tasks();
    auto const elsewhere =
        std::count_if(tasks.begin(), tasks.end(), [this](auto const& task) { return filter_->matches(task); });
    state_->setText(asking_ > 0 && elsewhere == 0
                        ? say("正在网关上查找“%1”……", "Asking the gateway for “%1” …").arg(words)
                        : say("没有符合“%1”的检查", "Nothing matches “%1”").arg(words));
    QString const clear = say("按 Esc 清除搜索。", "Press Esc to clear the search.");
    if (elsewhere > 0)
        state_->setText(say("这个页签里没有符合“%1”的检查", "Nothing in this tab matches “%1”").arg(words));
    stateDetail_->setText(elsewhere > 0 ? say("<a href='all' style='color:#2FA39A'>“全部”里有 %1 个</a>",
                                              "<a href='all' style='color:#2FA39A'>%1 in “All”</a>")
                                              .arg(elsewhere)
                          : searchFailed_ ? say("网关没有应答，只查了已经读入的检查。",
                                                "The gateway did not answer; only what is loaded "
                                                "was searched.") +
                                                "<br>" + clear
                                          : clear);
}

} // namespace qianli::viewer
