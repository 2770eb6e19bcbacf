#include "viewer/ui/reading_page.h"

#include "viewer/client/background.h"
#include "viewer/i18n/language.h"
#include "viewer/render/image_renderer.h"
#include "viewer/tools/scroll_tool.h"
#include "viewer/ui/key_sheet.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/words.h"

#include <QKeyEvent>
#include <QMenu>
#include <QShortcut>
#include <QVBoxLayout>

namespace qianli::viewer {

namespace {
constexpr int keyPictureEdge = 1000;

std::string keyCaption(int series, std::size_t number, std::size_t count)
{
    return say("序列 %1 第 %2/%3 幅", "Series %1, image %2 of %3").arg(series).arg(number).arg(count).toStdString();
}

QSize keyPictureSize(Pixels const& pixels)
{
    return QSize(static_cast<int>(pixels.columns), static_cast<int>(pixels.rows))
        .scaled(keyPictureEdge, keyPictureEdge, Qt::KeepAspectRatio);
}

// For a worker thread.
Result<QImage> keyPicture(StackEntry const& entry)
{
    QIANLI_ASSIGN(auto const frame, makeLocalDecoder()->decode(entry.image->file, entry.frame));
    QIANLI_ASSIGN(auto const pixels, preparePixels(frame, *entry.image));
    ViewState state;
    state.voi = initialVoi(*pixels, entry.attributes().grey, entry.image->series.modality);
    return renderImage(*pixels, entry.attributes(), state, keyPictureSize(*pixels));
}
} // namespace

ReadingPage::ReadingPage(QWidget* parent)
    : QWidget(parent), identity_(new QLabel(this)), examination_(new QLabel(this)), progress_(new QLabel(this)),
      state_(new QLabel(this)), next_(new QPushButton(this)), notices_(new NoticeBar("reading.notice", this)),
      series_(new SeriesBar(cache_, this)), grid_(new ViewportGrid(cache_, this)), report_(new ReportPanel(this)),
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
    layout->addWidget(notices_);
    layout->addWidget(buildTools());
    layout->addWidget(splitter_, 1);
    report_->setImages([this] { return imagesRead(); }, [this] { return incompleteWord(); });
    connect(&images_, &StudyImages::changed, this, &ReadingPage::imagesChanged);
    connect(&images_, &StudyImages::progressed, this, &ReadingPage::showProgress);
    connect(&images_, &StudyImages::finished, this, [this](QString const& problem) {
        showProgress();
        refreshWaiting();
        restoreKeyPictures();
        if (!problem.isEmpty())
            notices_->show(images_.studies().empty() ? NoticeBar::Weight::Failure : NoticeBar::Weight::Warning,
                           say("图像没有收全：", "Not all images are here: ") + problem,
                           workplace_ ? say("重新接收", "Fetch again") : QString(), [this] {
                               if (workplace_ && task_)
                                   images_.fetch(workplace_->session(), task_->studyUid);
                           });
    });
    connect(series_, &SeriesBar::chosen, this, &ReadingPage::putStack);
    connect(grid_, &ViewportGrid::pictureChanged, this, &ReadingPage::refreshMarks);
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
    setLeftTool(ToolKind::WindowLevel);
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
    identity_->setStyleSheet("color: #E8EBF0; font-size: 17px; font-weight: bold;");
    examination_->setObjectName("reading.examination");
    progress_->setObjectName("reading.progress");
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
    layout->addWidget(progress_);
    layout->addWidget(state_);
    layout->addWidget(next_);
    connect(back, &QToolButton::clicked, this, &ReadingPage::backAsked);
    connect(next_, &QPushButton::clicked, this, &ReadingPage::nextAsked);
    backButton_ = back;
    return header;
}

QWidget* ReadingPage::buildTools()
{
    auto* bar = new QFrame(this);
    bar->setProperty("role", "bar");
    bar->setFixedHeight(34);
    auto* layout = new QHBoxLayout(bar);
    layout->setContentsMargins(8, 0, 8, 0);
    layout->setSpacing(1);
    auto button = [&](char const* name, Icon icon, QString const& text, QString const& tip) {
        auto* result = new QToolButton(bar);
        result->setObjectName(name);
        result->setIcon(lineIcon(icon));
        result->setText(text);
        result->setToolButtonStyle(text.isEmpty() ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon);
        result->setToolTip(tip);
        result->setFocusPolicy(Qt::NoFocus);
        result->setFixedHeight(26);
        layout->addWidget(result);
        return result;
    };
    auto gap = [&] {
        auto* line = new QFrame(bar);
        line->setProperty("role", "line");
        line->setFixedSize(1, 18);
        layout->addSpacing(5);
        layout->addWidget(line);
        layout->addSpacing(5);
    };
    auto command = [&](char const* name, Icon icon, QString const& text, QString const& tip, Command what) {
        auto* result = button(name, icon, text, tip);
        connect(result, &QToolButton::clicked, this, [this, what] { run(what); });
        return result;
    };
    auto tool = [&](char const* name, Icon icon, QString const& text, QString const& tip, ToolKind kind) {
        auto* result = button(name, icon, text, tip);
        result->setCheckable(true);
        connect(result, &QToolButton::clicked, this, [this, kind] { setLeftTool(kind); });
        toolButtons_.emplace_back(kind, result);
    };
    tool("tool.window", Icon::WindowLevel, say("调窗", "Window"),
         say("左键拖动调窗（右键随时可用）", "Left drag: window (right drag always)"), ToolKind::WindowLevel);
    tool("tool.pan", Icon::Pan, say("平移", "Pan"),
         say("左键拖动平移（中键随时可用）", "Left drag: pan (middle drag always)"), ToolKind::Pan);
    tool("tool.zoom", Icon::Zoom, say("缩放", "Zoom"),
         say("左键拖动缩放（Ctrl+滚轮随时可用）", "Left drag: zoom (Ctrl+wheel always)"), ToolKind::Zoom);
    tool("tool.scroll", Icon::Scroll, say("翻层", "Scroll"),
         say("左键拖动翻层（滚轮随时可用）", "Left drag: scroll (wheel always)"), ToolKind::Scroll);
    gap();
    auto* presets = button("tool.presets", Icon::WindowLevel, say("窗位 ▾", "Presets ▾"),
                           say("窗位预设 1–9", "Window presets 1–9"));
    presets->setIcon({});
    presets->setToolButtonStyle(Qt::ToolButtonTextOnly);
    presets->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(presets);
    for (WindowPreset const& preset : windowPresets()) {
        auto const words = displayLanguage() == DisplayLanguage::Chinese ? preset.chinese : preset.english;
        menu->addAction(QString("%1   %2   W %3  L %4")
                            .arg(preset.key)
                            .arg(QString::fromUtf8(words.data(), static_cast<qsizetype>(words.size())))
                            .arg(preset.width)
                            .arg(preset.center),
                        this, [this, key = preset.key] { applyPreset(key); });
    }
    presets->setMenu(menu);
    command("tool.invert", Icon::Invert, say("反色", "Invert"), say("反色  I", "Invert  I"), Command::Invert);
    command("tool.flipLeftRight", Icon::FlipLeftRight, {}, say("左右翻转  H", "Flip left-right  H"),
            Command::FlipLeftRight);
    command("tool.flipUpDown", Icon::FlipUpDown, {}, say("上下翻转  V", "Flip up-down  V"), Command::FlipUpDown);
    command("tool.rotate", Icon::Rotate, {}, say("顺时针旋转  R", "Turn clockwise  R"), Command::Rotate);
    command("tool.fit", Icon::Fit, say("适合", "Fit"), say("适合窗口  F", "Fit  F"), Command::Fit);
    command("tool.reset", Icon::Reset, say("复位", "Reset"),
            say("恢复初始窗位和方向  Backspace", "First window and orientation again  Backspace"), Command::Reset);
    gap();
    mpr_ = command("tool.mpr", Icon::Mpr, "MPR", say("三平面重建  M", "Three planes  M"), Command::Mpr);
    mpr_->setCheckable(true);
    keyButton_ = command("tool.key", Icon::KeyImage, say("关键图", "Key"), say("标记关键图  K", "Mark as key image  K"),
                         Command::KeyImage);
    gap();
    command("layout.one", Icon::One, {}, say("一格", "One viewport"), Command::OneUp);
    command("layout.two", Icon::Two, {}, say("两格", "Two viewports"), Command::TwoUp);
    command("layout.four", Icon::Four, {}, say("四格", "Four viewports"), Command::FourUp);
    layout->addStretch();
    reportToggle_ =
        button("tool.report", Icon::Report, say("报告", "Report"), say("显示或收起报告", "Show or hide the report"));
    reportToggle_->setCheckable(true);
    reportToggle_->setChecked(true);
    connect(reportToggle_, &QToolButton::toggled, report_, &QWidget::setVisible);
    return bar;
}

void ReadingPage::openTask(std::shared_ptr<Workplace> workplace, model::ReadingTask const& task)
{
    close();
    workplace_ = std::move(workplace);
    task_ = task;
    backButton_->show();
    reportToggle_->show();
    reportToggle_->setChecked(true);
    keyButton_->show();
    report_->show();
    for (Viewport* viewport : grid_->viewports())
        viewport->setSite(QString::fromStdString(task.siteName));
    images_.fetch(workplace_->session(), task.studyUid);
    report_->open(workplace_, task);
    taskChanged(task);
    showProgress();
    refreshWaiting();
    grid_->active().setFocus();
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
    if (!files.empty() || !problems.isEmpty())
        images_.open(files);
    refreshWaiting();
    if (!problems.isEmpty())
        notices_->show(NoticeBar::Weight::Warning, problems.join('\n'));
    grid_->active().setFocus();
}

void ReadingPage::close()
{
    mprWish_.reset();
    beforeMpr_.reset();
    mpr_->setChecked(false);
    report_->close();
    grid_->clear();
    series_->clear();
    images_.close();
    cache_.clear();
    notices_->dismiss();
    task_.reset();
    workplace_.reset();
    hung_ = false;
    identity_->clear();
    examination_->clear();
}

void ReadingPage::taskChanged(model::ReadingTask const& task)
{
    if (!task_ || task_->id != task.id)
        return;
    task_ = task;
    identity_->setText(identityLine(task));
    QStringList words{examination(task), QString::fromStdString(task.siteName),
                      (dateWord(task.studyDate) + " " + timeWord(task.studyTime)).trimmed(),
                      QString::fromStdString(task.patientId)};
    words.removeAll(QString());
    examination_->setText(words.join(" · "));
    state_->setText(taskStateLine(task, workplace_ ? workplace_->session().user.name : std::string()));
    state_->setStyleSheet("color: " + stateColour(task.state).name() + ";");
    state_->show();
    report_->setTask(task);
}

void ReadingPage::setNext(std::optional<model::ReadingTask> const& next)
{
    next_->setVisible(next.has_value());
    if (next)
        next_->setText(say("下一例  %1 ▸", "Next  %1 ▸").arg(patientName(*next)));
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
                          QString::fromStdString(first.patient.id)};
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
    if (images_.study() != nullptr && images_.study()->patientsDiffer)
        notices_->show(NoticeBar::Weight::Failure,
                       say("这个检查里有两位患者的图像。请停止阅片并与基层核对。",
                           "This study holds images of two patients. Stop reading and check with the site."));
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
    images_.prefer(stacks.front().second->identity.uid.value());
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
    PatientIdentity const* patient = patientOfCase();
    viewport.setOtherPatient(patient != nullptr && studies[study].patient.id != patient->id);
    images_.prefer(chosen.identity.uid.value());
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

void ReadingPage::refreshMarks(Viewport* viewport)
{
    StackEntry const* entry = viewport->entry();
    auto const& keys = report_->desk().keyImages();
    viewport->setKeyImage(entry != nullptr && !viewport->showsPlane() &&
                          std::any_of(keys.begin(), keys.end(), [entry](MarkedImage const& marked) {
                              return marked.reference.sopInstanceUid == entry->image->sopInstanceUid.value() &&
                                     marked.reference.frame ==
                                         (entry->image->frameCount > 1 ? static_cast<int>(entry->frame) + 1 : 0);
                          }));
}

void ReadingPage::setLeftTool(ToolKind tool)
{
    for (auto const& [kind, button] : toolButtons_)
        button->setChecked(kind == tool);
    for (Viewport* viewport : grid_->viewports())
        viewport->setLeftTool(tool);
}

void ReadingPage::applyPreset(int key)
{
    for (WindowPreset const& preset : windowPresets())
        if (preset.key == key)
            grid_->active().change([&](ToolTarget const& target) {
                target.state.voi = VoiChoice{VoiChoice::Kind::Manual, 0, Window{preset.center, preset.width, {}}};
            });
}

void ReadingPage::run(Command command)
{
    Viewport& viewport = grid_->active();
    auto change = [&viewport](auto act) { viewport.change([&](ToolTarget const& target) { act(target.state); }); };
    switch (command) {
    case Command::Invert:
        return change([](ViewState& state) {
            state.inversion = state.inversion == Inversion::None ? Inversion::Inverted : Inversion::None;
        });
    case Command::FlipLeftRight:
        return change([](ViewState& state) { state.orientation.flipLeftRight(); });
    case Command::FlipUpDown:
        return change([](ViewState& state) { state.orientation.flipUpDown(); });
    case Command::Rotate:
        return change([](ViewState& state) { state.orientation.turnClockwise(); });
    case Command::Fit:
        return change([](ViewState& state) {
            state.zoom.reset();
            state.pan = {};
        });
    case Command::Reset:
        return viewport.resetView();
    case Command::Mpr:
        return toggleMpr();
    case Command::KeyImage:
        return markKeyImage();
    case Command::OneUp:
    case Command::TwoUp:
    case Command::FourUp:
        grid_->setLayoutKind(command == Command::OneUp   ? ViewportGrid::Layout::One
                             : command == Command::TwoUp ? ViewportGrid::Layout::Two
                                                         : ViewportGrid::Layout::Four);
        return markSeries();
    case Command::PreviousSeries:
        return stepSeries(-1);
    case Command::NextSeries:
        return stepSeries(1);
    case Command::First:
        return viewport.change([](ToolTarget const& target) { target.state.index = 0; });
    case Command::Last:
        return viewport.change([](ToolTarget const& target) { target.state.index = target.count - 1; });
    case Command::NextViewport:
        return grid_->activateNext();
    case Command::Up:
    case Command::Down:
        return viewport.change(
            [command](ToolTarget const& target) { scrollBy(target, command == Command::Up ? -1 : 1); });
    }
}

void ReadingPage::keyPressEvent(QKeyEvent* event)
{
    static std::map<int, Command> const commands{{Qt::Key_I, Command::Invert},
                                                 {Qt::Key_H, Command::FlipLeftRight},
                                                 {Qt::Key_V, Command::FlipUpDown},
                                                 {Qt::Key_R, Command::Rotate},
                                                 {Qt::Key_F, Command::Fit},
                                                 {Qt::Key_Backspace, Command::Reset},
                                                 {Qt::Key_M, Command::Mpr},
                                                 {Qt::Key_K, Command::KeyImage},
                                                 {Qt::Key_BracketLeft, Command::PreviousSeries},
                                                 {Qt::Key_BracketRight, Command::NextSeries},
                                                 {Qt::Key_Home, Command::First},
                                                 {Qt::Key_End, Command::Last},
                                                 {Qt::Key_Space, Command::NextViewport},
                                                 {Qt::Key_Up, Command::Up},
                                                 {Qt::Key_Down, Command::Down},
                                                 {Qt::Key_PageUp, Command::Up},
                                                 {Qt::Key_PageDown, Command::Down}};
    bool const plain = (event->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
    if (plain && event->key() >= Qt::Key_1 && event->key() <= Qt::Key_9)
        return applyPreset(event->key() - Qt::Key_0);
    if (auto const found = commands.find(event->key()); plain && found != commands.end())
        return run(found->second);
    QWidget::keyPressEvent(event);
}

void ReadingPage::markKeyImage()
{
    Viewport& viewport = grid_->active();
    StackEntry const* entry = viewport.entry();
    if (!task_ || entry == nullptr || !viewport.pixels() || !report_->desk().isWritable())
        return;
    if (viewport.showsPlane())
        return notices_->show(NoticeBar::Weight::Information,
                              say("重建图不能作为关键图，请在原始图像上标记。",
                                  "A reconstruction can't be a key image; mark the original."));
    MarkedImage marked;
    ImageAttributes const& image = *entry->image;
    marked.reference = {image.study.uid.value(), image.series.uid.value(), image.sopClassUid.value(),
                        image.sopInstanceUid.value(), image.frameCount > 1 ? static_cast<int>(entry->frame) + 1 : 0};
    marked.picture = viewport.render(keyPictureSize(*viewport.pixels()));
    marked.caption = keyCaption(image.series.number, viewport.state().index + 1, viewport.stack().entries.size());
    if (auto const done = report_->desk().toggleKeyImage(marked); !done)
        notices_->show(NoticeBar::Weight::Information, sentence(done.error()));
}

// Marks that came back from the journal get their pictures again, as the file says they look.
void ReadingPage::restoreKeyPictures()
{
    Study const* study = images_.study();
    if (!task_ || study == nullptr || images_.isLoading())
        return;
    for (MarkedImage const& marked : report_->desk().keyImages())
        for (Series const& series : study->series)
            for (Stack const& stack : series.stacks)
                for (std::size_t index = 0; index < stack.entries.size(); ++index) {
                    StackEntry const& entry = stack.entries[index];
                    int const frame = entry.image->frameCount > 1 ? static_cast<int>(entry.frame) + 1 : 0;
                    if (!marked.picture.isNull() || frame != marked.reference.frame ||
                        entry.image->sopInstanceUid.value() != marked.reference.sopInstanceUid)
                        continue;
                    std::string const caption = keyCaption(series.identity.number, index + 1, stack.entries.size());
                    inBackground<QImage>(
                        this, [entry] { return keyPicture(entry); },
                        [this, reference = marked.reference, caption](Result<QImage> picture) {
                            if (picture)
                                report_->desk().setKeyPicture(reference, *picture, caption);
                        });
                }
}

void ReadingPage::toggleMpr()
{
    if (beforeMpr_) {
        auto const [shown, layout] = *std::exchange(beforeMpr_, std::nullopt);
        grid_->setLayoutKind(layout);
        for (std::size_t index = 0; index < shown.size(); ++index)
            if (shown[index].first.empty())
                grid_->viewports()[index]->clear();
            else
                grid_->viewports()[index]->showStack(shown[index].first, shown[index].second);
        mpr_->setChecked(false);
        return markSeries();
    }
    mpr_->setChecked(false);
    if (mprWish_) {
        mprWish_.reset();
        return showProgress();
    }
    Viewport& viewport = grid_->active();
    if (viewport.isEmpty())
        return;
    if (auto const possible = Volume::check(viewport.stack()); !possible)
        return notices_->show(NoticeBar::Weight::Information,
                              say("这个序列不能做三平面重建：", "No three-plane view of this series: ") +
                                  QString::fromStdString(possible.error().message));
    mprWish_ = MprWish{&viewport, viewport.stack(), viewport.entry()->image->series, {}, false};
    continueMpr();
}

// Waits for the last slice, then builds the volume beside the window.
void ReadingPage::continueMpr()
{
    if (!mprWish_ || mprWish_->building)
        return;
    std::vector<std::shared_ptr<Pixels const>> pixels;
    for (StackEntry const& entry : mprWish_->stack.entries)
        if (auto const picture = cache_.find(entry); picture.pixels)
            pixels.push_back(picture.pixels);
    std::size_t const count = mprWish_->stack.entries.size();
    progress_->setText(say("MPR 准备 %1/%2", "Preparing MPR %1/%2").arg(pixels.size()).arg(count));
    if (pixels.size() < count)
        return;
    mprWish_->building = true;
    inBackground<std::shared_ptr<Volume const>>(
        this, [stack = mprWish_->stack, pixels] { return Volume::build(stack, pixels); },
        [this](Result<std::shared_ptr<Volume const>> volume) {
            showProgress();
            if (!mprWish_)
                return;
            auto const wish = *std::exchange(mprWish_, std::nullopt);
            if (!volume)
                return notices_->show(NoticeBar::Weight::Information,
                                      say("这个序列不能做三平面重建：", "No three-plane view of this series: ") +
                                          QString::fromStdString(volume.error().message));
            std::vector<std::pair<Stack, SeriesIdentity>> shown;
            for (Viewport* viewport : grid_->viewports())
                shown.emplace_back(viewport->stack(),
                                   viewport->entry() != nullptr ? viewport->entry()->image->series : SeriesIdentity());
            beforeMpr_ = {std::move(shown), grid_->layoutKind()};
            ViewState const seen = wish.source->state();
            grid_->setLayoutKind(ViewportGrid::Layout::Four);
            MprPlane const planes[] = {MprPlane::Axial, MprPlane::Coronal, MprPlane::Sagittal};
            for (std::size_t index = 0; index < 3; ++index) {
                grid_->viewports()[index]->showPlane(*volume, planes[index], wish.stack, wish.identity);
                grid_->viewports()[index]->change([&](ToolTarget const& target) {
                    target.state.voi = seen.voi;
                    target.state.inversion = seen.inversion;
                });
            }
            grid_->viewports()[3]->showStack(wish.stack, wish.identity);
            mpr_->setChecked(true);
            grid_->activate(grid_->viewports()[0]);
            markSeries();
        });
}

ReportDesk::ImagesRead ReadingPage::imagesRead() const
{
    ReportDesk::ImagesRead read;
    Study const* study = images_.study();
    if (study == nullptr || !task_)
        return read;
    auto& subject = read.subject;
    subject.studyUid = study->identity.uid.value();
    subject.patientName = study->patient.name;
    subject.patientId = study->patient.id;
    subject.studyId = study->identity.id;
    // The gateway gave the images as this site's study; the objects themselves don't carry the site's id.
    subject.site = task_->site;
    subject.siteName = task_->siteName;
    if (study->patientsDiffer)
        subject.patientName += say("（以及另一位患者）", " (and another patient)").toStdString();
    for (Series const& series : study->series)
        for (Stack const& stack : series.stacks)
            for (StackEntry const& entry : stack.entries)
                if (entry.frame == 0)
                    read.evidence.push_back({study->identity.uid.value(), series.identity.uid.value(),
                                             entry.image->sopClassUid.value(), entry.image->sopInstanceUid.value(), 0});
    return read;
}

QString ReadingPage::incompleteWord() const
{
    if (images_.isComplete() && !images_.isLoading())
        return {};
    return say("注意：图像只收到 %1/%2。", "Note: only %1 of %2 images are here.")
        .arg(images_.arrived())
        .arg(images_.expected());
}

} // namespace qianli::viewer
