// The viewer's client against a real gateway: sign in, list, claim, draft, fetch, sign, issue; also when it goes away.
#include "common/base/file.h"
#include "tests/viewer_client/client_steps.h"

#include <set>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

SCENARIO("a wrong password and an absent gateway are told apart, in words", "[client]")
{
    if (!canRun())
        return;
    RunningGateway gateway;
    GatewayClient client;
    auto const away = signIn(client, gateway);
    REQUIRE_FALSE(away);
    CHECK(away.error().code == ErrorCode::Unavailable);
    REQUIRE(gateway.start());
    auto const wrong = signIn(client, gateway, "not the password");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == ErrorCode::Refused);
    CHECK_FALSE(wrong.error().message.empty());
    CHECK_FALSE(client.isSignedIn());
    auto const right = signIn(client, gateway);
    REQUIRE(right);
    CHECK(right->user.displayName == "王敏");
    CHECK(right->dicomPort != 0);
}

SCENARIO("a study is claimed, fetched, drafted, signed and issued; the gateway dies on the way", "[client]")
{
    auto const images = test::sharedData("ct/ge-head-64px-93");
    if (!canRun() || !images)
        return;
    RunningGateway gateway;
    REQUIRE(gateway.start());
    REQUIRE(gateway.send(*images));
    GatewayClient client;
    auto const session = signIn(client, gateway);
    REQUIRE(session);
    auto const ready = readyTask(client);
    REQUIRE(ready);
    auto const task = wait<model::ReadingTask>([&](auto then) { client.claim(&client, ready->id, then); });
    REQUIRE(task);
    CHECK(task->claimedBy == RunningGateway::user);

    // Images, each once, readable.
    test::TemporaryFolder const folder;
    auto const files = fetch(*session, task->studyUid, folder / "images");
    CHECK(files.size() == 93);
    auto const read = imagesRead(*task, files);
    std::set<std::string> seen;
    for (auto const& image : read.evidence)
        seen.insert(image.sopInstanceUid);
    CHECK(seen.size() == 93);

    // A draft: the revision guards it.
    auto const first = wait<SavedDraft>([&](auto then) {
        client.saveDraft(&client, task->id, {"所见", "", ""}, {}, 0, then);
    });
    REQUIRE(first);
    CHECK_FALSE(first->other);
    auto const stale = wait<SavedDraft>([&](auto then) {
        client.saveDraft(&client, task->id, {"别的", "", ""}, {}, 0, then);
    });
    REQUIRE(stale);
    REQUIRE(stale->other);
    CHECK(stale->other->text.findings == "所见");

    // The signing key is made here; another PIN does not open it.
    auto const workplace = openWorkplace(client);
    CHECK_FALSE(wait<void>([&](auto then) { workplace->keys().create(&client, "123", then); }));
    REQUIRE(wait<void>([&](auto then) { workplace->keys().create(&client, RunningGateway::pin, then); }));
    CHECK(workplace->keys().unlock("000000").error().code == ErrorCode::Refused);
    REQUIRE(workplace->keys().unlock(RunningGateway::pin));

    // Signing is refused while the images name somebody else.
    ReportDesk desk;
    bool loaded = false;
    QObject::connect(&desk, &ReportDesk::loaded, [&] { loaded = true; });
    auto const mine = wait<model::ReadingTask>([&](auto then) { client.claim(&client, ready->id, then); });
    REQUIRE(mine);
    desk.open(workplace, *mine);
    REQUIRE(QTest::qWaitFor([&] { return loaded; }, 10'000));
    desk.setText({"双侧大脑半球对称。", "未见明显异常。", "随诊。"});
    auto other = read;
    other.subject.patientName = "Somebody^Else";
    CHECK_FALSE(desk.prepare(other));
    auto empty = read;
    empty.evidence.clear();
    CHECK_FALSE(desk.prepare(empty));
    REQUIRE(desk.prepare(read));

    QString failure;
    bool sent = false, wrongPin = false;
    QObject::connect(&desk, &ReportDesk::signedAndSent, [&] { sent = true; });
    QObject::connect(&desk, &ReportDesk::signingFailed, [&](QString const& reason, bool wrong) {
        failure = reason;
        wrongPin = wrong;
    });
    desk.sign("000000", read);
    REQUIRE(QTest::qWaitFor([&] { return wrongPin; }, 30'000));
    CHECK(workplace->outbox().entries().empty());

    // The gateway is away when the report is signed: it waits on disk, in the open.
    gateway.kill();
    failure.clear();
    desk.sign(RunningGateway::pin, read);
    REQUIRE(QTest::qWaitFor([&] { return sent || !failure.isEmpty(); }, 60'000));
    INFO(failure.toStdString());
    REQUIRE(sent);
    CHECK(workplace->journal().tasks().empty());
    REQUIRE(QTest::qWaitFor(
        [&] {
            return workplace->outbox().entries().front().state == OutboxEntry::State::Waiting &&
                   workplace->outbox().entries().front().attempts > 0;
        },
        30'000));
    auto const entry = workplace->outbox().entries().front();
    CHECK_FALSE(entry.lastProblem.isEmpty());
    CHECK(workplace->outbox().holds(task->id));

    // Both programs start again; the same report goes out under the same UIDs.
    REQUIRE(gateway.start());
    GatewayClient secondClient;
    REQUIRE(signIn(secondClient, gateway));
    std::optional<model::ReadingTask> issued;
    QString refusal;
    ReportOutbox outbox(entry.folder.parent_path(), secondClient);
    REQUIRE(outbox.entries().size() == 1);
    CHECK(outbox.entries().front().srUid == entry.srUid);
    QObject::connect(&outbox, &ReportOutbox::issued, [&](model::ReadingTask const& done) { issued = done; });
    QObject::connect(&outbox, &ReportOutbox::refused, [&](model::TaskId, QString const& reason) { refusal = reason; });
    outbox.retryNow();
    REQUIRE(QTest::qWaitFor([&] { return issued || !refusal.isEmpty(); }, 60'000));
    INFO(refusal.toStdString());
    REQUIRE(issued);
    CHECK(issued->reportSrUid == entry.srUid);
    CHECK(issued->reportPdfUid == entry.pdfUid);
    CHECK(outbox.entries().empty());
    CHECK_FALSE(std::filesystem::exists(entry.folder));
}

SCENARIO("the list hears of changes by itself and finds its way back after a break", "[client]")
{
    auto const image = test::sharedData("xray/RG1_J2KI.dcm");
    if (!canRun() || !image)
        return;
    RunningGateway gateway;
    REQUIRE(gateway.start());
    GatewayClient client;
    REQUIRE(signIn(client, gateway));
    int online = 0, offline = 0;
    std::vector<model::ReadingTask> heard;
    QObject::connect(&client, &GatewayClient::onlineChanged, [&](bool now) { ++(now ? online : offline); });
    QObject::connect(&client, &GatewayClient::taskChanged,
                     [&](model::ReadingTask const& task) { heard.push_back(task); });
    client.listen();
    REQUIRE(QTest::qWaitFor([&] { return online == 1; }, 10'000));
    REQUIRE(gateway.send(*image));
    CHECK(QTest::qWaitFor([&] { return !heard.empty(); }, 20'000));
    gateway.kill();
    REQUIRE(QTest::qWaitFor([&] { return offline == 1; }, 10'000));
    REQUIRE(gateway.start());
    CHECK(QTest::qWaitFor([&] { return online == 2; }, 30'000));
}

SCENARIO("words typed while the gateway was away come back, and another's words are never overwritten unasked",
         "[client]")
{
    auto const image = test::sharedData("xray/RG1_J2KI.dcm");
    if (!canRun() || !image)
        return;
    RunningGateway gateway;
    REQUIRE(gateway.start());
    REQUIRE(gateway.send(*image));
    GatewayClient client;
    REQUIRE(signIn(client, gateway));
    auto const ready = readyTask(client);
    REQUIRE(ready);
    auto const task = wait<model::ReadingTask>([&](auto then) { client.claim(&client, ready->id, then); });
    REQUIRE(task);
    auto openDesk = [&](ReportDesk& desk, std::shared_ptr<Workplace> const& workplace, model::ReportText& text) {
        auto const loaded = std::make_shared<bool>(false); // the connection lives as long as the desk
        QObject::connect(&desk, &ReportDesk::loaded, &desk, [loaded, &text](model::ReportText const& shown) {
            *loaded = true;
            text = shown;
        });
        desk.open(workplace, *task);
        REQUIRE(QTest::qWaitFor([&] { return *loaded; }, 20'000));
    };
    model::ReportText text;
    {
        auto const workplace = openWorkplace(client);
        ReportDesk desk;
        openDesk(desk, workplace, text);
        gateway.kill();
        desk.setText({"断网时写的", "", ""});
        workplace->journal().flush();
    } // the viewer ends without another word to the gateway
    REQUIRE(gateway.start());
    {
        auto const workplace = openWorkplace(client);
        ReportDesk desk;
        openDesk(desk, workplace, text);
        CHECK(text.findings == "断网时写的");
        bool saved = false;
        QObject::connect(&desk, &ReportDesk::draftStateChanged,
                         [&](DraftState state, QString const&) { saved = saved || state == DraftState::Saved; });
        REQUIRE(QTest::qWaitFor([&] { return saved; }, 20'000));
        auto const stored = wait<Draft>([&](auto then) { client.draft(&client, task->id, then); });
        REQUIRE(stored);
        CHECK(stored->text.findings == "断网时写的");
        // Now the same person writes at another workstation, and here again without a word sent.
        REQUIRE(wait<SavedDraft>([&](auto then) {
            client.saveDraft(&client, task->id, {"另一台写的", "", ""}, {}, stored->revision, then);
        }));
        bool asked = false;
        QObject::connect(&desk, &ReportDesk::conflicted, [&] { asked = true; });
        desk.setText({"这一台写的", "", ""});
        REQUIRE(QTest::qWaitFor([&] { return asked; }, 20'000));
        auto const kept = wait<Draft>([&](auto then) { client.draft(&client, task->id, then); });
        REQUIRE(kept);
        CHECK(kept->text.findings == "另一台写的");
        desk.takeOther();
        CHECK(text.findings == "另一台写的");
    }
}
