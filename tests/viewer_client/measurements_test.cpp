// Measurements are kept with the draft: on another workstation, and after the gateway was away.
#include "tests/viewer_client/client_steps.h"

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {

// Another computer: another home.
class OtherWorkstation {
public:
    OtherWorkstation() : before_(qgetenv("XDG_DATA_HOME")) { qputenv("XDG_DATA_HOME", folder_.path().c_str()); }
    ~OtherWorkstation() { qputenv("XDG_DATA_HOME", before_); }

private:
    TemporaryFolder folder_;
    QByteArray before_;
};

void openDesk(ReportDesk& desk, std::shared_ptr<Workplace> const& workplace, model::ReadingTask const& task)
{
    bool loaded = false;
    auto const connection = QObject::connect(&desk, &ReportDesk::loaded, &desk, [&] { loaded = true; });
    desk.open(workplace, task);
    REQUIRE(QTest::qWaitFor([&] { return loaded; }, 20'000));
    QObject::disconnect(connection);
}

std::vector<Measurement> someMeasurements(std::string const& object)
{
    Measurement length;
    length.sopInstanceUid = object;
    length.points = {{100.25, 200.5}, {340, 220.75}};
    Measurement ratio;
    ratio.kind = MeasurementKind::CardiothoracicRatio;
    ratio.sopInstanceUid = object;
    ratio.points = {{900, 100}, {905, 1500}, {600, 900}, {1400, 950}, {200, 1000}, {1700, 1010}};
    return {length, ratio};
}

} // namespace

SCENARIO("E21: what was measured and marked comes back on another workstation, and after the gateway was away",
         "[client][E21]")
{
    auto const image = sharedData("xray/RG1_J2KI.dcm");
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
    auto const object = (*loadImageAttributes(*image))->sopInstanceUid.value();
    auto const drawn = someMeasurements(object);
    MarkedImage key;
    key.reference = {task->studyUid, "2.25.3", "1.2.840.10008.5.1.4.1.1.1", object, 0};
    {
        auto const workplace = openWorkplace(client);
        ReportDesk desk;
        openDesk(desk, workplace, *task);
        CHECK(desk.measurements().empty());
        bool saved = false;
        QObject::connect(&desk, &ReportDesk::draftStateChanged,
                         [&](DraftState state, QString const&) { saved = state == DraftState::Saved; });
        desk.setMeasurements(drawn);
        REQUIRE(desk.toggleKeyImage(key));
        REQUIRE(QTest::qWaitFor([&] { return saved; }, 20'000));
    }
    {
        OtherWorkstation const other;
        auto const workplace = openWorkplace(client);
        ReportDesk desk;
        openDesk(desk, workplace, *task);
        CHECK(desk.measurements() == drawn);
        REQUIRE(desk.keyImages().size() == 1);
        CHECK(desk.keyImages().front().reference.sopInstanceUid == object);
        // Here one of them goes, while the gateway is away.
        gateway.kill();
        desk.setMeasurements({drawn.front()});
        workplace->journal().flush();
        desk.close();
        REQUIRE(gateway.start());
        openDesk(desk, workplace, *task);
        CHECK(desk.measurements() == std::vector{drawn.front()});
        bool saved = false;
        QObject::connect(&desk, &ReportDesk::draftStateChanged,
                         [&](DraftState state, QString const&) { saved = state == DraftState::Saved; });
        REQUIRE(QTest::qWaitFor([&] { return saved; }, 20'000));
    }
    // The first workstation finds what the second one left, not what it remembers.
    auto const workplace = openWorkplace(client);
    ReportDesk desk;
    openDesk(desk, workplace, *task);
    CHECK(desk.measurements() == std::vector{drawn.front()});
    CHECK(desk.keyImages().size() == 1);
}
