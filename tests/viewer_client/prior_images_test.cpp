// An earlier study beside the case, over a real gateway: fetched after the case, named as what it is, linked, and never
// signed for.
#include "tests/viewer_client/client_steps.h"
#include "tests/viewer_client/written_case.h"
#include "viewer/ui/reading_page.h"

#include <QLineEdit>
#include <QPlainTextEdit>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {
struct Comparison {
    Comparison()
    {
        now.date = "20261126";
        before.date = "20260302";
        before.study = "2.25.7402";
        before.seed = 9;
        for (int slice = 1; slice <= 12; ++slice)
            writeSlice(folder / "images", now, slice);
        for (int slice = 1; slice <= 6; ++slice)
            writeSlice(folder / "images", before, slice);
        REQUIRE(gateway.start());
        REQUIRE(gateway.send(folder / "images"));
        REQUIRE(signIn(client, gateway));
        REQUIRE(QTest::qWaitFor([&] { return find(now.study) && find(before.study); }, 30'000));
        task = wait<model::ReadingTask>([&](auto then) { client.claim(&client, find(now.study)->id, then); }).value();
        workplace = openWorkplace(client);
        page.resize(1366, 768);
        page.show();
        page.openTask(workplace, task, task, {});
    }
    std::optional<model::ReadingTask> find(std::string const& study)
    {
        auto const tasks = wait<std::vector<model::ReadingTask>>([&](auto then) { client.tasks(&client, then); });
        for (auto const& one : tasks.value_or(std::vector<model::ReadingTask>()))
            if (one.studyUid == study && one.state == model::TaskState::Ready)
                return one;
        return {};
    }
    Viewport& view(std::size_t index) { return *page.grid().viewports()[index]; }
    void press(Qt::Key key) { QTest::keyClick(&page.grid().active(), key); }

    WrittenCase now{"2.25.7401", "Bing^Yi", "病^一", "P1"}, before = now;
    TemporaryFolder folder;
    RunningGateway gateway;
    GatewayClient client;
    model::ReadingTask task;
    std::shared_ptr<Workplace> workplace;
    ReadingPage page;
};
} // namespace

SCENARIO("P lays the newest comparable study beside the case, and says that it is an earlier one", "[client][prior]")
{
    if (!canRun())
        return;
    Comparison opened;
    auto& page = opened.page;
    // It comes by itself, once the case is whole.
    REQUIRE(QTest::qWaitFor([&] { return opened.page.prior().arrived() == 6 && !page.prior().isLoading(); }, 30'000));
    CHECK(page.images().arrived() == 12);
    // Neither took the other's files away.
    for (Study const* study : {page.images().study(), page.prior().study()}) {
        REQUIRE(study != nullptr);
        for (StackEntry const& entry : study->series.front().stacks.front().entries)
            CHECK(std::filesystem::exists(entry.image->file));
    }
    auto* title = page.findChild<QLabel*>("series.title.0");
    REQUIRE(title != nullptr);
    CHECK(title->text() == "既往 2026-03-02");
    CHECK(page.grid().layoutKind() == ViewportGrid::Layout::One); // nothing moves that was not asked to

    opened.press(Qt::Key_P);
    Viewport& earlier = opened.view(1);
    REQUIRE(QTest::qWaitFor([&] { return earlier.pixels() != nullptr; }, 30'000));
    CHECK(page.grid().layoutKind() == ViewportGrid::Layout::Two);
    CHECK(earlier.entry()->image->study.uid.value() == "2.25.7402");
    CHECK(earlier.band().kind == ViewportBand::Kind::Prior);
    CHECK(earlier.band().words == "既往  2026-03-02 · CT · 普子乡卫生院");
    CHECK(earlier.annotation().topLeft.first() == "病一");
    CHECK(earlier.annotation().date.startsWith("2026-03-02"));
    CHECK(opened.view(0).band().kind == ViewportBand::Kind::None);

    WHEN("the two are linked")
    {
        opened.press(Qt::Key_Home);
        earlier.change([](ToolTarget const& target) { target.state.index = 2; });
        opened.press(Qt::Key_S);
        CHECK(earlier.annotation().bottomLeft.first() == "联动");
        opened.press(Qt::Key_Down);
        opened.press(Qt::Key_Down);
        CHECK(opened.view(0).state().index == 2);
        CHECK(earlier.state().index == 4); // ten millimetres further in both
        opened.press(Qt::Key_S);
        opened.press(Qt::Key_Down);
        CHECK(earlier.state().index == 4);
        CHECK(earlier.annotation().bottomLeft.first() != "联动");
    }
    WHEN("only the earlier study is on the screen")
    {
        REQUIRE(
            wait<void>([&](auto then) { opened.workplace->keys().create(&opened.client, RunningGateway::pin, then); }));
        for (auto* field : page.findChildren<QPlainTextEdit*>())
            field->setPlainText("未见异常。");
        auto& message = *page.findChild<QLabel*>("report.message");
        auto& pin = *page.findChild<QLineEdit*>("report.pin");
        page.grid().maximise(&earlier);
        page.findChild<QPushButton*>("report.sign")->click();
        CHECK(message.text().contains("画面上没有这个检查的图像"));
        CHECK_FALSE(pin.isVisible());
        page.grid().maximise(&earlier);
        page.findChild<QPushButton*>("report.sign")->click();
        CHECK(pin.isVisible());
        // Also when it went away while the PIN was typed.
        page.grid().maximise(&earlier);
        pin.setText(RunningGateway::pin);
        QTest::keyClick(&pin, Qt::Key_Return);
        CHECK(message.text().contains("画面上没有这个检查的图像"));
        CHECK_FALSE(page.findChild<ReportPanel*>("report")->desk().isSigning());
    }
    WHEN("the earlier one is to be a key image")
    {
        page.grid().activate(&earlier);
        opened.press(Qt::Key_K);
        CHECK(page.notices().text().contains("既往图像"));
        CHECK(page.findChild<ReportPanel*>("report")->desk().keyImages().empty());
    }
    WHEN("P is pressed again")
    {
        opened.press(Qt::Key_P);
        CHECK(page.grid().layoutKind() == ViewportGrid::Layout::One);
        CHECK(earlier.isEmpty());
    }
}
