// A reading list that can't be read anew while the gateway is there: it says so, and when it is over.
#include "tests/viewer_client/between.h"
#include "tests/viewer_client/client_steps.h"
#include "tests/viewer_client/written_case.h"
#include "viewer/ui/list_page.h"

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

SCENARIO("a list that can't be read anew says so beside its rows, and offers to try again", "[client][list]")
{
    if (!canRun())
        return;
    RunningGateway gateway;
    REQUIRE(gateway.start());
    TemporaryFolder const folder;
    writeSlice(folder / "images", {"2.25.7701", "Bing^Li", "病^一", "P1"}, 1);
    REQUIRE(gateway.send(folder / "images"));
    Between between(gateway);
    GatewayClient client;
    QUrl const url(QString::fromStdString(between.url()));
    REQUIRE(
        wait<Session>([&](auto then) { client.signIn(url, RunningGateway::user, RunningGateway::password, then); }));
    REQUIRE(readyTask(client));
    ListPage page(client);
    page.resize(1366, 768);
    page.show();
    page.setWorkplace(openWorkplace(client));
    bool online = false;
    QObject::connect(&client, &GatewayClient::onlineChanged, &page, [&](bool now) { online = now; });
    client.listen();
    auto& notices = page.notices();
    REQUIRE(QTest::qWaitFor([&] { return online && page.tasks().tasks().size() == 1; }, 30'000));
    int loaded = 0;
    QObject::connect(&page, &ListPage::loaded, [&] { ++loaded; });
    // What began before the events were heard is not whole: the second reading from here on began after it.
    for (int const reading : {1, 2}) {
        page.reload();
        REQUIRE(QTest::qWaitFor([&] { return loaded >= reading; }, 30'000));
    }
    CHECK_FALSE(notices.isVisible());

    between.listFails = true;
    REQUIRE(QTest::qWaitFor(
        [&] {
            page.reload(); // what was under way before may still succeed
            return notices.isVisible();
        },
        30'000));
    CHECK(notices.text().startsWith("列表没有刷新："));
    CHECK(notices.text().contains("之后的变化照常显示"));
    CHECK(page.findChild<QTableView*>("list.table")->isVisible());
    CHECK(page.tasks().tasks().size() == 1);

    between.listFails = false;
    page.findChild<QPushButton*>("list.notice.action")->click();
    loaded = 0;
    REQUIRE(QTest::qWaitFor([&] { return loaded > 0; }, 30'000));
    CHECK_FALSE(notices.isVisible());

    // The events were away: what came meanwhile is in no row, and nobody says that it is.
    auto const missed = [&] { return notices.isVisible() && notices.text().contains("之后的变化可能没有显示"); };
    between.listFails = true;
    between.cut();
    REQUIRE(QTest::qWaitFor([&] { return !online; }, 30'000));
    CHECK_FALSE(notices.isVisible());
    REQUIRE(QTest::qWaitFor(missed, 30'000));
    CHECK(online);
    CHECK_FALSE(notices.text().contains("照常显示"));
    // Dismissed, it isn't said again by a try that fails as before.
    auto& retry = *page.findChild<QTimer*>("list.retry");
    notices.dismiss();
    REQUIRE(retry.isActive());
    retry.start(0);
    REQUIRE(QTest::qWaitFor([&] { return retry.isActive() && retry.interval() > 10'000; }, 30'000));
    CHECK_FALSE(notices.isVisible());
    // It is read by itself, and then it is whole.
    between.listFails = false;
    loaded = 0;
    retry.start(0);
    REQUIRE(QTest::qWaitFor([&] { return loaded > 0; }, 30'000));
    CHECK_FALSE(retry.isActive());
    between.listFails = true;
    page.reload();
    REQUIRE(QTest::qWaitFor([&] { return notices.isVisible(); }, 30'000));
    CHECK(notices.text().contains("之后的变化照常显示"));

    // What was told while the list was being read is newer than the list.
    between.listFails = false;
    between.listWaits = true;
    page.reload();
    REQUIRE(QTest::qWaitFor([&] { return between.isWaiting(); }, 30'000));
    auto taken = page.tasks().tasks().front();
    taken.claimedBy = taken.claimedByName = "lili";
    taken.state = model::TaskState::Claimed;
    page.taskArrived(taken);
    loaded = 0;
    between.listWaits = false;
    between.release();
    REQUIRE(QTest::qWaitFor([&] { return loaded > 0; }, 30'000));
    CHECK(page.tasks().task(taken.id)->claimedBy == "lili");

    // What comes after signing out is nobody's: no patient stands in the list behind the sign-in page.
    between.listFails = false;
    between.listWaits = true;
    page.reload();
    REQUIRE(QTest::qWaitFor([&] { return between.isWaiting(); }, 30'000));
    page.leave();
    CHECK_FALSE(retry.isActive());
    REQUIRE(page.tasks().tasks().empty());
    loaded = 0;
    between.release();
    QTest::qWait(500);
    CHECK(loaded == 0);
    CHECK(page.tasks().tasks().empty());
}
