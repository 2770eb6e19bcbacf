// How long a reader waits for a case from a gateway on loopback. Nothing is asserted of time, and it runs on demand
// only:
//
//   QIANLI_SPEED_CASES=FOLDER[:FOLDER] test_viewer_client "[.speed]"
//
// The first folder's study is opened from the list's view of it (claim, plan, fetch, decode, paint); the second one's
// is the next case, fetched ahead. Prints lines that begin with "figure: ".
//
//   QIANLI_SPEED_LIST=CASES test_viewer_client "[.speed]"
//
// A day's start: so many cases wait; from the viewer's window being made until the list shows them all, its user's
// password entered without delay, and of it from the key to the list.
#include "tests/support/support.h"
#include "tests/viewer_client/client_steps.h"
#include "tests/viewer_client/written_case.h"
#include "viewer/ui/main_window.h"

#include <QElapsedTimer>
#include <QLineEdit>
#include <QTableView>

#include <cstdlib>
#include <fmt/format.h>
#include <iostream>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {
struct Waits {
    double firstImage = 0, loaded = 0;
};

// From the claim to the first painted picture, and until every picture of the stack is decoded.
Waits openCase(ReadingPage& page, GatewayClient& client, std::shared_ptr<Workplace> const& workplace,
               model::ReadingTask const& listed)
{
    QElapsedTimer clock;
    clock.start();
    page.waitForCase();
    auto const task = wait<model::ReadingTask>([&](auto then) { client.claim(&client, listed.id, then); });
    REQUIRE(task);
    page.openTask(workplace, *task, listed, {});
    Viewport& viewport = page.grid().active();
    Waits waits;
    REQUIRE(QTest::qWaitFor(
        [&] {
            if (waits.firstImage == 0 && viewport.pixels()) {
                viewport.repaint();
                waits.firstImage = static_cast<double>(clock.nsecsElapsed()) / 1e6;
            }
            return waits.firstImage > 0 && !page.images().isLoading() && viewport.isLoaded();
        },
        120'000));
    waits.loaded = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    std::cout << "figure: " << page.images().arrived() << " images: first " << waits.firstImage << " ms, all decoded "
              << waits.loaded << " ms\n";
    return waits;
}
} // namespace

TEST_CASE("how quick a case opens, and the next one", "[.speed]")
{
    char const* const cases = std::getenv("QIANLI_SPEED_CASES");
    if (!canRun() || cases == nullptr) {
        std::cout << "QIANLI_SPEED_CASES names no folders: nothing is measured\n";
        return;
    }
    RunningGateway gateway;
    REQUIRE(gateway.start());
    GatewayClient client;
    REQUIRE(signIn(client, gateway));
    auto const workplace = openWorkplace(client);
    std::vector<model::ReadingTask> tasks;
    for (QString const& folder : QString(cases).split(':')) {
        REQUIRE(gateway.send(folder.toStdString()));
        REQUIRE(QTest::qWaitFor(
            [&] {
                auto const all = wait<std::vector<model::ReadingTask>>([&](auto then) { client.tasks(&client, then); });
                for (auto const& one : all.value_or(std::vector<model::ReadingTask>()))
                    if (one.state == model::TaskState::Ready &&
                        std::none_of(tasks.begin(), tasks.end(), [&](auto const& had) { return had.id == one.id; })) {
                        tasks.push_back(one);
                        return true;
                    }
                return false;
            },
            120'000));
    }
    ReadingPage page;
    page.resize(1920, 1080);
    page.show();
    for (int round = 0; round < 3; ++round)
        for (std::size_t index = 0; index < tasks.size(); ++index) {
            std::cout << "figure: " << (index == 0 ? "opened" : "next, fetched ahead") << "\n";
            auto const waits = openCase(page, client, workplace, tasks[index]);
            CHECK(waits.loaded >= waits.firstImage);
            if (index + 1 < tasks.size()) {
                page.setNext(tasks[index + 1]);
                REQUIRE(QTest::qWaitFor(
                    [&] { return page.imagesAhead() != nullptr && page.imagesAhead()->isComplete(); }, 120'000));
            }
        }
    page.close();
}

namespace {
// Of a workstation whose user has his PIN, or chooses it now: that time is not the viewer's.
void showList(RunningGateway const& gateway, int cases)
{
    QElapsedTimer clock;
    clock.start();
    StartOptions options;
    options.gateway = QString::fromStdString(gateway.url());
    options.user = RunningGateway::user;
    MainWindow window(std::move(options));
    window.resize(1920, 1080);
    window.show();
    auto const line = [&](char const* name) { return window.findChild<QLineEdit*>(name); };
    REQUIRE(QTest::qWaitForWindowExposed(&window));
    double const exposed = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    line("signIn.password")->setText(RunningGateway::password);
    QTest::keyClick(line("signIn.password"), Qt::Key_Return);
    auto* const table = window.findChild<QTableView*>("list.table");
    bool isFirst = false;
    REQUIRE(QTest::qWaitFor(
        [&] {
            if (line("pin.new")->isVisible() && !std::exchange(isFirst, true)) {
                line("pin.new")->setText(RunningGateway::pin);
                line("pin.repeat")->setText(RunningGateway::pin);
                QTest::keyClick(line("pin.repeat"), Qt::Key_Return);
            }
            return window.list().isVisible() && table->model()->rowCount() == cases;
        },
        60'000));
    window.repaint();
    double const listed = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    if (!isFirst)
        std::cout << "figure: window " << exposed << " ms, list of " << cases << " cases " << listed << " ms, of it "
                  << listed - exposed << " ms from the password\n";
    window.close();
}
} // namespace

TEST_CASE("how quick the reading list stands", "[.speed]")
{
    char const* const wanted = std::getenv("QIANLI_SPEED_LIST");
    if (!canRun() || wanted == nullptr) {
        std::cout << "QIANLI_SPEED_LIST names no number of cases: nothing is measured\n";
        return;
    }
    int const cases = std::max(1, std::atoi(wanted));
    test::TemporaryFolder const folder;
    for (int number = 1; number <= cases; ++number)
        writeSlice(folder / "images",
                   {fmt::format("2.25.77{:04}", number), fmt::format("Bing^Li{}", number), fmt::format("病^{}", number),
                    fmt::format("P{}", number)},
                   1);
    RunningGateway gateway;
    REQUIRE(gateway.start());
    REQUIRE(gateway.send(folder / "images"));
    REQUIRE(QTest::qWaitFor(
        [&] {
            return QString::fromStdString(gateway.command({"reading", "list", "--json"}).output).count("\"ready\"") ==
                   cases;
        },
        120'000));
    for (int start = 0; start < 6; ++start)
        showList(gateway, cases);
}
