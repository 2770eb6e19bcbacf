#include "viewer/ui/screen_memory.h"

#include <QCryptographicHash>
#include <QGuiApplication>
#include <QScreen>
#include <QStandardPaths>

#include <algorithm>

namespace qianli::viewer {

namespace {
constexpr int frameTitle = 32, frameEdge = 4; // of what window managers draw around a window
constexpr int handle = 80, titleHeight = 24;  // of a window's upper edge, to take hold of it

QString fileOf(QString const& asked)
{
    return asked.isEmpty() ? QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation) + "/screens.ini"
                           : asked;
}

QList<QRect> screensNow()
{
    QList<QRect> rects;
    for (QScreen const* screen : QGuiApplication::screens())
        rects << screen->availableGeometry();
    return rects;
}
} // namespace

QRect firstPlace(QRect const& screen, QSize const& wanted)
{
    QRect place(QPoint(), wanted.boundedTo(screen.size() - QSize(2 * frameEdge, frameTitle + frameEdge)));
    place.moveCenter(screen.center() + QPoint(0, (frameTitle - frameEdge) / 2));
    return place;
}

QRect broughtOnto(QList<QRect> const& screens, QRect const& wanted)
{
    if (screens.isEmpty())
        return wanted;
    QRect const edge(wanted.left(), wanted.top(), wanted.width(), titleHeight);
    for (QRect const& screen : screens)
        if (QRect const seen = screen.intersected(edge); seen.width() >= handle && seen.height() >= titleHeight / 2)
            return wanted;
    auto const distance = [&wanted](QRect const& screen) {
        return (screen.center() - wanted.center()).manhattanLength();
    };
    QRect const nearest = *std::min_element(screens.begin(), screens.end(), [&](QRect const& one, QRect const& other) {
        return distance(one) < distance(other);
    });
    QRect brought(QPoint(), wanted.size().boundedTo(nearest.size()));
    brought.moveCenter(nearest.center());
    return brought;
}

ScreenMemory::ScreenMemory(QString const& file) : settings_(fileOf(file), QSettings::IniFormat) {}

QString ScreenMemory::group() const
{
    QStringList names;
    for (QScreen const* screen : QGuiApplication::screens()) {
        QRect const at = screen->geometry();
        names << QString("%1 %2x%3+%4+%5").arg(screen->name()).arg(at.width()).arg(at.height()).arg(at.x()).arg(at.y());
    }
    names.sort();
    QByteArray const digest = QCryptographicHash::hash(names.join('|').toUtf8(), QCryptographicHash::Sha1).toHex();
    return "screens-" + QString::fromLatin1(digest.left(12)) + "/";
}

void ScreenMemory::remember(QString const& window, Place const& place)
{
    settings_.setValue(group() + window, place.frame);
    settings_.setValue(group() + window + "-maximised", place.maximised);
}

std::optional<ScreenMemory::Place> ScreenMemory::placeOf(QString const& window) const
{
    QRect const frame = settings_.value(group() + window).toRect();
    if (!frame.isValid())
        return {};
    return Place{broughtOnto(screensNow(), frame), settings_.value(group() + window + "-maximised").toBool()};
}

void ScreenMemory::rememberTwoWindows(bool two)
{
    settings_.setValue(group() + "two", two);
}

bool ScreenMemory::wantsTwoWindows() const
{
    return settings_.value(group() + "two", false).toBool();
}

ScreenMemory::Place ScreenMemory::placeOf(QWidget const& window)
{
    bool const maximised = window.isMaximized();
    return {maximised ? window.normalGeometry() : window.geometry(), maximised};
}

void ScreenMemory::put(QWidget& window, Place const& place)
{
    window.setGeometry(place.frame);
    window.setWindowState(place.maximised ? window.windowState() | Qt::WindowMaximized
                                          : window.windowState() & ~Qt::WindowMaximized);
}

} // namespace qianli::viewer
