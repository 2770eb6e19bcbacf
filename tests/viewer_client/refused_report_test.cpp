// A report that the gateway refuses: the reason is said in the reader's language, its words stay, and they can be gone
// on with.
#include "common/base/file.h"
#include "tests/viewer_client/client_steps.h"
#include "viewer/ui/report_panel.h"

#include <cstdlib>
#include <filesystem>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {
model::ReportText const written{"右肺中叶见片状密度增高影。", "右肺中叶炎症。", "抗炎后复查。"};

// Signs, and gives what the outbox holds then.
std::optional<OutboxEntry> sign(Workplace& workplace, ReportDesk& desk, ReportDesk::ImagesRead const& read)
{
    QString failure;
    bool sent = false;
    QObject::connect(&desk, &ReportDesk::signedAndSent, &desk, [&] { sent = true; });
    QObject::connect(&desk, &ReportDesk::signingFailed, &desk, [&](QString const& why, bool) { failure = why; });
    desk.sign(RunningGateway::pin, read);
    REQUIRE(QTest::qWaitFor([&] { return sent || !failure.isEmpty(); }, 60'000));
    desk.disconnect(&desk);
    INFO(failure.toStdString());
    REQUIRE(sent);
    return workplace.outbox().entryOf(desk.task().id);
}

bool comesTo(ReportOutbox& outbox, model::TaskId task, OutboxEntry::State state)
{
    return QTest::qWaitFor(
        [&] {
            auto const entry = outbox.entryOf(task);
            return entry && entry->state == state;
        },
        30'000);
}

struct Case {
    Case()
    {
        auto const image = sharedData("xray/RG1_J2KI.dcm");
        if (!canRun() || !image)
            return;
        // Another scenario's draft of the same study, under the same person and address, is not this one's.
        std::filesystem::remove_all(std::getenv("XDG_DATA_HOME"));
        REQUIRE(gateway.start());
        REQUIRE(gateway.send(*image));
        REQUIRE(gateway
                    .command({"user", "add", "chenqiang", "--role", "radiologist", "--display-name", "陈强"},
                             std::string(RunningGateway::password) + "\n")
                    .exitCode == 0);
        session = signIn(client, gateway).value();
        auto const ready = readyTask(client);
        REQUIRE(ready);
        task = wait<model::ReadingTask>([&](auto then) { client.claim(&client, ready->id, then); }).value();
        read = imagesRead(task, fetch(session, task.studyUid, folder / "images"));
        workplace = openWorkplace(client);
        REQUIRE(wait<void>([&](auto then) { workplace->keys().create(&client, RunningGateway::pin, then); }));
        canGo = true;
    }
    // Written and signed while the gateway is away: it waits in the outbox.
    OutboxEntry signWhileAway()
    {
        ReportDesk desk;
        bool loaded = false;
        QObject::connect(&desk, &ReportDesk::loaded, &desk, [&] { loaded = true; });
        desk.open(workplace, task);
        REQUIRE(QTest::qWaitFor([&] { return loaded; }, 10'000));
        desk.setText(written);
        gateway.kill();
        auto const entry = sign(*workplace, desk, read);
        REQUIRE(entry);
        REQUIRE(comesTo(workplace->outbox(), task.id, OutboxEntry::State::Waiting));
        CHECK(workplace->journal().tasks().empty());
        return *entry;
    }

    bool canGo = false;
    RunningGateway gateway;
    GatewayClient client;
    Session session;
    model::ReadingTask task;
    TemporaryFolder folder;
    ReportDesk::ImagesRead read;
    std::shared_ptr<Workplace> workplace;
};
} // namespace

SCENARIO("a report that the gateway refuses goes back to the one who wrote it, with every word", "[client][refused]")
{
    Case test;
    if (!test.canGo)
        return;
    auto const& task = test.task;
    auto const entry = test.signWhileAway();
    // Meanwhile the task was taken from its writer, and another holds it.
    REQUIRE(test.gateway.start());
    REQUIRE(
        test.gateway.command({"reading", "release", std::to_string(task.id), "--reason", "not reachable"}).exitCode ==
        0);
    GatewayClient other;
    REQUIRE(signIn(other, test.gateway, RunningGateway::password, "chenqiang"));
    REQUIRE(wait<model::ReadingTask>([&](auto then) { other.claim(&other, task.id, then); }));
    auto const session = signIn(test.client, test.gateway);
    REQUIRE(session);
    auto& outbox = test.workplace->outbox();
    outbox.retryNow();
    REQUIRE(comesTo(outbox, task.id, OutboxEntry::State::Refused));
    CHECK(outbox.entryOf(task.id)->lastProblem == "这个检查在陈强手上");
    // The gateway has the signed pair; to whoever reads the case it is not a page of it.
    CHECK(fetch(*session, task.studyUid, test.folder / "seen").size() == 1);
    CHECK_FALSE(outbox.discard(task.id + 1));

    // It is a refused one after a restart, too, and is not sent again unasked.
    {
        ReportOutbox restarted(entry.folder.parent_path(), test.client);
        restarted.retryNow();
        auto const kept = restarted.entryOf(task.id);
        REQUIRE(kept);
        CHECK(kept->state == OutboxEntry::State::Refused);
        CHECK(kept->draft.text == written);
        CHECK(kept->lastProblem == "这个检查在陈强手上");
    }

    ReportPanel panel;
    panel.resize(380, 760);
    panel.setImages([&] { return test.read; }, [] { return QString(); });
    panel.show();
    panel.open(test.workplace, task);
    auto* findings = panel.findChild<QPlainTextEdit*>("report.findings");
    auto* reopen = panel.findChild<QPushButton*>("report.reopen");
    auto* message = panel.findChild<QLabel*>("report.message");
    REQUIRE(QTest::qWaitFor([&] { return findings->toPlainText().toStdString() == written.findings; }, 10'000));
    CHECK(findings->isReadOnly());
    CHECK(reopen->isVisible());
    CHECK(message->text().contains("这个检查在陈强手上"));
    CHECK_FALSE(panel.findChild<QPushButton*>("report.discard")->isVisible());
    if (char const* pictures = std::getenv("QIANLI_PICTURES"))
        panel.grab().save(QString(pictures) + "/refused-report.png");

    // While the other holds it there is no way back, and nothing is lost.
    message->clear();
    QTest::mouseClick(reopen, Qt::LeftButton);
    REQUIRE(QTest::qWaitFor([&] { return message->text().contains("没有丢"); }, 10'000));
    CHECK(outbox.entryOf(task.id)->draft.text == written);
    CHECK(std::filesystem::exists(entry.folder / "sr.dcm"));

    // The other gives it back: the words become a draft, the signed pair goes.
    REQUIRE(wait<model::ReadingTask>([&](auto then) { other.release(&other, task.id, then); }));
    QTest::mouseClick(reopen, Qt::LeftButton);
    REQUIRE(QTest::qWaitFor([&] { return panel.desk().isWritable() && !findings->isReadOnly(); }, 10'000));
    REQUIRE(QTest::qWaitFor([&] { return findings->toPlainText().toStdString() == written.findings; }, 10'000));
    CHECK_FALSE(reopen->isVisible());
    CHECK(outbox.entries().empty());
    CHECK_FALSE(std::filesystem::exists(entry.folder));
    auto const journalled = test.workplace->journal().recover(task.id);
    REQUIRE(journalled);
    CHECK(journalled->text == written);

    // It is another report now: under the old UIDs the gateway knows other content.
    auto const again = sign(*test.workplace, panel.desk(), test.read);
    if (again)
        CHECK(again->srUid != entry.srUid);
    std::optional<model::ReadingTask> issued;
    REQUIRE(QTest::qWaitFor(
        [&] {
            auto const tasks =
                wait<std::vector<model::ReadingTask>>([&](auto then) { test.client.tasks(&test.client, then); });
            for (auto const& one : tasks ? *tasks : std::vector<model::ReadingTask>())
                if (!one.reportSrUid.empty())
                    issued = one;
            return issued.has_value();
        },
        30'000));
    CHECK(issued->reportSrUid != entry.srUid);
    panel.close();
}

SCENARIO("an object that the gateway will never take is given back, not repeated for ever", "[client][refused]")
{
    Case test;
    if (!test.canGo)
        return;
    auto const entry = test.signWhileAway();
    // Another gateway: it has no such study for the report to join.
    RunningGateway empty;
    REQUIRE(empty.start());
    GatewayClient client;
    REQUIRE(signIn(client, empty));
    ReportOutbox outbox(entry.folder.parent_path(), client);
    outbox.retryNow();
    REQUIRE(comesTo(outbox, test.task.id, OutboxEntry::State::Refused));
    auto const refused = outbox.entryOf(test.task.id);
    CHECK(refused->lastProblem.contains("网关没有收下报告"));
    CHECK(refused->draft.text == written);
    // The person may send it again; it is under way then, also for a viewer that is killed now.
    outbox.retry(test.task.id);
    CHECK(outbox.entryOf(test.task.id)->state == OutboxEntry::State::Sending);
    CHECK_FALSE(outbox.discard(test.task.id));
    CHECK(ReportOutbox(entry.folder.parent_path(), client).entryOf(test.task.id)->state == OutboxEntry::State::Waiting);
    REQUIRE(comesTo(outbox, test.task.id, OutboxEntry::State::Refused));
    REQUIRE(outbox.discard(test.task.id));
    CHECK_FALSE(std::filesystem::exists(entry.folder));
}

SCENARIO("when the disk refuses the draft, the signed pair stays", "[client][refused]")
{
    Case test;
    if (!test.canGo)
        return;
    auto const entry = test.signWhileAway();
    REQUIRE(test.gateway.start());
    REQUIRE(test.gateway.command({"reading", "release", std::to_string(test.task.id), "--reason", "x"}).exitCode == 0);
    GatewayClient other;
    REQUIRE(signIn(other, test.gateway, RunningGateway::password, "chenqiang"));
    REQUIRE(wait<model::ReadingTask>([&](auto then) { other.claim(&other, test.task.id, then); }));
    REQUIRE(signIn(test.client, test.gateway));
    auto& outbox = test.workplace->outbox();
    outbox.retryNow();
    REQUIRE(comesTo(outbox, test.task.id, OutboxEntry::State::Refused));
    REQUIRE(wait<model::ReadingTask>([&](auto then) { other.release(&other, test.task.id, then); }));
    // A folder where the journal's file belongs.
    auto const journal =
        entry.folder.parent_path().parent_path() / "drafts" / (std::to_string(test.task.id) + ".journal");
    std::filesystem::create_directories(journal / "in-the-way");
    auto const reopened =
        wait<model::ReadingTask>([&](auto then) { test.workplace->reopen(test.task, &test.client, then); });
    CHECK_FALSE(reopened);
    CHECK(outbox.entryOf(test.task.id)->draft.text == written);
    CHECK(std::filesystem::exists(entry.folder / "sr.dcm"));
    std::filesystem::remove_all(journal);
}
