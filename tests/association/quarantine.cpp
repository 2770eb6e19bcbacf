// Unknown callers where the configuration sends them to quarantine: they may verify and store, and see nothing.
#include "gateway/ingest/quarantine.h"
#include "common/dicom/sop_class.h"
#include "tests/association/gateway_fixture.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::test;
using dicom::Uid;

namespace {

// The fixture's server again, with a quarantine beside it.
struct QuarantineFixture : GatewayFixture {
    QuarantineFixture() : GatewayFixture([](gateway::Configuration& changed) { changed.dicom.quarantine = true; })
    {
        gateway::QuarantineSettings settings;
        settings.folder = folder / "quarantine";
        settings.diskReserveBytes = 0;
        auto opened = gateway::Quarantine::open(settings, clock);
        REQUIRE(opened);
        quarantine = *std::move(opened);
        auto listening = gateway::DicomServer::start(configuration, *ingest, *index, *store, {}, quarantine.get());
        REQUIRE(listening);
        server = *std::move(listening);
    }
    ~QuarantineFixture() { server.reset(); }

    std::vector<gateway::QuarantinedObject> waiting() const
    {
        auto objects = gateway::Quarantine::read(folder / "quarantine");
        REQUIRE(objects);
        return *objects;
    }
    std::unique_ptr<gateway::Quarantine> quarantine;
};

} // namespace

SCENARIO("a device that nobody entered yet sends its first images", "[quarantine]")
{
    GIVEN("a gateway that keeps what unknown callers send")
    {
        QuarantineFixture gateway;
        WHEN("such a device verifies, stores and asks")
        {
            auto client = dicom::DicomClient::connect(gateway.as("STORESCU"), GatewayFixture::contexts());
            REQUIRE(client);
            CHECK((*client)->echo());
            CHECK_FALSE((*client)->accepts(Uid::ofKnown(dicom::sop::studyRootFind),
                                           Uid::ofKnown(dicom::transfer::implicitLittle)));
            CHECK_FALSE((*client)->accepts(Uid::ofKnown(dicom::sop::studyRootGet),
                                           Uid::ofKnown(dicom::transfer::implicitLittle)));
            CHECK((*client)->release());
            CHECK(gateway.send({}, "STORESCU") == 0);

            THEN("its images wait for a decision, and nobody sees them")
            {
                REQUIRE(gateway.waiting().size() == 1);
                CHECK(gateway.waiting()[0].callingAe == "STORESCU");
                CHECK(gateway.waiting()[0].calledAe == "QIANLI");
                CHECK(gateway.waiting()[0].address == "127.0.0.1");
                CHECK(gateway.waiting()[0].patientName == "张昞");
                CHECK(gateway.store->lastSequence() == 0);
                CHECK(gateway.find("STUDY", {{0x0020000D, ""}}).empty());
            }
        }
        WHEN("a device is known")
        {
            CHECK(gateway.send({}) == 0);
            THEN("its images go where they always went")
            {
                CHECK(gateway.waiting().empty());
                CHECK(gateway.store->lastSequence() == 1);
            }
        }
        WHEN("an object can't be filed")
        {
            SampleObject object;
            object.study = "";
            THEN("its sender is told as everybody is")
            {
                CHECK(gateway.send(object, "STORESCU") == 0xA900);
            }
        }
        WHEN("a caller wants to another machine")
        {
            auto destination = gateway.as("STORESCU");
            destination.calledAe = "OTHER_PACS";
            CHECK_FALSE(dicom::DicomClient::connect(destination, GatewayFixture::contexts()));
            THEN("it is turned away with the right reason")
            {
                REQUIRE_FALSE(gateway.server->refusals().empty());
                CHECK(gateway.server->refusals()[0].reason.find("called another AE title") != std::string::npos);
            }
        }
    }
}

TEST_CASE("AE titles as devices have them find their way into quarantine", "[quarantine]")
{
    QuarantineFixture gateway;
    struct Row {
        std::string sent, kept;
    };
    for (Row const& row : {Row{"DR", "DR"},
                           {"ANY-SCP", "ANY-SCP"},
                           {"store scu", "store scu"},
                           {"puzi_ct", "puzi_ct"},
                           {"\xC6\xD5\xD7\xD3\x44\x52", "\\xc6\\xd5\\xd7\\xd3DR"}}) {
        CAPTURE(row.kept);
        RawConnection peer(gateway.server->port());
        REQUIRE(peer.send(associateRequest(row.sent)));
        auto const answer = peer.receiveAll(std::chrono::milliseconds(300));
        REQUIRE_FALSE(answer.empty());
        CHECK(answer[0] == 2); // A-ASSOCIATE-AC
    }
    SampleObject object;
    CHECK(gateway.send(object, "store scu") == 0);
    REQUIRE(gateway.waiting().size() == 1);
    CHECK(gateway.waiting()[0].callingAe == "store scu");
}

TEST_CASE("without that configuration an unknown caller is rejected as before", "[quarantine]")
{
    GatewayFixture gateway;
    CHECK(gateway.send({}, "STORESCU") == 0xFFFF);
    REQUIRE_FALSE(gateway.server->refusals().empty());
}
