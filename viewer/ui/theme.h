// The look: colours, type and the few shapes that stand for states. The picture is the brightest thing; all else
// recedes.
#pragma once

#include "common/model/reading_task.h"

#include <QApplication>
#include <QColor>
#include <QIcon>
#include <QPainter>

namespace qianli::viewer {

namespace colour {
inline constexpr QRgb window = 0xFF15171A, panel = 0xFF1C1F23, line = 0xFF2A2E34, text = 0xFFC9CED6,
                      strong = 0xFFE8EBF0, accent = 0xFF2FA39A, amber = 0xFFD9A441, red = 0xFFE05252,
                      green = 0xFF4CAF6E,
                      quiet = 0xFF8B929D, // secondary words: still 5:1 on the panel
    field = 0xFF111316,                   // where one types
    hover = 0xFF23272C, selected = 0xFF1F3B3B, otherPatient = 0xFFF2C230;
}

// Sets style, palette, font and style sheet for the whole program.
void applyTheme(QApplication& application);

// Gives a widget another role of the style sheet, and the look of it at once.
void setRole(QWidget* widget, char const* role);

// A state as shape and colour, beside the word: a circle waits, a square is being written, a filled one with a hook is
// out.
void paintStateMark(QPainter& painter, QRectF const& box, model::TaskState state);
QColor stateColour(model::TaskState state);

enum class Icon {
    WindowLevel,
    Pan,
    Zoom,
    Scroll,
    Invert,
    FlipLeftRight,
    FlipUpDown,
    Rotate,
    Fit,
    Reset,
    Mpr,
    KeyImage,
    Report,
    One,
    Two,
    Four,
    Back,
    Next,
    Prior,
    Link,
    Lines,
    Desk,
    Length,
    Angle,
    Cobb,
    HeartRatio,
    Ellipse,
    Calibrate,
    Search
};
QIcon lineIcon(Icon icon);

} // namespace qianli::viewer
