// The windows themselves: a tool bar that fits, one or two windows, screens that come and go, and what an empty list
// says.
#include "tests/support/support.h"
#include "tests/viewer_ui/listed.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/tool_strip.h"

#include <QMenu>
#include <QTest>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

TEST_CASE("a tool bar never needs more room than its window: words go first, then the last tools into a menu", "[ui]")
{
    ToolStrip strip;
    std::vector<QToolButton*> buttons;
    for (int index = 0; index < 8; ++index) {
        auto* button = new QToolButton(&strip);
        button->setText(QString("Tool number %1").arg(index));
        button->setIcon(lineIcon(Icon::Pan));
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        strip.add(button);
        buttons.push_back(button);
    }
    auto* pinned = new QToolButton(&strip);
    pinned->setText("Report");
    strip.pin(pinned);
    auto& more = *strip.findChild<QToolButton*>("tool.more");
    strip.resize(1400, 34);
    strip.show();
    QApplication::processEvents();
    CHECK(strip.inMenu().empty());
    CHECK_FALSE(more.isVisible());
    CHECK(buttons[0]->toolButtonStyle() == Qt::ToolButtonTextBesideIcon);
    for (int const width : {500, 260, 180}) {
        CAPTURE(width);
        strip.resize(width, 34);
        QApplication::processEvents();
        CHECK(buttons[0]->toolButtonStyle() == Qt::ToolButtonIconOnly);
        CHECK(strip.rect().contains(pinned->geometry()));
        CHECK(more.isVisible() == !strip.inMenu().empty());
        for (QToolButton* button : buttons) {
            auto const menu = strip.inMenu();
            CHECK(strip.rect().contains(button->geometry()) ==
                  (std::find(menu.begin(), menu.end(), button) == menu.end()));
        }
    }
    REQUIRE_FALSE(strip.inMenu().empty());
    // What is in the menu does there what it does in the bar.
    int clicked = 0;
    QObject::connect(buttons[7], &QToolButton::clicked, [&clicked] { ++clicked; });
    emit more.menu()->aboutToShow();
    REQUIRE(more.menu()->actions().size() == static_cast<qsizetype>(strip.inMenu().size()));
    more.menu()->actions().last()->trigger();
    CHECK(clicked == 1);
    // A tool that is taken away makes room.
    auto const before = strip.inMenu().size();
    buttons[0]->hide();
    buttons[1]->hide();
    QApplication::processEvents();
    CHECK(strip.inMenu().size() < before);
    strip.resize(1400, 34);
    QApplication::processEvents();
    CHECK(strip.inMenu().empty());
    CHECK(buttons[2]->toolButtonStyle() == Qt::ToolButtonTextBesideIcon);
}

TEST_CASE("a window whose screen is gone comes back to one that is there", "[ui][screens]")
{
    QList<QRect> const two{{0, 0, 1920, 1080}, {1920, 0, 1920, 1080}}, one{{0, 0, 1920, 1080}};
    QRect const right(2000, 40, 1600, 900);
    CHECK(broughtOnto(two, right) == right);
    QRect const brought = broughtOnto(one, right);
    CHECK(one[0].contains(brought));
    CHECK(brought.size() == right.size());
    CHECK(QRect(0, 0, 1366, 768).contains(broughtOnto({QRect(0, 0, 1366, 768)}, right)));
    // Half outside is as it was; only the title bar below the screen's edge can't be taken hold of.
    CHECK(broughtOnto(one, {-400, 100, 900, 700}) == QRect(-400, 100, 900, 700));
    CHECK(one[0].contains(broughtOnto(one, {100, 1078, 900, 700})));
    CHECK(broughtOnto(one, {100, -60, 900, 700}) != QRect(100, -60, 900, 700));
    CHECK(broughtOnto({}, right) == right);
}

TEST_CASE("where windows stood is remembered under the screens that are there", "[ui][screens]")
{
    TemporaryFolder const folder;
    QString const file = QString::fromStdString((folder / "screens.ini").string());
    QRect const frame(40, 50, 500, 400);
    {
        ScreenMemory memory(file);
        CHECK_FALSE(memory.placeOf("main"));
        CHECK_FALSE(memory.wantsTwoWindows());
        memory.remember("main", {frame, true});
        memory.rememberTwoWindows(true);
    }
    ScreenMemory const again(file);
    CHECK(again.placeOf("main") == ScreenMemory::Place{frame, true});
    CHECK_FALSE(again.placeOf("desk"));
    CHECK(again.wantsTwoWindows());
}

TEST_CASE("list and report leave the image window, and come back", "[ui][screens]")
{
    MainWindow window({});
    window.show();
    QWidget* report = window.reading().report();
    CHECK(report->window() == &window);
    window.setTwoWindows(true);
    REQUIRE(window.hasTwoWindows());
    QWidget* desk = window.list().window();
    CHECK(desk != &window);
    CHECK(desk->objectName() == "desk");
    CHECK(desk->isVisible());
    CHECK(report->window() == desk);
    CHECK(window.list().isVisible());
    CHECK(report->isVisible());
    CHECK(window.reading().window() == &window);
    CHECK(window.reading().isVisible());
    window.setTwoWindows(false);
    CHECK(window.list().window() == &window);
    CHECK(report->window() == &window);
    CHECK(window.list().isVisible());
    window.setTwoWindows(true); // and the window that is destroyed with two
}

TEST_CASE("an empty list says which sites are silent that usually aren't", "[ui]")
{
    auto const now = SystemClock().now();
    auto const arrived = [now](char const* site, int hours) {
        auto task = taskOf(1, "张昞");
        task.siteName = site;
        task.lastReceivedAt = now - std::chrono::hours(hours);
        return task;
    };
    CHECK(silentSitesWords({}, now).isEmpty());
    CHECK(silentSitesWords({arrived("普子乡", 0)}, now).isEmpty());
    QString const words = silentSitesWords({arrived("普子乡", 0), arrived("孙家镇", 50), arrived("孙家镇", 80),
                                            arrived("龙驹镇", 26), arrived("旧站", 24 * 40)},
                                           now);
    CHECK(words.startsWith("今天还没有送来检查的机构：龙驹镇（最近 "));
    CHECK(words.contains("、孙家镇（最近 "));
    CHECK_FALSE(words.contains("普子乡"));
    CHECK_FALSE(words.contains("旧站"));
    CHECK(words.count("孙家镇") == 1);
}
