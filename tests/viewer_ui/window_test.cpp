// The windows themselves: a tool bar that fits, one or two windows, screens that come and go, and what an empty list
// says.
#include "tests/support/support.h"
#include "tests/viewer_ui/listed.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/prior_reports.h"
#include "viewer/ui/report_fields.h"
#include "viewer/ui/signing_foot.h"
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
    // The first time it stands wholly on its screen, with its title bar and beside a task bar.
    for (QRect const& screen : {QRect(0, 0, 1920, 1080), QRect(0, 0, 1366, 728), QRect(1920, 40, 960, 540)}) {
        QRect const first = firstPlace(screen, {1366, 768});
        CHECK(screen.contains(first.adjusted(-3, -28, 3, 3)));
        CHECK((first.width() == 1366 || first.width() > screen.width() - 20));
    }
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

TEST_CASE("a tool with a press and choices has both in the menu, too", "[ui]")
{
    ToolStrip strip;
    auto* both = new QToolButton(&strip);
    both->setText("Earlier");
    both->setCheckable(true);
    both->setPopupMode(QToolButton::MenuButtonPopup);
    both->setMenu(new QMenu(both));
    strip.add(both);
    auto* choices = new QToolButton(&strip);
    choices->setText("Presets");
    choices->setPopupMode(QToolButton::InstantPopup);
    choices->setMenu(new QMenu(choices));
    strip.add(choices);
    strip.resize(60, 34);
    strip.show();
    QApplication::processEvents();
    REQUIRE(strip.inMenu().size() == 2);
    QMenu& menu = *strip.findChild<QToolButton*>("tool.more")->menu();
    emit menu.aboutToShow();
    REQUIRE(menu.actions().size() == 3);
    CHECK(menu.actions()[0]->menu() == nullptr);
    CHECK(menu.actions()[1]->menu() == both->menu());
    CHECK(menu.actions()[2]->menu() == choices->menu());
    menu.actions()[0]->trigger();
    CHECK(both->isChecked());
}

TEST_CASE("what can still be mended, or must be decided, comes back when what was said after it is dismissed", "[ui]")
{
    NoticeBar bar("bar");
    int fetched = 0, chosen = 0;
    auto& action = *bar.findChild<QPushButton*>("bar.action");
    auto& dismiss = *bar.findChild<QPushButton*>("bar.dismiss");
    bar.stand(NoticeBar::Weight::Warning, "not all", {"Fetch", [&] { ++fetched; }});
    bar.show(NoticeBar::Weight::Information, "a word");
    CHECK(bar.text() == "a word");
    CHECK(action.isHidden());
    dismiss.click();
    CHECK(bar.text() == "not all");
    CHECK_FALSE(action.isHidden());
    bar.ask("whose?", {"Mine", [&] { ++chosen; }}, {"Other", [] {}});
    // What can wait covers no question, and puts no other button where its answer was.
    bar.show(NoticeBar::Weight::Information, "a word");
    bar.show(NoticeBar::Weight::Failure, "another word", "Again", [] {});
    CHECK(bar.text() == "whose?");
    CHECK(dismiss.isHidden());
    bar.insist(NoticeBar::Weight::Failure, "the disk is full");
    // Said twice it stands once; what insists after it doesn't take it away.
    bar.insist(NoticeBar::Weight::Failure, "the disk is full");
    bar.insist(NoticeBar::Weight::Warning, "closing");
    CHECK(bar.text() == "closing");
    bar.withdraw("closing");
    CHECK(bar.text() == "the disk is full");
    CHECK(action.isHidden());
    dismiss.click();
    CHECK(bar.text() == "whose?");
    action.click();
    CHECK(chosen == 1);
    CHECK(bar.text() == "another word");
    bar.stand(NoticeBar::Weight::Warning, "not all", {"Fetch", [&] { ++fetched; }});
    CHECK(bar.text() == "another word");
    dismiss.click();
    CHECK(bar.text() == "not all");
    action.click();
    CHECK(fetched == 1);
    CHECK(bar.isHidden());
    // It is over by itself, wherever it lies.
    bar.stand(NoticeBar::Weight::Warning, "not all", {"Fetch", [] {}});
    bar.show(NoticeBar::Weight::Information, "a word");
    bar.settle();
    CHECK(bar.text() == "a word");
    bar.withdraw("a word");
    CHECK(bar.isHidden());
}

TEST_CASE("what answers a press is seen below what must not be covered, and takes no remedy away", "[ui]")
{
    NoticeBar bar("bar");
    auto const& below = *bar.findChild<QLabel*>("bar.below.text");
    auto& belowDismiss = *bar.findChild<QPushButton*>("bar.below.dismiss");
    auto& belowAction = *bar.findChild<QPushButton*>("bar.below.action");
    int sentAgain = 0, reopened = 0;
    bar.insist(NoticeBar::Weight::Failure, "the disk is full");
    CHECK(bar.below().isEmpty());
    CHECK(below.parentWidget()->isHidden());
    bar.show(NoticeBar::Weight::Information, "no three planes");
    CHECK(bar.text() == "the disk is full");
    CHECK(below.text() == "no three planes");
    CHECK_FALSE(below.parentWidget()->isHidden());
    CHECK(bar.isAnswering());
    bar.ask("whose?", {"Mine", [] {}}, {"Other", [] {}});
    CHECK(bar.below() == "no three planes");
    belowDismiss.click();
    CHECK(bar.text() == "the disk is full");
    CHECK(bar.below().isEmpty());
    CHECK_FALSE(bar.isAnswering());

    bar.offer(NoticeBar::Weight::Failure, "refused", {"Reopen", [&] { ++reopened; }}, {"Again", [&] { ++sentAgain; }});
    bar.show(NoticeBar::Weight::Information, "a word");
    bar.show(NoticeBar::Weight::Information, "another word");
    CHECK(bar.below() == "another word");
    belowDismiss.click();
    CHECK(bar.below() == "refused");
    // The next case is another one's: what is of this one goes, and nothing else.
    bar.show(NoticeBar::Weight::Information, "a word");
    bar.stand(NoticeBar::Weight::Warning, "not all", {"Fetch", [] {}});
    bar.endCase();
    CHECK(bar.text() == "the disk is full");
    CHECK(bar.below() == "refused");
    belowAction.click();
    CHECK(reopened == 1);
    CHECK(bar.below().isEmpty());
    bar.dismiss();
    CHECK(bar.isHidden());
    // Of two things to mend neither is lost for the other; the same thing said anew is one.
    bar.offer(NoticeBar::Weight::Failure, "refused", {"Reopen", [] {}}, {"Again", [&] { ++sentAgain; }});
    bar.offer(NoticeBar::Weight::Failure, "one more refused", {"Reopen", [] {}}, {"Again", [&] { ++sentAgain; }});
    bar.offer(NoticeBar::Weight::Warning, "another thing", {"Mend", [] {}}, {});
    bar.dismiss();
    CHECK(bar.text() == "one more refused");
    bar.findChild<QPushButton*>("bar.second")->click();
    CHECK(sentAgain == 1);
    CHECK(bar.isHidden());
}

TEST_CASE("with everything open the reading window still fits a screen of 1366x768 at 150 %", "[ui]")
{
    ReadingPage page;
    page.resize(911, 512);
    page.show();
    QWidget* report = page.report();
    PriorStudy prior;
    prior.studyDate = "20260302";
    prior.report.emplace();
    prior.report->text.findings = std::string(400, 'x');
    std::vector<MarkedImage> keys(4);
    report->findChild<PriorReports*>()->show(std::vector(5, prior), "20261126");
    report->findChild<ReportFields*>()->showKeyImages(keys);
    report->findChild<SigningFoot*>()->askPin("将以 王敏 的名义签发，发布后机构可见。\n注意：图像只收到 12/40。",
                                              "warning", "身份冲突：这份报告写的是 张昞，编号 000123。");
    page.notices().show(NoticeBar::Weight::Warning, "图像没有收全");
    page.notices().insist(NoticeBar::Weight::Failure, "本机磁盘写不进草稿，请勿继续书写");
    QApplication::processEvents();
    CHECK(page.minimumSizeHint().height() <= 512);
    CHECK(report->minimumSizeHint().height() <= 400);
}
