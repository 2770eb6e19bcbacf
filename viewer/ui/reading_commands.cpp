// ReadingPage's tool bar and keys: each command changes the active viewport's state or the arrangement of viewports.
#include "viewer/ui/reading_page.h"

#include "viewer/i18n/language.h"
#include "viewer/tools/scroll_tool.h"
#include "viewer/ui/theme.h"

#include <QBoxLayout>
#include <QKeyEvent>
#include <QMenu>

#include <map>

namespace qianli::viewer {

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

} // namespace qianli::viewer
