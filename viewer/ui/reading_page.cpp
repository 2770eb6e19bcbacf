#include "viewer/ui/reading_page.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/stack_notice.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/trace.h"
#include "viewer/ui/words.h"

#include <QShortcut>
#include <QVBoxLayout>

namespace qianli::viewer {

namespace {
constexpr int showEvery = 50; // ms
}

ReadingPage::ReadingPage(QWidget* parent)
    : QWidget(parent), identity_(new QLabel(this)), examination_(new ElidedLabel(this)), badges_(new QWidget(this)),
      progress_(new QLabel(this)), state_(new QLabel(this)), next_(new QPushButton(this)),
      identityBand_(new IdentityBand("reading.identityBand", this)), notices_(new NoticeBar("reading.notice", this)),
      completeness_(new NoticeBar("reading.missing", this)), series_(new SeriesBar(cache_, this)),
      grid_(new ViewportGrid(cache_, this)), report_(new ReportPanel(this)),
      splitter_(new QSplitter(Qt::Horizontal, this)), loadLine_(new LoadLine(this))
{
    setObjectName("reading");
    auto* images = new QWidget(this);
    auto* row = new QHBoxLayout(images);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(series_);
    row->addWidget(grid_, 1);
    auto* keys = keySheet_ = new KeySheet(images);
    keys->hide();
    row->addWidget(keys);
    auto* sheet = new QShortcut(QKeySequence("F1"), this);
    connect(sheet, &QShortcut::activated, keys, [keys] { keys->setVisible(!keys->isVisible()); });
    splitter_->addWidget(images);
    splitter_->addWidget(report_);
    splitter_->setStretchFactor(0, 1);
    splitter_->setCollapsible(0, false);
    splitter_->setSizes({1000, 370});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(buildHeader());
    layout->addWidget(loadLine_);
    layout->addWidget(identityBand_);
    layout->addWidget(completeness_);
    layout->addWidget(notices_);
    layout->addWidget(buildTools());
    mprBar_ = new MprBar(this);
    layout->addWidget(mprBar_);
    layout->addWidget(splitter_, 1);
    report_->setImages([this] { return imagesRead(); }, [this] { return incompleteWord(); });
    connect(&images_, &StudyImages::changed, this, &ReadingPage::imagesChanged);
    connect(&images_, &StudyImages::progressed, this, [this](int, int expected) {
        known_ = std::max(known_, expected); // what is being fetched; what the task counts since then is late
        if (!progressIsOld_.isActive())
            progressIsOld_.start();
    });
    for (QTimer* timer : {&progressIsOld_, &mprIsOld_}) {
        timer->setSingleShot(true);
        timer->setInterval(showEvery);
    }
    connect(&progressIsOld_, &QTimer::timeout, this, [this] {
        showProgress();
        refreshCompleteness();
    });
    connect(&mprIsOld_, &QTimer::timeout, this, &ReadingPage::continueMpr);
    connect(&images_, &StudyImages::finished, this, [this](QString const& problem) {
        prior_.begin();
        showProgress();
        refreshWaiting();
        restoreKeyPictures();
        refreshCompleteness();
        if (Trace::current() != nullptr)
            Trace::current()->caseLoaded(images_.arrived());
        fetchAhead();
        if (problem.isEmpty())
            return notices_->settle();
        notices_->stand(images_.studies().empty() ? NoticeBar::Weight::Failure : NoticeBar::Weight::Warning,
                        (files_ == Files::None       ? say("图像没有收全：", "Not all images are here: ")
                         : images_.studies().empty() ? say("没有打开任何图像：", "No image was opened: ")
                                                     : say("有文件没有打开：", "Not all files were opened: ")) +
                            problem,
                        {workplace_ ? say("重新接收", "Fetch again") : QString(), [this] { fetchMissing(); }});
    });
    connect(series_, &SeriesBar::chosen, this, &ReadingPage::putStack);
    connect(grid_, &ViewportGrid::pictureChanged, this, &ReadingPage::refreshMarks);
    connect(grid_, &ViewportGrid::pictureChanged, this, [this](Viewport* viewport) {
        if (StackEntry const* entry = viewport->entry(); entry != nullptr && !viewport->showsPlane()) {
            if (isOfOtherStudy(*entry->image))
                prior_.look(viewport->seriesUid(), entry->image->sopInstanceUid.value());
            else
                images_.look(viewport->seriesUid(), entry->image->sopInstanceUid.value());
        }
    });
    link_ = new ViewportLink(*grid_, this);
    connect(link_, &ViewportLink::changed, this, [this] {
        for (Viewport* viewport : grid_->viewports())
            refreshMarks(viewport);
    });
    connect(&prior_, &PriorImages::changed, this, &ReadingPage::priorChanged);
    connect(report_, &ReportPanel::priorsArrived, this, &ReadingPage::priorsArrived);
    connect(
        &cache_, &PictureCache::arrived, this,
        [this] {
            if (mprWish_ && !mprIsOld_.isActive())
                mprIsOld_.start();
        },
        Qt::QueuedConnection);
    connect(report_, &ReportPanel::signedAndSent, this, &ReadingPage::signedAndSent);
    connect(&report_->desk(), &ReportDesk::keyImagesChanged, this, [this] {
        for (Viewport* viewport : grid_->viewports())
            refreshMarks(viewport);
    });
    connect(&report_->desk(), &ReportDesk::loaded, this, &ReadingPage::restoreKeyPictures, Qt::QueuedConnection);
    connect(&report_->desk(), &ReportDesk::conflicted, this, [this](QString const& by) {
        notices_->ask(say("这份草稿在别处改过（%1）。显示的是本机的文字，选定之前不会发往网关。",
                          "This draft was changed elsewhere (%1). You see this workstation's words; nothing is sent "
                          "before you choose.")
                          .arg(by),
                      {say("用本机这一份", "Keep these"), [this] { report_->desk().keepMine(); }},
                      {say("用网关上的", "Use the gateway's"), [this] { report_->desk().takeOther(); }});
    });
    auto* sign = new QShortcut(QKeySequence("Ctrl+Return"), this);
    connect(sign, &QShortcut::activated, report_, &ReportPanel::beginSigning);
    auto* next = new QShortcut(QKeySequence("Ctrl+N"), this);
    connect(next, &QShortcut::activated, this, &ReadingPage::askForNext);
    auto* toImages = new QShortcut(QKeySequence("Escape"), this);
    connect(toImages, &QShortcut::activated, this, &ReadingPage::focusImages);
    auto* toReport = new QShortcut(QKeySequence("F2"), this);
    connect(toReport, &QShortcut::activated, this, &ReadingPage::focusReport);
    addLayers();
    setLeftTool(ToolKind::WindowLevel);
    claimTimer_.setInterval(30'000);
    connect(&claimTimer_, &QTimer::timeout, this, &ReadingPage::keepClaim);
    qApp->installEventFilter(this);
}

ReadingPage::~ReadingPage()
{
    grid_->disconnect(this);
    delete series_;
    delete grid_; // before the cache they draw from
}

QWidget* ReadingPage::buildHeader()
{
    auto* header = new QFrame(this);
    header->setProperty("role", "bar");
    header->setFixedHeight(42);
    auto* back = new QToolButton(header);
    back->setObjectName("reading.back");
    back->setIcon(lineIcon(Icon::Back));
    back->setText(say("列表", "List"));
    back->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    back->setFocusPolicy(Qt::NoFocus);
    identity_->setObjectName("reading.identity");
    identity_->setTextFormat(Qt::PlainText);
    identity_->setStyleSheet("color: #E8EBF0; font-size: 17px; font-weight: bold;");
    examination_->setObjectName("reading.examination");
    progress_->setObjectName("reading.progress");
    progress_->setStyleSheet("color: #D9A441;");
    badges_->setObjectName("reading.badges");
    auto* badges = new QHBoxLayout(badges_);
    badges->setContentsMargins(0, 0, 0, 0);
    badges->setSpacing(6);
    badges_->setFixedHeight(22);
    state_->setObjectName("reading.state");
    next_->setObjectName("reading.next");
    next_->setProperty("role", "link");
    next_->setFocusPolicy(Qt::NoFocus);
    auto* layout = new QHBoxLayout(header);
    layout->setContentsMargins(8, 0, 12, 0);
    layout->setSpacing(14);
    layout->addWidget(back);
    layout->addWidget(identity_);
    layout->addWidget(examination_, 1);
    offline_ = new QLabel(say("○ 离线", "○ Offline"), header);
    offline_->setObjectName("reading.offline");
    offline_->setProperty("role", "warning");
    offline_->setToolTip(say("连不上网关。写下的字存在本机，签发的报告在发件箱等着，连上后自动送出。",
                             "The gateway can't be reached. What you write is kept here, signed reports wait in the "
                             "outbox; all is sent by itself later."));
    offline_->hide();
    layout->addWidget(badges_);
    layout->addWidget(offline_);
    layout->addWidget(progress_);
    layout->addWidget(state_);
    layout->addWidget(next_);
    connect(back, &QToolButton::clicked, this, &ReadingPage::backAsked);
    connect(next_, &QPushButton::clicked, this, &ReadingPage::nextAsked);
    backButton_ = back;
    return header;
}

void ReadingPage::openTask(std::shared_ptr<Workplace> workplace, model::ReadingTask const& task,
                           model::ReadingTask const& listed, std::vector<model::ReadingTask> related)
{
    auto const ahead = std::move(ahead_);
    close();
    workplace_ = std::move(workplace);
    task_ = task;
    related_ = std::move(related);
    known_ = task.instances;
    openedIncomplete_ = incompleteWords(listed);
    backButton_->setVisible(reportInside_);
    reportToggle_->setVisible(reportInside_);
    reportToggle_->setChecked(true);
    deskButton_->show();
    keyButton_->show();
    report_->show();
    if (Trace::current() != nullptr)
        Trace::current()->caseOpened(task.studyUid);
    prior_.open(workplace_->session(), task);
    if (ahead && ahead->isOf(wantedStudy(task)))
        images_.takeOver(workplace_->session(), *ahead);
    else
        images_.fetch(workplace_->session(), wantedStudy(task));
    report_->open(workplace_, task);
    connect(&workplace_->outbox(), &ReportOutbox::changed, this, &ReadingPage::refreshState);
    taskChanged(task);
    showProgress();
    refreshWaiting();
    touched_ = false;
    claimTimer_.start();
    grid_->active().setFocus();
}

bool ReadingPage::eventFilter(QObject* watched, QEvent* event)
{
    QEvent::Type const type = event->type();
    if (type == QEvent::KeyPress || type == QEvent::MouseButtonPress || type == QEvent::MouseMove ||
        type == QEvent::Wheel || type == QEvent::InputMethod)
        touched_ = true;
    return QWidget::eventFilter(watched, event);
}

void ReadingPage::keepClaim()
{
    if (!workplace_ || !task_ || !report_->desk().isWritable() || !std::exchange(touched_, false))
        return;
    workplace_->gateway().claim(this, task_->id, [this, id = task_->id](Result<model::ReadingTask> claimed) {
        if (claimed)
            return taskChanged(*claimed);
        if (task_ && task_->id == id && claimed.error().code == ErrorCode::Conflict)
            notices_->show(NoticeBar::Weight::Warning,
                           say("这个检查已不在您手上：", "This study is no longer yours: ") +
                               sentence(claimed.error()));
    });
}

void ReadingPage::expectFiles()
{
    close();
    files_ = Files::Sought;
    backButton_->hide();
    next_->hide();
    state_->hide();
    report_->hide();
    reportToggle_->hide();
    deskButton_->hide();
    keyButton_->hide();
    refreshWaiting();
    grid_->active().setFocus();
}

void ReadingPage::openFiles(std::vector<std::filesystem::path> const& files, QStringList const& problems)
{
    expectFiles();
    files_ = Files::Opened;
    if (Trace::current() != nullptr)
        Trace::current()->caseOpened({});
    images_.open(files);
    refreshWaiting();
    if (!problems.isEmpty())
        notices_->show(NoticeBar::Weight::Warning, problems.join('\n'));
    else if (files.empty())
        notices_->show(NoticeBar::Weight::Failure, say("这里没有文件可以打开。", "There are no files to open here."));
}

void ReadingPage::close()
{
    claimTimer_.stop();
    report_->close();
    board_.load({});
    saidNotKept_ = false;
    clearPictures();
    stackNotice_->forget();
    notices_->endCase();
    completeness_->dismiss();
    identityBand_->show({});
    refreshBadges({});
    related_.clear();
    prior_.close();
    refreshPriorMenu();
    openedIncomplete_.clear();
    saidMissing_.clear();
    task_.reset();
    nextTask_.reset();
    ahead_.reset();
    for (Viewport* viewport : grid_->viewports())
        viewport->setKnown({});
    if (workplace_)
        workplace_->outbox().disconnect(this);
    workplace_.reset();
    identity_->clear();
    examination_->clear();
    state_->clear();
    refreshWaiting();
}

void ReadingPage::setReportInside(bool inside)
{
    if (std::exchange(reportInside_, inside) == inside)
        return;
    if (inside) {
        splitter_->addWidget(report_);
        splitter_->setSizes({1000, 370});
    }
    backButton_->setVisible(inside);
    reportToggle_->setVisible(inside);
    reportToggle_->setChecked(true);
    deskButton_->setChecked(!inside);
    report_->show();
    refreshWaiting();
}

void ReadingPage::askForNext()
{
    if (task_ && !next_->isHidden())
        emit nextAsked();
}

void ReadingPage::focusImages()
{
    board_.cancel();
    window()->activateWindow();
    grid_->active().setFocus();
}

void ReadingPage::focusReport()
{
    report_->window()->activateWindow();
    report_->focusFindings();
}

void ReadingPage::waitForCase()
{
    auto ahead = std::move(ahead_);
    close();
    ahead_ = std::move(ahead);
    next_->hide();
    grid_->viewports()[0]->setWaitingText(say("正在打开下一例……", "Opening the next case …"));
}

void ReadingPage::clearPictures()
{
    mprWish_.reset();
    beforeMpr_.reset();
    forgetMpr();
    priorWanted_ = false;
    beforePrior_.reset();
    ++pictures_;
    beingDrawn_.clear();
    priorButton_->setChecked(false);
    grid_->clear();
    series_->clear();
    images_.close();
    cache_.clear();
    hung_ = settles_ = false;
}

PatientIdentity const* ReadingPage::patientOfCase() const
{
    Study const* study = images_.study();
    return study == nullptr ? nullptr : &study->patient;
}

} // namespace qianli::viewer
