#include "viewer/ui/main_window.h"

#include "viewer/client/background.h"
#include "viewer/client/file_studies.h"
#include "viewer/i18n/language.h"
#include "viewer/ui/words.h"

#include <QGuiApplication>
#include <QScreen>
#include <QShortcut>

namespace qianli::viewer {

MainWindow::MainWindow(StartOptions options, QWidget* parent)
    : QMainWindow(parent), options_(std::move(options)), pages_(new QStackedWidget(this)),
      reading_(new ReadingPage(this))
{
    setObjectName("main");
    setWindowTitle(say("千里", "Qianli"));
    setCentralWidget(pages_);
    setGeometry(firstPlace(screen()->availableGeometry(), {1366, 768}));
    if (auto const place = screens_.placeOf("main"))
        ScreenMemory::put(*this, *place);
    if (!options_.paths.empty()) {
        pages_->addWidget(reading_);
        reading_->expectFiles();
        inBackground<FileSelection>(
            this, [paths = options_.paths]() -> Result<FileSelection> { return findFiles(paths); },
            [this](Result<FileSelection> selection) {
                if (!selection)
                    return reading_->openFiles({}, {sentence(selection.error())});
                QStringList problems;
                for (Error const& problem : selection->problems)
                    problems << sentence(problem);
                reading_->openFiles(selection->files, problems);
            });
        return;
    }
    signIn_ = new SignInPage(gateway_, this);
    list_ = new ListPage(gateway_, this);
    for (QWidget* page : std::initializer_list<QWidget*>{signIn_, list_, reading_})
        pages_->addWidget(page);
    signIn_->propose(options_.gateway, options_.user);
    connect(signIn_, &SignInPage::ready, this, &MainWindow::signedIn);
    connect(list_, &ListPage::openAsked, this, &MainWindow::openTask);
    connect(list_, &ListPage::loaded, this, [this] {
        openAskedStudy();
        tidyJournals();
        refreshNext();
    });
    connect(reading_, &ReadingPage::twoWindowsAsked, this, &MainWindow::chooseWindows);
    auto* windows = new QShortcut(QKeySequence("F4"), this);
    connect(windows, &QShortcut::activated, this, [this] {
        if (workplace_)
            chooseWindows(!hasTwoWindows());
    });
    connect(qApp, &QGuiApplication::screenAdded, this, &MainWindow::screensChanged, Qt::QueuedConnection);
    connect(qApp, &QGuiApplication::screenRemoved, this, &MainWindow::screensChanged, Qt::QueuedConnection);
    connect(list_, &ListPage::signOutAsked, this, [this] {
        if (!mustStay())
            signOut({});
    });
    connect(list_, &ListPage::outboxAsked, this, [this] {
        workplace_->outbox().retryNow();
        showRefused();
    });
    connect(reading_, &ReadingPage::backAsked, this, &MainWindow::backToList);
    connect(reading_, &ReadingPage::nextAsked, this, &MainWindow::nextCase);
    connect(reading_, &ReadingPage::signedAndSent, this, &MainWindow::signedAndSent);
    ReportDesk const* desk = &reading_->report()->desk();
    connect(desk, &ReportDesk::leftUnsigned, this, &MainWindow::tellUnsigned);
    connect(desk, &ReportDesk::signedBehind, this, &MainWindow::closingChanged);
    connect(desk, &ReportDesk::signingFailed, this, &MainWindow::signingIsOver);
    connect(&gateway_, &GatewayClient::taskChanged, reading_, &ReadingPage::taskChanged);
    connect(&gateway_, &GatewayClient::taskChanged, this, &MainWindow::refreshNext);
    connect(&gateway_, &GatewayClient::onlineChanged, this, [this](bool online) {
        online_ = online;
        reading_->setOnline(online);
        closingChanged(); // other words hold
    });
    connect(&gateway_, &GatewayClient::sessionEnded, this, [this] {
        signOut(say("登录已失效，请重新登录。没有发送的草稿都在本机。",
                    "Your session has ended; sign in again. Unsent drafts are kept here."));
    });
}

MainWindow::~MainWindow()
{
    setTwoWindows(false); // the desk holds what is ours
    reading_->close();
}

void MainWindow::signedIn(std::shared_ptr<Workplace> workplace)
{
    workplace_ = std::move(workplace);
    connect(&workplace_->outbox(), &ReportOutbox::refused, this, &MainWindow::showRefused);
    connect(&workplace_->outbox(), &ReportOutbox::issued, list_, &ListPage::taskArrived);
    connect(&workplace_->outbox(), &ReportOutbox::changed, this, &MainWindow::withdrawRefused);
    connect(&workplace_->outbox(), &ReportOutbox::changed, this, &MainWindow::closingChanged, Qt::QueuedConnection);
    connect(workplace_.get(), &Workplace::journalFailed, this, [this](QString const& reason) {
        reading_->notices().insist(
            NoticeBar::Weight::Failure,
            say("本机磁盘写不进草稿，请勿继续书写：", "This workstation's disk refuses the draft; stop writing: ") +
                reason);
    });
    list_->setWorkplace(workplace_);
    setTwoWindows(screens_.wantsTwoWindows());
    showList(); // Enter opens the first case
    if (QStringList const problems = reading_->useKeys(workplace_->settingsFile().parent_path() / "keys.ini");
        !problems.isEmpty())
        list_->notices().show(NoticeBar::Weight::Warning, say("按键文件 keys.ini 有错，全部照原样：",
                                                              "keys.ini is wrong; all keys are as usual: ") +
                                                              problems.join(say("；", "; ")));
    gateway_.listen();
    workplace_->outbox().retryNow();
    showRefused(); // of an earlier day
    if (auto const left = leftUnsigned_.extract(workplace_->settingsFile()))
        for (QString const& words : left.mapped())
            list_->notices().insist(NoticeBar::Weight::Failure, words);
}

void MainWindow::showRefused()
{
    if (!workplace_)
        return;
    auto const entries = workplace_->outbox().entries();
    auto const isRefused = [](OutboxEntry const& entry) { return entry.state == OutboxEntry::State::Refused; };
    auto const first = std::find_if(entries.begin(), entries.end(), isRefused);
    if (first == entries.end())
        return;
    auto const more = std::count_if(entries.begin(), entries.end(), isRefused) - 1;
    QString text =
        say("网关没有接受%1的报告，没有发布：%2", "The gateway refused the report of %1; it is not issued: %2")
            .arg(QString::fromStdString(first->patientName), first->lastProblem);
    if (more > 0)
        text += say("（另有 %1 份）", " (and %1 more)").arg(more);
    model::TaskId const id = first->task;
    // Whoever reads another case goes on reading; its report panel says it for the case itself.
    if (isReading() && reading_->task() && reading_->task()->id == id)
        return;
    for (NoticeBar* notices : {&reading_->notices(), &list_->notices()})
        notices->withdraw(saidRefused_.words);
    saidRefused_ = {id, text};
    seenNotices().offer(NoticeBar::Weight::Failure, text,
                        {say("返回修改", "Go back to the text"), [this, id] { reopenRefused(id); }},
                        {say("再发一次", "Send again"), [this, id] { workplace_->outbox().retry(id); }});
}

void MainWindow::withdrawRefused()
{
    auto const entry = workplace_ ? workplace_->outbox().entryOf(saidRefused_.task) : std::nullopt;
    if (saidRefused_.words.isEmpty() || (entry && entry->state == OutboxEntry::State::Refused))
        return;
    for (NoticeBar* notices : {&reading_->notices(), &list_->notices()})
        notices->withdraw(saidRefused_.words);
    saidRefused_ = {};
    showRefused(); // there were more
}

void MainWindow::reopenRefused(model::TaskId id)
{
    auto const* known = list_->tasks().task(id);
    if (known == nullptr)
        return list_->notices().show(NoticeBar::Weight::Warning,
                                     say("列表里没有这个检查；报告仍在发件箱。",
                                         "The list does not hold this study; the report stays in the outbox."));
    auto const task = *known;
    workplace_->reopen(task, this, [this, task](Result<model::ReadingTask> claimed) {
        if (!workplace_)
            return;
        // The words are shown in any case: to go on with, or to be read.
        if (mustStay()) {
            if (claimed) // its words are a draft by now
                list_->taskArrived(*claimed);
            return;
        }
        if (claimed)
            list_->taskArrived(*claimed);
        showTask(claimed ? *claimed : task,
                 claimed ? QString() : say("现在不能修改：", "Not now: ") + sentence(claimed.error()));
    });
}

void MainWindow::openTask(model::ReadingTask const& task)
{
    if (opening_ || !workplace_ || mustStay())
        return;
    closeAsked_ = false;
    takeBackClosing();
    bool const mine = task.claimedBy == workplace_->session().user.name;
    bool const free = task.claimedBy.empty() && !isOver(task.state);
    if (isOver(task.state) || (!mine && !free))
        return showTask(task, {}); // to be read
    opening_ = true;
    gateway_.claim(
        this, task.id, [this, task, asked = workplace_.get(), which = ++openings_](Result<model::ReadingTask> claimed) {
            bool const isWanted = which == openings_;
            if (isWanted)
                opening_ = false;
            if (workplace_.get() != asked)
                return; // signed out meanwhile, perhaps by this very answer
            if (!isWanted) {
                // Whoever went back to the list does not want it any more.
                if (claimed && task.claimedBy.empty())
                    gateway_.release(this, task.id, [](Result<model::ReadingTask> const&) {});
                return;
            }
            if (claimed) {
                list_->taskArrived(*claimed);
                return showTask(*claimed, {}, task);
            }
            if (claimed.error().code == ErrorCode::Conflict || claimed.error().code == ErrorCode::Refused)
                return showTask(task,
                                say("没有领到，只能阅读：", "Not claimed, read only: ") + sentence(claimed.error()));
            if (!reading_->task()) // who reads another case in the other window goes on reading
                backToList();
            list_->notices().show(NoticeBar::Weight::Failure,
                                  say("打不开%1的检查：", "The study of %1 can't be opened: ").arg(patientName(task)) +
                                      sentence(claimed.error()));
        });
}

void MainWindow::showTask(model::ReadingTask const& task, QString const& notice,
                          std::optional<model::ReadingTask> const& listed)
{
    signingIsOver();
    takeBackClosing(); // asked for while this one was on its way
    std::vector<model::ReadingTask> related;
    for (auto const& other : list_->tasks().tasks())
        if (isRelated(task, other))
            related.push_back(other);
    reading_->openTask(workplace_, task, listed.value_or(task), std::move(related));
    reading_->setOnline(online_);
    refreshNext();
    showReading();
    if (!notice.isEmpty())
        reading_->notices().show(NoticeBar::Weight::Warning, notice);
}

// The name beside "next" is whom that key opens.
void MainWindow::refreshNext()
{
    if (reading_->task())
        reading_->setNext(list_->nextAfter(reading_->task()->id));
}

void MainWindow::nextCase()
{
    if (mustStay())
        return;
    if (opening_) // somebody has chosen already
        return reading_->waitForCase();
    auto const current = reading_->task();
    auto const next = list_->nextAfter(current ? current->id : 0);
    if (!next)
        return backToList();
    reading_->waitForCase();
    openTask(*next);
}

void MainWindow::backToList()
{
    if (mustStay())
        return;
    closeAsked_ = false;
    takeBackClosing();
    if (std::exchange(opening_, false))
        ++openings_;
    reading_->close();
    showList();
}

void MainWindow::openAskedStudy()
{
    if (options_.studyUid.empty())
        return;
    for (auto const& task : list_->tasks().tasks())
        if (task.studyUid == options_.studyUid) {
            options_.studyUid.clear();
            return openTask(task);
        }
}

// A crash between outbox and journal leaves a draft of a report that is signed already. Words that were neither sent
// nor signed stay, also when somebody else's report ended the task.
void MainWindow::tidyJournals()
{
    if (!workplace_)
        return;
    for (model::TaskId const id : workplace_->journal().tasks()) {
        auto const* task = list_->tasks().task(id);
        auto const isDone = [&] {
            if (task == nullptr || !isOver(task->state))
                return false;
            auto const draft = workplace_->journal().recover(id);
            return draft && (draft->sent || !draft->srUid.empty());
        };
        if (workplace_->outbox().holds(id) || isDone())
            (void)workplace_->journal().remove(id);
    }
}

} // namespace qianli::viewer
