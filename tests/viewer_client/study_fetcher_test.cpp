// A study over several associations from a real gateway: what is on the screen first, everything once, byte for byte,
// also when an association breaks.
#include "common/base/file.h"
#include "common/dicom/parsed_data_set.h"
#include "common/dicom/part10.h"
#include "tests/viewer_client/client_steps.h"

#include <QTcpServer>
#include <QTcpSocket>

#include <set>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {
// Between viewer and gateway: counts the associations, and breaks one after some bytes from the gateway.
class Line : public QObject {
public:
    explicit Line(std::uint16_t gateway)
    {
        QObject::connect(&server_, &QTcpServer::newConnection, this, [this, gateway] {
            auto* here = server_.nextPendingConnection();
            auto* there = new QTcpSocket(here);
            int const number = ++connections;
            there->connectToHost("127.0.0.1", gateway);
            QObject::connect(here, &QTcpSocket::readyRead, there, [here, there] { there->write(here->readAll()); });
            QObject::connect(there, &QTcpSocket::readyRead, here, [this, here, there, number] {
                QByteArray const bytes = there->readAll();
                passed_[number] += bytes.size();
                if (number == breaks && passed_[number] > afterBytes) {
                    here->abort();
                    there->abort();
                    broken = true;
                    return;
                }
                here->write(bytes);
            });
            QObject::connect(here, &QTcpSocket::disconnected, there, [there] { there->disconnectFromHost(); });
            QObject::connect(there, &QTcpSocket::disconnected, here, [here] { here->disconnectFromHost(); });
        });
        REQUIRE(server_.listen(QHostAddress::LocalHost));
    }
    std::uint16_t port() const { return server_.serverPort(); }
    int breaks = 0; // the connection that breaks; 1 is the one that asks what there is
    qint64 afterBytes = 0;
    int connections = 0;
    bool broken = false;

private:
    QTcpServer server_;
    std::map<int, qint64> passed_;
};

struct Fetched {
    std::vector<std::string> order; // SOP Instance UIDs as they arrived
    std::vector<std::filesystem::path> files;
    bool complete = false;
    std::string problem;
};

std::string sopInstanceOf(std::filesystem::path const& file)
{
    return dicom::readPart10Layout(file).value().meta.sopInstanceUid.value();
}

// `seen` is called at once, in the fetcher's thread.
Fetched fetchAll(Session const& session, std::string const& study, std::filesystem::path const& folder,
                 std::function<void(StudyFetcher&, std::size_t arrived)> const& seen = {})
{
    Fetched result;
    std::mutex mutex;
    bool done = false;
    StudyFetcher fetcher(session, {study}, folder);
    QObject receiver;
    QObject::connect(
        &fetcher, &StudyFetcher::fileArrived, &fetcher,
        [&](QString const& path) {
            std::size_t count = 0;
            {
                std::lock_guard const lock(mutex);
                result.files.emplace_back(path.toStdString());
                result.order.push_back(sopInstanceOf(path.toStdString()));
                count = result.order.size();
            }
            if (seen)
                seen(fetcher, count);
        },
        Qt::DirectConnection);
    QObject::connect(
        &fetcher, &StudyFetcher::finished, &receiver,
        [&](bool complete, Error const& error) {
            done = true;
            result.complete = complete;
            result.problem = error.message;
        },
        Qt::QueuedConnection);
    fetcher.start();
    CHECK(QTest::qWaitFor([&] { return done; }, 60'000));
    return result;
}

std::string dataSetOf(std::filesystem::path const& file)
{
    auto const offset = dicom::readPart10Layout(file).value().dataSetOffset;
    return readFile(file, 64 << 20).value().substr(offset);
}

struct Head {
    Head()
    {
        auto const images = sharedData("ct/ge-head-64px-93");
        if (!canRun() || !images)
            return;
        REQUIRE(gateway.start());
        REQUIRE(gateway.send(*images));
        session = signIn(client, gateway).value();
        auto const ready = readyTask(client);
        REQUIRE(ready);
        study = ready->studyUid;
        // What the gateway holds: a sender may have written the data set anew.
        REQUIRE(gateway.command({"study", "export", study, folder / "held"}).exitCode == 0);
        std::vector<std::pair<double, std::string>> places;
        for (auto const& entry : std::filesystem::recursive_directory_iterator(folder / "held")) {
            auto const image = loadImageAttributes(entry.path());
            if (!image)
                continue;
            series = (*image)->series.uid.value();
            originals[(*image)->sopInstanceUid.value()] = entry.path();
            places.emplace_back((*image)->frames.front().plane->position.z, (*image)->sopInstanceUid.value());
        }
        std::sort(places.begin(), places.end());
        for (auto const& [z, uid] : places)
            slices.push_back(uid);
        REQUIRE(slices.size() == 93);
    }
    // How far in the stack from a slice.
    std::size_t distance(std::string const& uid, std::size_t from) const
    {
        auto const at = static_cast<std::size_t>(std::find(slices.begin(), slices.end(), uid) - slices.begin());
        return at < from ? from - at : at - from;
    }
    void checkWhole(Fetched const& fetched) const
    {
        CHECK(fetched.problem.empty());
        CHECK(fetched.complete);
        CHECK(fetched.order.size() == slices.size());
        CHECK(std::set(fetched.order.begin(), fetched.order.end()).size() == slices.size());
        for (std::size_t index = 0; index < fetched.files.size(); ++index)
            if (dataSetOf(fetched.files[index]) != dataSetOf(originals.at(fetched.order[index])))
                FAIL_CHECK("other bytes: " << fetched.order[index]);
    }

    RunningGateway gateway;
    GatewayClient client;
    Session session;
    std::string study, series;
    std::vector<std::string> slices; // UIDs from the lowest to the highest
    std::map<std::string, std::filesystem::path> originals;
    TemporaryFolder folder;
};

// Three associations with at most eight images asked for in each: so far may one be before its turn.
constexpr std::size_t ahead = 3 * 8;
} // namespace

SCENARIO("a study comes over several associations, the middle slice first and then outwards", "[client][fetch]")
{
    Head head;
    if (head.slices.empty())
        return;
    Line line(head.session.dicomPort);
    head.session.dicomPort = line.port();
    auto const fetched = fetchAll(head.session, head.study, head.folder / "images");
    head.checkWhole(fetched);
    CHECK(line.connections == 4); // one asks what there is, three fetch
    auto const middle = head.slices.size() / 2;
    CHECK(head.distance(fetched.order.front(), middle) <= 1);
    for (std::size_t index = 0; index < fetched.order.size(); ++index)
        if (head.distance(fetched.order[index], middle) > (index + ahead) / 2 + 1)
            FAIL_CHECK("number " << index << " lies " << head.distance(fetched.order[index], middle) << " away");
}

SCENARIO("who scrolls to another place gets its neighbourhood next", "[client][fetch]")
{
    Head head;
    if (head.slices.empty())
        return;
    auto const fetched =
        fetchAll(head.session, head.study, head.folder / "images", [&](StudyFetcher& fetcher, std::size_t arrived) {
            if (arrived == 1)
                fetcher.look(head.series, head.slices.front());
        });
    head.checkWhole(fetched);
    // All but what was asked for already comes from the lower end upwards.
    std::vector<std::size_t> late;
    for (std::size_t slice = 0; slice < 12; ++slice) {
        auto const at = static_cast<std::size_t>(
            std::find(fetched.order.begin(), fetched.order.end(), head.slices[slice]) - fetched.order.begin());
        if (at > 12 + 2 * ahead)
            late.push_back(slice);
    }
    CHECK(late.empty());
    auto const last = std::find(fetched.order.begin(), fetched.order.end(), head.slices.back());
    CHECK(fetched.order.end() - last <= static_cast<std::ptrdiff_t>(ahead));
}

SCENARIO("an association that breaks in the middle is made anew for what is missing", "[client][fetch]")
{
    Head head;
    if (head.slices.empty())
        return;
    Line line(head.session.dicomPort);
    line.breaks = 3;
    line.afterBytes = 40'000;
    head.session.dicomPort = line.port();
    auto const fetched = fetchAll(head.session, head.study, head.folder / "images");
    CHECK(line.broken);
    CHECK(line.connections == 5);
    head.checkWhole(fetched);
    for (auto const& entry : std::filesystem::directory_iterator(head.folder / "images"))
        CHECK((entry.path().extension() == ".dcm" || entry.path().extension() == ".part"));
}

SCENARIO("a fetch is cancelled between objects, and one without a gateway says why it ends", "[client][fetch]")
{
    Head head;
    if (head.slices.empty())
        return;
    auto const cancelled =
        fetchAll(head.session, head.study, head.folder / "cancelled", [](StudyFetcher& fetcher, std::size_t arrived) {
            if (arrived == 3)
                fetcher.cancel();
        });
    CHECK_FALSE(cancelled.complete);
    CHECK(cancelled.problem.empty()); // nobody needs to be told
    CHECK(cancelled.order.size() < head.slices.size());
    // Killed while it sends: each thread tries again for a while, then the reason is said.
    auto const away = fetchAll(head.session, head.study, head.folder / "away", [&](StudyFetcher&, std::size_t arrived) {
        if (arrived == 2)
            head.gateway.kill();
    });
    CHECK_FALSE(away.complete);
    CHECK_FALSE(away.problem.empty());
    for (auto const& file : away.files)
        CHECK((dataSetOf(file) == dataSetOf(head.originals.at(sopInstanceOf(file))))); // unprinted
}
