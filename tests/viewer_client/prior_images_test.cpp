// An earlier study beside the case, over a real gateway: fetched after the case, named as what it is, linked, and never
// signed for.
#include "tests/viewer_client/client_steps.h"
#include "tests/viewer_client/written_case.h"
#include "viewer/ui/reading_page.h"

#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {
struct Comparison {
    // `more`: an older study, too, and a second series of the case.
    explicit Comparison(bool more = false)
    {
        older.date = "20251105";
        older.study = "2.25.7403";
        older.seed = 5;
        now.date = "20261126";
        for (int slice = 1; more && slice <= 4; ++slice) {
            writeSlice(folder / "images", older, slice);
            writeSlice(folder / "images", now, slice, 'x');
        }
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
        REQUIRE(QTest::qWaitFor([&] { return find(now.study) && find(before.study) && (!more || find(older.study)); },
                                30'000));
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

    WrittenCase now{"2.25.7401", "Bing^Yi", "病^一", "P1"}, before = now, older = now;
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
        CHECK(page.notices().text().contains("别的检查的图像"));
        CHECK(page.findChild<ReportPanel*>("report")->desk().keyImages().empty());
    }
    WHEN("P is pressed again")
    {
        opened.press(Qt::Key_P);
        CHECK(page.grid().layoutKind() == ViewportGrid::Layout::One);
        CHECK(earlier.isEmpty());
    }
}

SCENARIO("what of an earlier study hangs anywhere goes when another one is chosen", "[client][prior]")
{
    if (!canRun())
        return;
    Comparison opened(true);
    auto& page = opened.page;
    auto const isHere = [&](char const* study, int count) {
        return QTest::qWaitFor(
            [&] {
                return page.prior().arrived() == count && !page.prior().isLoading() &&
                       page.prior().study() != nullptr && page.prior().study()->identity.uid.value() == study;
            },
            30'000);
    };
    REQUIRE(isHere("2.25.7402", 6));
    auto const choose = [&](int place) {
        page.findChild<QToolButton*>("tool.prior")->menu()->actions().at(place)->trigger();
    };
    auto const shows = [&](char const* study) {
        bool found = false;
        for (Viewport const* viewport : page.grid().viewports())
            found = found || (viewport->entry() != nullptr && viewport->entry()->image->study.uid.value() == study);
        return found;
    };
    page.findChild<QAbstractButton*>("series.1.0.0")->click();
    REQUIRE(QTest::qWaitFor([&] { return opened.view(0).isLoaded(); }, 30'000));
    REQUIRE(opened.view(0).entry()->image->study.uid.value() == "2.25.7402");
    CHECK(opened.view(0).band().kind == ViewportBand::Kind::Prior);
    WHEN("it hangs in the case's own place")
    {
        choose(1);
        CHECK_FALSE(shows("2.25.7402"));
    }
    WHEN("three planes are made of it")
    {
        opened.press(Qt::Key_M);
        REQUIRE(QTest::qWaitFor([&] { return opened.view(2).showsPlane(); }, 30'000));
        CHECK(opened.view(2).band().kind == ViewportBand::Kind::Prior);
        choose(1);
        CHECK_FALSE(shows("2.25.7402"));
        opened.press(Qt::Key_M); // nothing of it comes back either
        CHECK_FALSE(shows("2.25.7402"));
    }
    REQUIRE(isHere("2.25.7403", 4));
}

SCENARIO("P pressed again gives back what was beside the case", "[client][prior]")
{
    if (!canRun())
        return;
    Comparison opened(true);
    auto& page = opened.page;
    REQUIRE(QTest::qWaitFor([&] { return page.prior().arrived() == 6 && !page.prior().isLoading(); }, 30'000));
    REQUIRE(page.images().arrived() == 16);
    page.grid().setLayoutKind(ViewportGrid::Layout::Two);
    page.grid().activate(&opened.view(1));
    page.findChild<QAbstractButton*>("series.0.1.0")->click();
    REQUIRE(opened.view(1).seriesUid() == "2.25.7401.2");
    REQUIRE(QTest::qWaitFor([&] { return opened.view(1).pixels() != nullptr; }, 30'000));
    opened.press(Qt::Key_End);
    opened.press(Qt::Key_I);
    opened.press(Qt::Key_P);
    REQUIRE(QTest::qWaitFor([&] { return opened.view(1).seriesUid() == "2.25.7402.1"; }, 30'000));
    opened.press(Qt::Key_P);
    CHECK(page.grid().layoutKind() == ViewportGrid::Layout::Two);
    CHECK(opened.view(1).seriesUid() == "2.25.7401.2");
    CHECK(opened.view(1).state().index == 3);
    CHECK(opened.view(1).state().inversion == Inversion::Inverted);
    CHECK(opened.view(1).band().kind == ViewportBand::Kind::None);
}

SCENARIO("a key image has the pixels of its own study only, and a picture that can't be shown is not read",
         "[client][prior]")
{
    if (!canRun())
        return;
    TemporaryFolder const folder;
    WrittenCase whole{"2.25.7411", "Bing^Er", "病^二", "P2"}, broken{"2.25.7412", "Bing^San", "病^三", "P3"};
    writeSlice(folder / "images", whole, 1);
    writeSlice(folder / "images", whole, 2);
    writeSlice(folder / "images", broken, 1, 'z', 100); // of 512 bytes
    RunningGateway gateway;
    REQUIRE(gateway.start());
    REQUIRE(gateway.send(folder / "images"));
    GatewayClient client;
    REQUIRE(signIn(client, gateway));
    std::map<std::string, model::ReadingTask> tasks;
    REQUIRE(QTest::qWaitFor(
        [&] {
            auto const list = wait<std::vector<model::ReadingTask>>([&](auto then) { client.tasks(&client, then); });
            for (auto const& task : list.value_or(std::vector<model::ReadingTask>()))
                if (task.state == model::TaskState::Ready || task.state == model::TaskState::Incomplete)
                    tasks[task.studyUid] = task;
            return tasks.size() == 2;
        },
        30'000));
    auto const claimed = [&](WrittenCase const& one) {
        return wait<model::ReadingTask>([&](auto then) { client.claim(&client, tasks[one.study].id, then); }).value();
    };
    auto const workplace = openWorkplace(client);
    ReadingPage page;
    page.resize(1366, 768);
    page.show();
    auto& desk = page.findChild<ReportPanel*>("report")->desk();
    {
        auto const task = claimed(whole);
        std::string const sop = "1.2.840.10008.5.1.4.1.1.2";
        DraftMarks marks;
        // Another study's image that has the same UID, and the case's own.
        marks.keyImages = {{"2.25.7499", whole.study + ".1", sop, whole.study + ".1.1", 0},
                           {whole.study, whole.study + ".1", sop, whole.study + ".1.1", 0}};
        REQUIRE(wait<SavedDraft>([&](auto then) { client.saveDraft(&client, task.id, {}, marks, 0, then); }));
        page.openTask(workplace, task, task, {});
        REQUIRE(QTest::qWaitFor([&] { return desk.keyImages().size() == 2 && !desk.keyImages()[1].picture.isNull(); },
                                30'000));
        CHECK(desk.keyImages()[0].picture.isNull());
        CHECK_FALSE(desk.keyImages()[1].caption.empty());
    }
    {
        auto const task = claimed(broken);
        page.openTask(workplace, task, task, {});
        REQUIRE(QTest::qWaitFor(
            [&] {
                return desk.isWritable() && !page.grid().active().isEmpty() && page.grid().active().isLoaded() &&
                       !page.images().isLoading();
            },
            30'000));
        CHECK(page.grid().active().pixels() == nullptr);
        desk.setText({"Clear.", "Normal.", ""});
        REQUIRE(wait<void>([&](auto then) { workplace->keys().create(&client, RunningGateway::pin, then); }));
        page.findChild<QPushButton*>("report.sign")->click();
        CHECK(page.findChild<QLabel*>("report.message")->text().contains("画面上没有这个检查的图像"));
        CHECK_FALSE(page.findChild<QLineEdit*>("report.pin")->isVisible());
    }
}

TEST_CASE("what the gateway knows of earlier studies may come twice: chosen is one of those that came last")
{
    auto const prior = [](char const* uid, char const* date) {
        PriorStudy study;
        study.studyUid = uid;
        study.studyDate = date;
        study.modality = "CT";
        return study;
    };
    PriorImages images;
    images.setPriors({}); // it was away
    CHECK(images.chosen() == nullptr);
    images.setPriors({prior("1", "20240101"), prior("2", "20250101")});
    REQUIRE(images.chosen() != nullptr);
    CHECK(images.chosen()->studyUid == "2");
    images.choose(0);
    CHECK(images.chosen()->studyUid == "1");
    images.choose(2); // there is none
    CHECK(images.chosen()->studyUid == "1");
    images.choose(1);
    images.setPriors({prior("3", "20230101")});
    REQUIRE(images.index() == 0);
    CHECK(images.chosen()->studyUid == "3");
    CHECK(images.order() == std::vector<std::size_t>{0});
}
