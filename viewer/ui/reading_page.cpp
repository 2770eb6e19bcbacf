#include "viewer/ui/reading_page.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/key_sheet.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/trace.h"
#include "viewer/ui/words.h"

#include <QShortcut>
#include <QVBoxLayout>

namespace qianli::viewer {

ReadingPage::ReadingPage(QWidget* parent)
    : QWidget(parent), identity_(new QLabel(this)), examination_(new ElidedLabel(this)), badges_(new QWidget(this)),
      progress_(new QLabel(this)), state_(new QLabel(this)), next_(new QPushButton(this)),
      identityBand_(new IdentityBand("reading.identityBand", this)), notices_(new NoticeBar("reading.notice", this)),
      completeness_(new NoticeBar("reading.missing", this)), series_(new SeriesBar(cache_, this)),
      grid_(new ViewportGrid(cache_, this)), report_(new ReportPanel(this)),
      splitter_(new QSplitter(Qt::Horizontal, this)), loadLine_(new QFrame(this))
{
    setObjectName("reading");
    auto* images = new QWidget(this);
    auto* row = new QHBoxLayout(images);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(series_);
    row->addWidget(grid_, 1);
    auto* keys = new KeySheet(images);
    keys->hide();
    row->addWidget(keys);
    auto* sheet = new QShortcut(QKeySequence("F1"), this);
    connect(sheet, &QShortcut::activated, keys, [keys] { keys->setVisible(!keys->isVisible()); });
    splitter_->addWidget(images);
    splitter_->addWidget(report_);
    splitter_->setStretchFactor(0, 1);
    splitter_->setCollapsible(0, false);
    splitter_->setSizes({1000, 370});
    loadLine_->setFixedHeight(2);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(buildHeader());
    layout->addWidget(loadLine_);
    layout->addWidget(identityBand_);
    layout->addWidget(completeness_);
    layout->addWidget(notices_);
    layout->addWidget(buildTools());
    layout->addWidget(splitter_, 1);
    report_->setImages([this] { return imagesRead(); }, [this] { return incompleteWord(); });
    connect(&images_, &StudyImages::changed, this, &ReadingPage::imagesChanged);
    connect(&images_, &StudyImages::progressed, this, [this](int, int expected) {
        known_ = std::max(known_, expected); // what is being fetched; what the task counts since then is late
        showProgress();
        refreshCompleteness();
    });
    connect(&images_, &StudyImages::finished, this, [this](QString const& problem) {
        showProgress();
        refreshWaiting();
        restoreKeyPictures();
        refreshCompleteness();
        if (Trace::current() != nullptr)
            Trace::current()->caseLoaded(images_.arrived());
        if (!problem.isEmpty())
            notices_->show(images_.studies().empty() ? NoticeBar::Weight::Failure : NoticeBar::Weight::Warning,
                           say("图像没有收全：", "Not all images are here: ") + problem,
                           workplace_ ? say("重新接收", "Fetch again") : QString(), [this] { fetchMissing(); });
    });
    connect(series_, &SeriesBar::chosen, this, &ReadingPage::putStack);
    connect(grid_, &ViewportGrid::pictureChanged, this, &ReadingPage::refreshMarks);
    connect(grid_, &ViewportGrid::pictureChanged, this, [this](Viewport* viewport) {
        if (StackEntry const* entry = viewport->entry(); entry != nullptr && !viewport->showsPlane())
            images_.look(viewport->seriesUid(), entry->image->sopInstanceUid.value());
    });
    connect(
        &cache_, &PictureCache::arrived, this, [this] { continueMpr(); }, Qt::QueuedConnection);
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
    auto* toImages = new QShortcut(QKeySequence("Escape"), this);
    connect(toImages, &QShortcut::activated, this, [this] { grid_->active().setFocus(); });
    auto* toReport = new QShortcut(QKeySequence("F2"), this);
    connect(toReport, &QShortcut::activated, report_, &ReportPanel::focusFindings);
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
    layout->addWidget(badges_);
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
    close();
    workplace_ = std::move(workplace);
    task_ = task;
    related_ = std::move(related);
    known_ = task.instances;
    openedIncomplete_ = incompleteWords(listed);
    backButton_->show();
    reportToggle_->show();
    reportToggle_->setChecked(true);
    keyButton_->show();
    report_->show();
    if (Trace::current() != nullptr)
        Trace::current()->caseOpened(task.studyUid);
    images_.fetch(workplace_->session(), wantedStudy(task));
    report_->open(workplace_, task);
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

void ReadingPage::openFiles(std::vector<std::filesystem::path> const& files, QStringList const& problems)
{
    close();
    backButton_->hide();
    next_->hide();
    state_->hide();
    report_->hide();
    reportToggle_->hide();
    keyButton_->hide();
    if (!files.empty() || !problems.isEmpty()) {
        if (Trace::current() != nullptr)
            Trace::current()->caseOpened({});
        images_.open(files);
    }
    refreshWaiting();
    if (!problems.isEmpty())
        notices_->show(NoticeBar::Weight::Warning, problems.join('\n'));
    grid_->active().setFocus();
}

void ReadingPage::close()
{
    claimTimer_.stop();
    report_->close();
    clearPictures();
    notices_->dismiss();
    completeness_->dismiss();
    identityBand_->show({});
    refreshBadges({});
    related_.clear();
    openedIncomplete_.clear();
    saidMissing_.clear();
    task_.reset();
    for (Viewport* viewport : grid_->viewports())
        viewport->setKnown({});
    workplace_.reset();
    identity_->clear();
    examination_->clear();
}

void ReadingPage::clearPictures()
{
    mprWish_.reset();
    beforeMpr_.reset();
    mpr_->setChecked(false);
    grid_->clear();
    series_->clear();
    images_.close();
    cache_.clear();
    hung_ = false;
}

PatientIdentity const* ReadingPage::patientOfCase() const
{
    Study const* study = images_.study();
    return study == nullptr ? nullptr : &study->patient;
}

void ReadingPage::imagesChanged()
{
    auto const& studies = images_.studies();
    if (studies.empty())
        return;
    series_->show(studies, patientOfCase());
    if (!task_) {
        Study const& first = studies.front();
        QStringList who{QString::fromStdString(displayName(first.patient.name)), sexWord(first.patient.sex),
                        QString::fromStdString(displayAge(first.patient, first.identity.date))};
        who.removeAll(QString());
        identity_->setText(who.join(' '));
        QStringList words{QString::fromStdString(first.identity.description),
                          QString::fromStdString(first.identity.institution), dateWord(first.identity.date),
                          shownId(first.patient.id)};
        words.removeAll(QString());
        examination_->setText(words.join(" · "));
    }
    // What is on screen grows in place.
    for (Viewport* viewport : grid_->viewports()) {
        if (viewport->isEmpty() || viewport->showsPlane())
            continue;
        for (Study const& study : studies)
            for (Series const& series : study.series)
                for (Stack const& stack : series.stacks)
                    if (series.identity.uid.value() == viewport->seriesUid() && stack.kind == viewport->stack().kind &&
                        stack.entries.size() != viewport->stack().entries.size() &&
                        (stack.kind != StackKind::Cine ||
                         stack.entries.front().image == viewport->stack().entries.front().image))
                        viewport->showStack(stack, series.identity);
    }
    if (!hung_)
        hang();
    for (Viewport* viewport : grid_->viewports())
        refreshMarks(viewport); // whose case it is may have changed with what came
    refreshCase();
    markSeries();
}

// The first hanging: radiographs side by side, cross sections one large.
void ReadingPage::hang()
{
    Study const* study = images_.study();
    if (study == nullptr || study->series.empty())
        return;
    std::vector<std::pair<Stack const*, Series const*>> stacks;
    for (Series const& series : study->series)
        for (Stack const& stack : series.stacks)
            if (stack.kind != StackKind::Localizer && !stack.empty())
                stacks.emplace_back(&stack, &series);
    if (stacks.empty())
        for (Series const& series : study->series)
            for (Stack const& stack : series.stacks)
                if (!stack.empty())
                    stacks.emplace_back(&stack, &series);
    if (stacks.empty())
        return;
    bool const radiograph = stacks.front().first->entries.size() == 1 && stacks.front().first->kind != StackKind::Cine;
    bool const settled = !images_.isLoading();
    std::size_t const count = radiograph && stacks.size() >= 2 ? 2 : 1;
    if (count == 2)
        grid_->setLayoutKind(ViewportGrid::Layout::Two);
    for (std::size_t index = 0; index < count; ++index)
        grid_->viewports()[index]->showStack(*stacks[index].first, stacks[index].second->identity);
    // A cross section is hung with its first picture; radiographs may still change from one to two.
    hung_ = !radiograph || settled || count == 2;
    refreshWaiting();
    markSeries();
}

void ReadingPage::refreshWaiting()
{
    bool const nothing = !images_.isLoading() && images_.studies().empty();
    for (std::size_t index = 0; index < grid_->viewports().size(); ++index)
        grid_->viewports()[index]->setWaitingText(nothing ? say("没有可显示的图像", "No image to show")
                                                  : index > 0 || !images_.isLoading()
                                                      ? QString()
                                                      : say("正在接收图像……", "Images are arriving …"));
}

void ReadingPage::showProgress()
{
    int const arrived = images_.arrived(), expected = images_.expected();
    bool const loading = images_.isLoading();
    progress_->setText(loading && expected > 0 ? say("接收 %1/%2", "Loading %1/%2").arg(arrived).arg(expected)
                       : loading               ? say("连接中……", "Connecting …")
                                               : QString());
    progress_->setStyleSheet("color: #D9A441;");
    double const part = !loading ? 0 : expected > 0 ? static_cast<double>(arrived) / expected : 0.02;
    loadLine_->setStyleSheet(loading ? QString("border: 0; background: qlineargradient(x1:0,y1:0,x2:1,y2:0, stop:0 "
                                               "#D9A441, stop:%1 #D9A441, stop:%2 #15171A, stop:1 #15171A);")
                                           .arg(std::min(part, 0.998))
                                           .arg(std::min(part + 0.001, 0.999))
                                     : QString("border: 0; background: #15171A;"));
}

void ReadingPage::putStack(std::size_t study, std::size_t series, std::size_t stack)
{
    auto const& studies = images_.studies();
    if (study >= studies.size() || series >= studies[study].series.size() ||
        stack >= studies[study].series[series].stacks.size())
        return;
    Series const& chosen = studies[study].series[series];
    Viewport& viewport = grid_->active();
    viewport.showStack(chosen.stacks[stack], chosen.identity);
    markSeries();
    viewport.setFocus();
}

void ReadingPage::stepSeries(int by)
{
    struct Place {
        std::size_t study, series, stack;
    };
    std::vector<Place> places;
    std::ptrdiff_t current = -1;
    auto const& studies = images_.studies();
    for (std::size_t study = 0; study < studies.size(); ++study)
        for (std::size_t series = 0; series < studies[study].series.size(); ++series)
            for (std::size_t stack = 0; stack < studies[study].series[series].stacks.size(); ++stack) {
                Series const& candidate = studies[study].series[series];
                Viewport const& viewport = grid_->active();
                if (candidate.identity.uid.value() == viewport.seriesUid() && !viewport.isEmpty() &&
                    candidate.stacks[stack].kind == viewport.stack().kind &&
                    candidate.stacks[stack].entries.front().image == viewport.stack().entries.front().image)
                    current = static_cast<std::ptrdiff_t>(places.size());
                places.push_back({study, series, stack});
            }
    std::ptrdiff_t const target = current + by;
    if (target < 0 || target >= static_cast<std::ptrdiff_t>(places.size()))
        return;
    Place const place = places[static_cast<std::size_t>(target)];
    putStack(place.study, place.series, place.stack);
}

void ReadingPage::markSeries()
{
    std::vector<std::pair<std::string, Stack const*>> shown;
    for (std::size_t index = 0; index < grid_->visibleCount(); ++index)
        shown.emplace_back(grid_->viewports()[index]->seriesUid(), &grid_->viewports()[index]->stack());
    series_->mark(shown);
}

} // namespace qianli::viewer
