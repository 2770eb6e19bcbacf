#include "viewer/ui/theme.h"

#include "viewer/i18n/language.h"
#include "viewer/i18n/qt_words.h"

#include <QFontDatabase>
#include <QPainterPath>
#include <QPalette>
#include <QStyle>
#include <QStyleFactory>

namespace qianli::viewer {

namespace {
QPalette palette()
{
    QPalette dark;
    dark.setColor(QPalette::Window, QColor(colour::window));
    dark.setColor(QPalette::Base, QColor(colour::field));
    dark.setColor(QPalette::AlternateBase, QColor(colour::panel));
    dark.setColor(QPalette::Text, QColor(colour::text));
    dark.setColor(QPalette::WindowText, QColor(colour::text));
    dark.setColor(QPalette::Button, QColor(colour::panel));
    dark.setColor(QPalette::ButtonText, QColor(colour::text));
    dark.setColor(QPalette::BrightText, QColor(colour::strong));
    dark.setColor(QPalette::Highlight, QColor(colour::accent));
    dark.setColor(QPalette::HighlightedText, QColor(colour::strong));
    dark.setColor(QPalette::PlaceholderText, QColor(0xFF6B727D));
    dark.setColor(QPalette::ToolTipBase, QColor(colour::line));
    dark.setColor(QPalette::ToolTipText, QColor(colour::strong));
    dark.setColor(QPalette::Link, QColor(colour::accent));
    for (auto const role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText})
        dark.setColor(QPalette::Disabled, role, QColor(0xFF5C636D));
    dark.setColor(QPalette::Mid, QColor(colour::line));
    dark.setColor(QPalette::Dark, QColor(colour::window));
    dark.setColor(QPalette::Light, QColor(colour::line));
    return dark;
}

constexpr char styleSheet[] = R"(
QWidget { color: #C9CED6; }
QLabel[role="quiet"] { color: #8B929D; }
QLabel[role="strong"] { color: #E8EBF0; }
QLabel[role="title"] { color: #E8EBF0; font-size: 15px; font-weight: bold; }
QLabel[role="section"] { color: #8B929D; font-size: 12px; }
QLabel[role="warning"] { color: #D9A441; }
QLabel[role="error"] { color: #E05252; }
QLabel[role="urgent"] { background: #E05252; color: #15171A; font-weight: bold; border-radius: 3px; padding: 2px 8px; }
QLabel[role="mark-danger"] { background: #E05252; color: #15171A; font-weight: bold; font-size: 12px; border-radius: 3px; padding: 1px 6px; }
QLabel[role="mark-caution"] { color: #D9A441; font-size: 12px; border: 1px solid #6B5326; border-radius: 3px; padding: 0 5px; }
QLabel[role="mark-quiet"] { color: #8B929D; font-size: 12px; border: 1px solid #3A4048; border-radius: 3px; padding: 0 5px; }
QFrame[role="danger-band"] { background: #451B1F; border: 0; border-left: 3px solid #E05252; }
QFrame[role="danger-band"] QLabel[role="danger-words"] { color: #F3DADA; }
QFrame[role="panel"] { background: #1C1F23; }
QFrame[role="bar"] { background: #1C1F23; border: 0; border-bottom: 1px solid #2A2E34; }
QFrame[role="line"] { background: #2A2E34; border: 0; }
QToolTip { background: #2A2E34; color: #E8EBF0; border: 1px solid #3A4048; padding: 4px 6px; }

QLineEdit, QPlainTextEdit, QTextEdit {
  background: #111316; color: #E8EBF0; border: 1px solid #2A2E34; border-radius: 3px; padding: 4px 8px;
  selection-background-color: #256E69; selection-color: #FFFFFF; }
QLineEdit { min-height: 22px; lineedit-password-character: 8226; }
QLineEdit:hover, QPlainTextEdit:hover { border-color: #3A4048; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: #2FA39A; }
QPlainTextEdit:read-only, QTextEdit:read-only { background: #181B1F; color: #C9CED6; }
QLineEdit:disabled { color: #5C636D; }

QPushButton { background: #262A30; color: #C9CED6; border: 1px solid #333840; border-radius: 3px; padding: 4px 14px; min-height: 22px; }
QPushButton:hover { background: #2E333A; color: #E8EBF0; }
QPushButton:pressed { background: #23272C; }
QPushButton:focus { border-color: #2FA39A; }
QPushButton:disabled { color: #5C636D; background: #1F2226; border-color: #2A2E34; }
QPushButton[role="primary"] { background: #22756F; border-color: #22756F; color: #FFFFFF; }
QPushButton[role="primary"]:hover { background: #288881; border-color: #288881; }
QPushButton[role="primary"]:focus { border-color: #7FD6CF; }
QPushButton[role="primary"]:disabled { background: #1F3331; border-color: #1F3331; color: #6E8582; }
QPushButton[role="link"] { background: transparent; border: 1px solid transparent; color: #8B929D; padding: 4px 8px; }
QPushButton[role="link"]:hover { color: #E8EBF0; }
QPushButton[role="link"]:focus { border-color: #2FA39A; }

QPushButton[role="tab"] { background: transparent; border: 0; border-bottom: 2px solid transparent; border-radius: 0; padding: 0 4px; margin: 0 10px 0 0; min-height: 34px; color: #8B929D; }
QPushButton[role="tab"]:hover { color: #E8EBF0; }
QPushButton[role="tab"]:checked { color: #E8EBF0; border-bottom-color: #2FA39A; }
QPushButton[role="tab"]:focus { color: #E8EBF0; }

QCheckBox { color: #E8EBF0; spacing: 8px; }
QCheckBox::indicator { width: 15px; height: 15px; border: 1px solid #6B727D; border-radius: 3px; background: #111316; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: #2FA39A; }
QCheckBox::indicator:checked { background: #2FA39A; border-color: #2FA39A; }

QToolButton { background: transparent; color: #C9CED6; border: 1px solid transparent; border-radius: 3px; padding: 2px 7px; font-size: 12px; }
QToolButton:hover { background: #2A2E34; color: #E8EBF0; }
QToolButton:pressed { background: #23272C; }
QToolButton:checked { background: #1F3B3B; border-color: #2FA39A; color: #E8EBF0; }
QToolButton:disabled { color: #5C636D; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="1"] { padding-right: 18px; }
QToolButton::menu-button { width: 15px; border: 0; border-left: 1px solid #2A2E34; background: transparent; }
QToolButton::menu-button:hover { background: #33383F; }

QTableView { background: #15171A; alternate-background-color: #15171A; border: 0; gridline-color: #1F2226; outline: 0;
  selection-background-color: #1F3B3B; selection-color: #E8EBF0; }
QHeaderView { background: #1C1F23; border: 0; }
QHeaderView::section { background: #1C1F23; color: #8B929D; border: 0; border-bottom: 1px solid #2A2E34; padding: 0 10px; height: 28px; font-size: 12px; font-weight: normal; }
QHeaderView::section:hover { color: #E8EBF0; }
QTableCornerButton::section { background: #1C1F23; border: 0; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: #33383F; min-height: 32px; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical:hover { background: #464D56; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: #33383F; min-width: 32px; border-radius: 3px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSplitter::handle { background: #2A2E34; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QMenu { background: #22262B; border: 1px solid #3A4048; padding: 4px 0; }
QMenu::item { padding: 5px 28px 5px 14px; }
QMenu::item:selected { background: #1F3B3B; color: #E8EBF0; }
QMenu::item:disabled { color: #5C636D; }
QMenu::separator { height: 1px; background: #33383F; margin: 4px 0; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: 0; }
QListWidget { background: transparent; border: 0; outline: 0; }
)";

enum class Form { HollowCircle, HalfCircle, Triangle, Square, Clock, Hook, DoubleHook, Cross };

Form formOf(model::TaskState state)
{
    using model::TaskState;
    switch (state) {
    case TaskState::Receiving:
        return Form::HalfCircle;
    case TaskState::Incomplete:
        return Form::Triangle;
    case TaskState::Ready:
        return Form::HollowCircle;
    case TaskState::Claimed:
    case TaskState::Drafting:
    case TaskState::Returned:
        return Form::Square;
    case TaskState::Preliminary:
    case TaskState::Submitted:
    case TaskState::Final:
        return Form::Clock;
    case TaskState::Issued:
    case TaskState::Amended:
        return Form::Hook;
    case TaskState::Delivered:
        return Form::DoubleHook;
    case TaskState::Withdrawn:
    case TaskState::Rejected:
        break;
    }
    return Form::Cross;
}

void paintHook(QPainter& painter, QRectF const& box)
{
    QPainterPath hook(box.topLeft() + QPointF(box.width() * 0.1, box.height() * 0.55));
    hook.lineTo(box.topLeft() + QPointF(box.width() * 0.4, box.height() * 0.82));
    hook.lineTo(box.topLeft() + QPointF(box.width() * 0.92, box.height() * 0.2));
    painter.drawPath(hook);
}
} // namespace

void applyTheme(QApplication& application)
{
    if (displayLanguage() == DisplayLanguage::Chinese)
        QCoreApplication::installTranslator(new QtWords(&application));
    application.setStyle(QStyleFactory::create("Fusion"));
    application.setPalette(palette());
    QFont font;
    font.setFamilies(
        {"Noto Sans CJK SC", "Noto Sans CJK SC Regular", "Source Han Sans SC", "WenQuanYi Zen Hei", "sans-serif"});
    font.setPixelSize(13);
    font.setHintingPreference(QFont::PreferVerticalHinting);
    application.setFont(font);
    application.setStyleSheet(QString::fromLatin1(styleSheet));
}

QColor stateColour(model::TaskState state)
{
    using model::TaskState;
    switch (state) {
    case TaskState::Receiving:
    case TaskState::Incomplete:
    case TaskState::Preliminary:
    case TaskState::Submitted:
    case TaskState::Final:
    case TaskState::Returned:
        return QColor(colour::amber);
    case TaskState::Ready:
        return QColor(colour::strong);
    case TaskState::Issued:
    case TaskState::Delivered:
    case TaskState::Amended:
        return QColor(colour::green);
    default:
        return QColor(colour::quiet);
    }
}

void setRole(QWidget* widget, char const* role)
{
    widget->setProperty("role", role);
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
}

void paintStateMark(QPainter& painter, QRectF const& box, model::TaskState state)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    QColor const ink = stateColour(state);
    painter.setPen(QPen(ink, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    QRectF const inner = box.adjusted(1, 1, -1, -1);
    switch (formOf(state)) {
    case Form::HollowCircle:
        painter.drawEllipse(inner);
        break;
    case Form::HalfCircle:
        painter.drawEllipse(inner);
        painter.setBrush(ink);
        painter.drawPie(inner, 90 * 16, 180 * 16);
        break;
    case Form::Triangle:
        painter.drawPolygon(QPolygonF({{inner.center().x(), inner.top()}, inner.bottomRight(), inner.bottomLeft()}));
        break;
    case Form::Square:
        painter.drawRect(inner.adjusted(0.5, 0.5, -0.5, -0.5));
        painter.fillRect(inner.adjusted(3, 3, -3, -3), ink);
        break;
    case Form::Clock:
        painter.drawEllipse(inner);
        painter.drawLine(inner.center(), inner.center() - QPointF(0, inner.height() * 0.3));
        painter.drawLine(inner.center(), inner.center() + QPointF(inner.width() * 0.25, 0));
        break;
    case Form::Hook:
        paintHook(painter, inner);
        break;
    case Form::DoubleHook:
        paintHook(painter, inner.translated(-2, 0));
        paintHook(painter, inner.translated(2.5, 0));
        break;
    case Form::Cross:
        painter.drawLine(inner.topLeft() + QPointF(1, 1), inner.bottomRight() - QPointF(1, 1));
        painter.drawLine(inner.topRight() + QPointF(-1, 1), inner.bottomLeft() + QPointF(1, -1));
        break;
    }
    painter.restore();
}

} // namespace qianli::viewer
