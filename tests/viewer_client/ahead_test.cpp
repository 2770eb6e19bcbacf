// The next case's images come while this one is read, and are at once on the screen when it is opened.
#include "tests/viewer_client/client_steps.h"
#include "tests/viewer_client/written_case.h"
#include "viewer/ui/reading_page.h"

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

SCENARIO("the next case is fetched ahead, and shown although the gateway has gone", "[client][ahead]")
{
    if (!canRun())
        return;
    TemporaryFolder const folder;
    WrittenCase first{"2.25.7501", "Bing^Yi", "病^一", "P1"}, second{"2.25.7502", "Bing^Er", "病^二", "P2"};
    second.seed = 9;
    for (int slice = 1; slice <= 6; ++slice) {
        writeSlice(folder / "images", first, slice);
        writeSlice(folder / "images", second, slice);
    }
    RunningGateway gateway;
    REQUIRE(gateway.start());
    REQUIRE(gateway.send(folder / "images"));
    GatewayClient client;
    REQUIRE(signIn(client, gateway));
    auto const find = [&](std::string const& study) -> std::optional<model::ReadingTask> {
        auto const tasks = wait<std::vector<model::ReadingTask>>([&](auto then) { client.tasks(&client, then); });
        for (auto const& one : tasks.value_or(std::vector<model::ReadingTask>()))
            if (one.studyUid == study && one.state == model::TaskState::Ready)
                return one;
        return {};
    };
    REQUIRE(QTest::qWaitFor([&] { return find(first.study) && find(second.study); }, 30'000));
    auto const workplace = openWorkplace(client);
    auto const one = *find(first.study), other = *find(second.study);
    ReadingPage page;
    page.resize(1366, 768);
    page.show();
    page.openTask(workplace, one, one, {});
    page.setNext(other);
    CHECK(page.findChild<QPushButton*>("reading.next")->text() == "下一例  病二 CT 11-26 ▸");
    CHECK((page.imagesAhead() == nullptr || page.images().arrived() == 6)); // nothing before the case's own
    REQUIRE(QTest::qWaitFor(
        [&] {
            auto const* ahead = page.imagesAhead();
            return ahead != nullptr && ahead->isComplete() && !ahead->isLoading();
        },
        30'000));
    CHECK(page.images().arrived() == 6);
    REQUIRE(page.images().studies().size() == 1);
    CHECK(page.images().studies().front().identity.uid.value() == first.study);

    gateway.kill();
    page.waitForCase();
    CHECK(page.grid().active().isEmpty());
    page.openTask(workplace, other, other, {});
    Viewport& viewport = page.grid().active();
    REQUIRE(QTest::qWaitFor([&] { return viewport.pixels() != nullptr; }, 10'000));
    CHECK(viewport.entry()->image->study.uid.value() == second.study);
    CHECK(viewport.stack().entries.size() == 6);
    CHECK(viewport.annotation().topLeft.first().startsWith("病二"));
    CHECK(page.imagesAhead() == nullptr);
    page.close();
    CHECK(page.images().studies().empty());

    // What did not come while the gateway was away comes by itself when it is back.
    page.openTask(workplace, one, one, {});
    REQUIRE(QTest::qWaitFor([&] { return !page.images().isLoading(); }, 30'000));
    CHECK(page.notices().text().startsWith("图像没有收全"));
    page.setOnline(false);
    REQUIRE(gateway.start());
    page.setOnline(true);
    REQUIRE(QTest::qWaitFor([&] { return page.images().isComplete() && !page.images().isLoading(); }, 30'000));
    CHECK(page.images().arrived() == 6);
    CHECK_FALSE(page.notices().isVisible());
}
