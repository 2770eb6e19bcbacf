// How long a reader waits for a case from a gateway on loopback. Nothing is asserted of time, and it runs on demand
// only:
//
//   QIANLI_SPEED_CASES=FOLDER[:FOLDER] test_viewer_client "[.speed]"
//
// The first folder's study is opened from the list's view of it (claim, plan, fetch, decode, paint); the second one's
// is the next case, fetched ahead. Prints lines that begin with "figure: ".
#include "tests/viewer_client/client_steps.h"
#include "viewer/ui/reading_page.h"

#include <QElapsedTimer>

#include <cstdlib>
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
