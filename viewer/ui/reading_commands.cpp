// ReadingPage's tool bar and keys: each command changes the active viewport's state or the arrangement of viewports.
#include "viewer/ui/reading_page.h"

#include "viewer/i18n/language.h"
#include "viewer/model/roi_statistics.h"
#include "viewer/tools/scroll_tool.h"
#include "viewer/ui/cine_bar.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/tool_strip.h"
#include "viewer/ui/window_menu.h"

#include <QKeyEvent>
#include <QMenu>

#include <map>

namespace qianli::viewer {

QWidget* ReadingPage::buildTools()
{
    auto* bar = new ToolStrip(this);
    auto newButton = [&](char const* name, Icon icon, QString const& text, QString const& tip) {
        auto* result = new QToolButton(bar);
        result->setObjectName(name);
        result->setIcon(lineIcon(icon));
        result->setText(text);
        result->setToolButtonStyle(text.isEmpty() ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon);
        result->setToolTip(tip);
        result->setFocusPolicy(Qt::NoFocus);
        return result;
    };
    auto button = [&](char const* name, Icon icon, QString const& text, QString const& tip) {
        auto* result = newButton(name, icon, text, tip);
        bar->add(result);
        return result;
    };
    auto gap = [&] { bar->addGap(); };
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
    addMeasureTools(*bar);
    gap();
    auto* presets = button("tool.presets", Icon::WindowLevel, say("窗位 ▾", "Presets ▾"),
                           say("文件自己的窗位和查找表，预设 1–9", "The file's own windows and tables, presets 1–9"));
    presets->setIcon({});
    presets->setToolButtonStyle(Qt::ToolButtonTextOnly);
    presets->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(presets);
    connect(menu, &QMenu::aboutToShow, this, [this, menu] {
        Viewport& viewport = grid_->active();
        fillWindowMenu(*menu, viewport.attributes(), viewport.pixels().get(),
                       viewport.entry() != nullptr ? viewport.entry()->image->series.modality : std::string(),
                       viewport.state().voi, [&viewport](VoiChoice const& choice) {
                           viewport.change([&](ToolTarget const& target) { target.state.voi = choice; });
                       });
    });
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
    renderedButton_ =
        command("tool.rendered", Icon::Mpr, say("三维", "3D"),
                say("三维重建，与三个平面一起  D", "Volume rendering, beside the three planes  D"), Command::Rendered);
    renderedButton_->setIcon({});
    renderedButton_->setToolButtonStyle(Qt::ToolButtonTextOnly);
    renderedButton_->setCheckable(true);
    keyButton_ = command("tool.key", Icon::KeyImage, say("关键图", "Key"), say("标记关键图  K", "Mark as key image  K"),
                         Command::KeyImage);
    gap();
    priorButton_ = command("tool.prior", Icon::Prior, say("既往", "Earlier"),
                           say("既往图像放在旁边  P", "An earlier study beside the case  P"), Command::Prior);
    priorButton_->setCheckable(true);
    priorButton_->setEnabled(false);
    priorButton_->setPopupMode(QToolButton::MenuButtonPopup);
    priorButton_->setMenu(new QMenu(priorButton_));
    linkButton_ = command("tool.link", Icon::Link, say("联动", "Link"),
                          say("各格一起翻层  S", "Viewports scroll together  S"), Command::Link);
    linkButton_->setCheckable(true);
    linesButton_ = command("tool.lines", Icon::Lines, say("定位线", "Lines"),
                           say("定位线：这一层在别的格子里的位置  G", "Where this slice cuts the other viewports  G"),
                           Command::ReferenceLines);
    linesButton_->setCheckable(true);
    linesButton_->setChecked(true);
    gap();
    command("layout.one", Icon::One, {}, say("一格", "One viewport"), Command::OneUp);
    command("layout.two", Icon::Two, {}, say("两格", "Two viewports"), Command::TwoUp);
    command("layout.four", Icon::Four, {}, say("四格", "Four viewports"), Command::FourUp);
    deskButton_ = newButton("tool.desk", Icon::Desk, {},
                            say("列表和报告放到第二个窗口  F4", "List and report in a second window  F4"));
    deskButton_->setCheckable(true);
    connect(deskButton_, &QToolButton::clicked, this, [this] { emit twoWindowsAsked(reportInside_); });
    reportToggle_ =
        newButton("tool.report", Icon::Report, say("报告", "Report"), say("显示或收起报告", "Show or hide the report"));
    reportToggle_->setCheckable(true);
    reportToggle_->setChecked(true);
    bar->pin(reportToggle_);
    bar->pin(deskButton_);
    connect(reportToggle_, &QToolButton::toggled, report_, &QWidget::setVisible);
    return bar;
}

void ReadingPage::setLeftTool(ToolKind tool)
{
    board_.setTool(std::nullopt);
    for (auto const& [kind, button] : toolButtons_)
        button->setChecked(kind == tool);
    for (Viewport* viewport : grid_->viewports())
        viewport->setLeftTool(tool);
}

namespace {
// Presets are windows of Hounsfield units.
bool takesPresets(StackEntry const& entry)
{
    return entry.image->series.modality == "CT" || valueUnit(*entry.image, entry.attributes().grey) == "HU";
}
} // namespace

void ReadingPage::applyPreset(int key)
{
    if (auto const* const entry = grid_->active().entry(); entry != nullptr && !takesPresets(*entry))
        return notices_->show(NoticeBar::Weight::Information,
                              say("数字键是 CT 值的窗，这个序列没有 CT 值。按住右键拖动来调窗。",
                                  "The digits are windows of Hounsfield units, which this series does not have. Drag "
                                  "with the right button."));
    for (WindowPreset const& preset : windowPresets())
        if (preset.key == key)
            grid_->active().change([&](ToolTarget const& target) {
                target.state.voi = VoiChoice{VoiChoice::Kind::Manual, 0, Window{preset.center, preset.width, {}}};
            });
}

void ReadingPage::runCine(Command command)
{
    CineBar* const cine = grid_->active().cine();
    if (cine == nullptr || cine->isHidden())
        return;
    if (command == Command::PlayCine)
        cine->toggle();
    else
        cine->changeSpeed(command == Command::CineSlower ? -1 : 1);
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
        renderedWanted_ = false;
        return toggleMpr();
    case Command::Rendered:
        return toggleRendered();
    case Command::CrossHair:
        if (mprModel_)
            mprModel_->setShowsLines(!mprModel_->showsLines());
        return;
    case Command::KeyImage:
        return markKeyImage();
    case Command::Prior:
        return togglePrior();
    case Command::Link:
        link_->setOn(!link_->isOn());
        return linkButton_->setChecked(link_->isOn());
    case Command::PlayCine:
    case Command::CineSlower:
    case Command::CineFaster:
        return runCine(command);
    case Command::Subtract:
        return viewport.toggleSubtraction();
    case Command::Graphics:
        graphicsOn_ = !graphicsOn_;
        for (Viewport* each : grid_->viewports())
            each->update();
        return;
    case Command::ReferenceLines:
        linesOn_ = !linesOn_;
        linesButton_->setChecked(linesOn_);
        return grid_->update();
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

QStringList ReadingPage::useKeys(std::filesystem::path const& file)
{
    QStringList const problems = keys_.read(file);
    keySheet_->useKeys(keys_);
    // The tips as they were written, each time.
    for (auto* button : findChildren<QToolButton*>()) {
        QVariant const written = button->property("usualTip");
        if (!written.isValid())
            button->setProperty("usualTip", button->toolTip());
        if (written.isValid() || !keys_.areUsual())
            button->setToolTip(keys_.inTip(button->property("usualTip").toString()));
    }
    return problems;
}

void ReadingPage::keyPressEvent(QKeyEvent* pressed)
{
    static std::map<int, Command> const commands{{Qt::Key_I, Command::Invert},
                                                 {Qt::Key_H, Command::FlipLeftRight},
                                                 {Qt::Key_V, Command::FlipUpDown},
                                                 {Qt::Key_R, Command::Rotate},
                                                 {Qt::Key_F, Command::Fit},
                                                 {Qt::Key_Backspace, Command::Reset},
                                                 {Qt::Key_M, Command::Mpr},
                                                 {Qt::Key_X, Command::CrossHair},
                                                 {Qt::Key_D, Command::Rendered},
                                                 {Qt::Key_K, Command::KeyImage},
                                                 {Qt::Key_B, Command::Graphics},
                                                 {Qt::Key_E, Command::PlayCine},
                                                 {Qt::Key_Comma, Command::CineSlower},
                                                 {Qt::Key_Period, Command::CineFaster},
                                                 {Qt::Key_U, Command::Subtract},
                                                 {Qt::Key_P, Command::Prior},
                                                 {Qt::Key_S, Command::Link},
                                                 {Qt::Key_G, Command::ReferenceLines},
                                                 {Qt::Key_BracketLeft, Command::PreviousSeries},
                                                 {Qt::Key_BracketRight, Command::NextSeries},
                                                 {Qt::Key_Home, Command::First},
                                                 {Qt::Key_End, Command::Last},
                                                 {Qt::Key_Space, Command::NextViewport},
                                                 {Qt::Key_Up, Command::Up},
                                                 {Qt::Key_Down, Command::Down},
                                                 {Qt::Key_PageUp, Command::Up},
                                                 {Qt::Key_PageDown, Command::Down}};
    auto const event = keys_.usual(*pressed);
    if (!event)
        return;
    if (measureKey(*event))
        return;
    bool const plain = (event->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
    if (plain && event->key() >= Qt::Key_1 && event->key() <= Qt::Key_9)
        return applyPreset(event->key() - Qt::Key_0);
    if (auto const found = commands.find(event->key()); plain && found != commands.end())
        return run(found->second);
    QWidget::keyPressEvent(pressed);
}

} // namespace qianli::viewer
