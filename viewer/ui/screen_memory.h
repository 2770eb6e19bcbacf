// ScreenMemory: where the windows stand, remembered for each set of screens of this workstation: who comes back to the
// desk with two monitors finds both windows as they were, and a screen that is gone takes no window with it.
#pragma once

#include <QList>
#include <QRect>
#include <QSettings>
#include <QString>
#include <QWidget>

#include <optional>

namespace qianli::viewer {

// Where a window is put that wants to be at `wanted`: there, if enough of its upper edge can be seen and taken hold of;
// otherwise into the middle of the screen that is nearest, no larger than that.
// Where a window of this size stands for the first time: wholly on its screen, whatever is around it.
QRect firstPlace(QRect const& screen, QSize const& wanted);
QRect broughtOnto(QList<QRect> const& screens, QRect const& wanted);

class ScreenMemory {
public:
    // In `file`; empty: below the account's configuration.
    explicit ScreenMemory(QString const& file = {});

    struct Place {
        QRect frame;
        bool maximised = false;
        bool operator==(Place const&) const = default;
    };
    // Under the set of screens that is there now.
    void remember(QString const& window, Place const& place);
    std::optional<Place> placeOf(QString const& window) const;
    void rememberTwoWindows(bool two);
    bool wantsTwoWindows() const;

    static Place placeOf(QWidget const& window);
    // Without showing it.
    static void put(QWidget& window, Place const& place);

private:
    QString group() const;
    mutable QSettings settings_;
};

} // namespace qianli::viewer
