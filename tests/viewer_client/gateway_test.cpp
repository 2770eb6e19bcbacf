// The viewer's client against a real gateway: sign in, list, claim, draft, fetch, sign, issue; also when it goes away.
#include "common/base/file.h"
#include "tests/viewer_client/running_gateway.h"
#include "viewer/client/study_fetcher.h"
#include "viewer/model/image.h"
#include "viewer/ui/report_desk.h"

#include <catch2/catch.hpp>

#include <QTest>

#include <iostream>
#include <set>

using namespace qianli;
using namespace qianli::viewer;
using test::RunningGateway;

namespace {
// Runs a call of the client to its end.
template <typename T>
Result<T> wait(std::function<void(std::function<void(Result<T>)>)> const& call)
{
    std::optional<Result<T>> answer;
    call([&](Result<T> result) { answer.emplace(std::move(result)); });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, 30'000))
        return fail(ErrorCode::Unavailable, "the client never answered");
    return *std::move(answer);
}

Result<Session> signIn(GatewayClient& client, RunningGateway const& gateway,
                       char const* password = RunningGateway::password)
{
    return wait<Session>([&](auto then) {
        client.signIn(QUrl(QString::fromStdString(gateway.url())), RunningGateway::user, password, then);
    });
}

std::optional<model::ReadingTask> readyTask(GatewayClient& client)
{
    std::optional<model::ReadingTask> found;
    (void)QTest::qWaitFor(
        [&] {
            auto const tasks = wait<std::vector<model::ReadingTask>>([&](auto then) { client.tasks(&client, then); });
            for (auto const& task : tasks ? *tasks : std::vector<model::ReadingTask>())
                if (task.state == model::TaskState::Ready)
                    found = task;
            return found.has_value();
        },
        30'000);
    return found;
}

std::vector<std::filesystem::path> fetch(Session const& session, std::string const& study,
                                         std::filesystem::path const& folder)
{
    std::vector<std::filesystem::path> files;
    bool done = false;
    std::string problem;
    StudyFetcher fetcher(session, study, folder);
    QObject receiver;
    QObject::connect(
        &fetcher, &StudyFetcher::fileArrived, &receiver,
        [&](QString const& path) { files.emplace_back(path.toStdString()); }, Qt::QueuedConnection);
    QObject::connect(
        &fetcher, &StudyFetcher::finished, &receiver,
        [&](bool complete, Error const& error) {
            done = true;
            problem = complete ? "" : error.message;
        },
        Qt::QueuedConnection);
    fetcher.start();
    CHECK(QTest::qWaitFor([&] { return done; }, 30'000));
    CHECK(problem.empty());
    return files;
}

bool canRun()
{
    if (RunningGateway::isBuilt())
        return true;
    std::cout << "qianli-gateway is not built; the viewer's client is not tested against it\n";
    return false;
}
} // namespace

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
    ReportDesk::ImagesRead read;
    std::set<std::string> seen;
    for (auto const& file : files) {
        auto const image = loadImageAttributes(file);
        REQUIRE(image);
        seen.insert((*image)->sopInstanceUid.value());
        read.evidence.push_back({task->studyUid, (*image)->series.uid.value(), (*image)->sopClassUid.value(),
                                 (*image)->sopInstanceUid.value(), 0});
        read.subject.studyUid = (*image)->study.uid.value();
        read.subject.patientName = (*image)->patient.name;
        read.subject.patientId = (*image)->patient.id;
    }
    read.subject.site = task->site;
    CHECK(seen.size() == 93);

    // A draft: the revision guards it.
    auto const first = wait<SavedDraft>([&](auto then) {
        client.saveDraft(&client, task->id, {"所见", "", ""}, 0, then);
    });
    REQUIRE(first);
    CHECK_FALSE(first->other);
    auto const stale = wait<SavedDraft>([&](auto then) {
        client.saveDraft(&client, task->id, {"别的", "", ""}, 0, then);
    });
    REQUIRE(stale);
    REQUIRE(stale->other);
    CHECK(stale->other->text.findings == "所见");

    // The signing key is made here; another PIN does not open it.
    auto const opened = wait<std::shared_ptr<Workplace>>(
        [&](auto then) { Workplace::open(client, RunningGateway::password, &client, then); });
    REQUIRE(opened);
    auto const& workplace = *opened;
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
    auto openWorkplace = [&] {
        auto opened = wait<std::shared_ptr<Workplace>>(
            [&](auto then) { Workplace::open(client, RunningGateway::password, &client, then); });
        REQUIRE(opened);
        return *opened;
    };
    model::ReportText text;
    {
        auto const workplace = openWorkplace();
        ReportDesk desk;
        openDesk(desk, workplace, text);
        gateway.kill();
        desk.setText({"断网时写的", "", ""});
        workplace->journal().flush();
    } // the viewer ends without another word to the gateway
    REQUIRE(gateway.start());
    {
        auto const workplace = openWorkplace();
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
            client.saveDraft(&client, task->id, {"另一台写的", "", ""}, stored->revision, then);
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
