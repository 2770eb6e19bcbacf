// What an operator sees of devices: quarantine, versions, habits, refusals; the real program beside the real daemon and
// without it.
#include "common/base/file.h"
#include "common/dicom/network/dicom_client.h"
#include "common/dicom/part10.h"
#include "tests/support/gateway_program.h"
#include "tests/support/synthetic_object.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

using namespace qianli;
using namespace qianli::test;

namespace {

nlohmann::json parsed(ProgramResult const& result)
{
    INFO(result.output << result.errors);
    auto json = nlohmann::json::parse(result.output, nullptr, false);
    REQUIRE(!json.is_discarded());
    return json;
}

void keepUnknownCallers(GatewayProgram const& gateway)
{
    auto text = readFile(gateway.configuration(), 1 << 20).value();
    auto const place = text.find("[dicom]\n");
    REQUIRE(place != std::string::npos);
    text.insert(place + 8, "unknown_callers = \"quarantine\"\nquarantine_limit = \"1 GiB\"\n");
    std::ofstream(gateway.configuration()) << text;
}

void writeObject(std::filesystem::path const& file, SyntheticObject const& object)
{
    std::filesystem::create_directories(file.parent_path());
    auto const syntax = dicom::Uid::ofKnown(SyntheticObject::transferSyntax);
    auto const meta = dicom::encodeFileMeta(
        {dicom::Uid::ofKnown(object.sopClass()), dicom::Uid::ofKnown(object.sopInstance()), syntax, {}});
    auto const bytes = object.dataSet();
    std::ofstream out(file, std::ios::binary);
    out << meta << std::string(bytes.begin(), bytes.end());
}

std::string dataSetOf(std::filesystem::path const& file)
{
    auto const layout = dicom::readPart10Layout(file).value();
    return readFile(file, 100 << 20).value().substr(layout.dataSetOffset);
}

SyntheticObject slice(int number)
{
    return SyntheticObject("2.25.500", "2.25.500.1", "2.25.500.1." + std::to_string(number));
}

template <typename Condition>
bool eventually(Condition const& isSo)
{
    for (int i = 0; i < 100; ++i) {
        if (isSo())
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
}

} // namespace

SCENARIO("an operator decides about what an unknown caller sent", "[cli][quarantine]")
{
    GatewayProgram gateway;
    keepUnknownCallers(gateway);
    CHECK(gateway.command({"quarantine", "list"}).output.find("nothing is in quarantine") != std::string::npos);
    REQUIRE(gateway.start());
    for (int i = 0; i < 3; ++i)
        writeObject(gateway.folder() / "new" / (std::to_string(i) + ".dcm"), slice(i));
    REQUIRE(gateway.sendAs("NEW_DR", gateway.folder() / "new").exitCode == 0);

    auto const listed = parsed(gateway.command({"quarantine", "list", "--json"}));
    REQUIRE(listed.size() == 1);
    CHECK(listed[0]["callingAe"] == "NEW_DR");
    CHECK(listed[0]["objects"] == 3);
    CHECK(listed[0]["patientName"] == "Zhang^Bing=张^昞");
    CHECK(listed[0]["studyInstanceUid"] == "2.25.500");
    std::string const group = listed[0]["group"];
    auto const text = gateway.command({"quarantine", "list"}).output;
    CHECK(text.find("NEW_DR@127.0.0.1") != std::string::npos);
    CHECK(text.find(group) != std::string::npos);
    CHECK(text.find("P001") == std::string::npos); // no Patient IDs
    CHECK(parsed(gateway.command({"study", "list", "--json"})).empty());
    CHECK(gateway.command({"status"}).output.find("3 objects of unknown callers") != std::string::npos);

    CHECK(gateway.command({"quarantine", "release", group}).exitCode == 2);
    CHECK(gateway.command({"quarantine", "release", group, "--site", "atlantis"}).exitCode == 1);
    CHECK(gateway.command({"quarantine", "release", "nothing", "--site", "puzi"}).exitCode == 1);
    CHECK(gateway.command({"quarantine", "drop", group}).exitCode == 2);
    CHECK(gateway.command({"quarantine", "drop", group, "--reason", " "}).exitCode == 1);

    auto const running = GENERATE(true, false);
    CAPTURE(running);
    if (!running)
        CHECK(gateway.stop() == 0);
    WHEN("it is released")
    {
        auto const released = gateway.command({"quarantine", "release", group, "--site", "puzi", "--json"});
        CHECK(released.exitCode == 0);
        CHECK(parsed(released)["objects"] == 3);
        THEN("it is a study of that site")
        {
            CHECK(parsed(gateway.command({"quarantine", "list", "--json"})).empty());
            auto const studies = parsed(gateway.command({"study", "list", "--json"}));
            REQUIRE(studies.size() == 1);
            CHECK(studies[0]["site"] == "puzi");
            CHECK(studies[0]["instances"] == 3);
            auto const site = parsed(gateway.command({"site", "show", "puzi", "--json"}));
            REQUIRE(site["devices"].size() == 1);
            CHECK(site["devices"][0]["callingAe"] == "NEW_DR");
            CHECK(site["devices"][0]["objects"] == 3);
        }
    }
    WHEN("it is dropped")
    {
        CHECK(gateway.command({"quarantine", "drop", "all", "--reason", "a phantom"}).exitCode == 0);
        THEN("it is gone, and the reason is kept")
        {
            CHECK(parsed(gateway.command({"quarantine", "list", "--json"})).empty());
            CHECK(parsed(gateway.command({"study", "list", "--json"})).empty());
            auto const decisions =
                readFile(gateway.folder() / "data" / "quarantine" / "decisions.log", 1 << 20).value();
            CHECK(decisions.find("a phantom") != std::string::npos);
        }
    }
}

TEST_CASE("site show tells an operator what a site's devices do, study show which versions there are", "[cli]")
{
    GatewayProgram gateway;
    REQUIRE(gateway.start());
    for (int i = 0; i < 5; ++i)
        writeObject(gateway.folder() / "ct" / (std::to_string(i) + ".dcm"), slice(i).remove(0x00080060));
    auto const send = [&] { REQUIRE(gateway.sendAs("PUZI_CT", gateway.folder() / "ct").exitCode == 0); };
    send();
    send(); // the whole study again
    writeObject(gateway.folder() / "edited" / "0.dcm", slice(0).remove(0x00080060).pixels(512, 99));
    REQUIRE(gateway.sendAs("PUZI_CT", gateway.folder() / "edited").exitCode == 0);

    auto const device = [&] { return parsed(gateway.command({"site", "show", "puzi", "--json"}))["devices"].at(0); };
    CHECK(eventually([&] { return device()["repeats"] == 5; }));
    auto const before = device();
    CHECK(before["objects"] == 6);
    CHECK(before["versions"] == 1);
    CHECK(before["defects"]["required-missing"] == 6);
    auto const text = gateway.command({"site", "show", "puzi"}).output;
    for (auto const* word : {"普子乡卫生院", "PUZI_CT@127.0.0.1", "required attribute missing (6)"})
        CHECK(text.find(word) != std::string::npos);
    CHECK(gateway.command({"site", "show", "atlantis"}).exitCode == 1);

    auto const list = gateway.command({"study", "list"}).output;
    CHECK(list.find("2 versions") != std::string::npos);
    auto const study = parsed(gateway.command({"study", "show", "2.25.500", "--json"}));
    REQUIRE(study["versions"].size() == 1);
    REQUIRE(study["versions"][0]["versions"].size() == 2);
    auto const digest = [&](int version) {
        return study["versions"][0]["versions"][version]["xxh3"].get<std::string>();
    };
    CHECK(digest(0) != digest(1));
    auto const shown = gateway.command({"study", "show", "2.25.500"}).output;
    CHECK(shown.find(digest(0)) != std::string::npos);
    CHECK(shown.find(digest(1)) != std::string::npos);

    // A restart counts nothing anew and forgets nothing, a rebuilt index neither.
    CHECK(gateway.stop() == 0);
    std::filesystem::remove(gateway.folder() / "data" / "index.db");
    CHECK(gateway.command({"archive", "reindex"}).exitCode == 0);
    CHECK(device() == before);
}

TEST_CASE("status says who was turned away, why, and what to do", "[cli]")
{
    GatewayProgram gateway;
    REQUIRE(gateway.start());
    writeObject(gateway.folder() / "ct" / "1.dcm", slice(1));
    CHECK(gateway.sendAs("STORESCU", gateway.folder() / "ct").exitCode != 0);
    writeObject(gateway.folder() / "bad" / "1.dcm", slice(1).remove(0x0020000D));
    CHECK(gateway.sendAs("PUZI_CT", gateway.folder() / "bad").exitCode != 0);
    auto const status = gateway.command({"status"}).output;
    CHECK(status.find("association STORESCU@127.0.0.1") != std::string::npos);
    CHECK(status.find("add { ae_title = \"STORESCU\", address = \"127.0.0.1\" }") != std::string::npos);
    CHECK(status.find("object PUZI_CT@127.0.0.1") != std::string::npos);
    CHECK(status.find("Study Instance UID (0020,000D) is missing") != std::string::npos);
    CHECK(gateway.log().find("PUZI_CT (127.0.0.1): C-STORE of 2.25.500.1.1 answered A900H: Study Instance UID "
                             "(0020,000D) is missing") != std::string::npos);
}

TEST_CASE("an object whose header cannot be read is listed, marked, and exported as it came", "[cli]")
{
    GatewayProgram gateway;
    REQUIRE(gateway.start());
    std::vector<std::uint8_t> scrambled(3000);
    for (std::size_t i = 0; i < scrambled.size(); ++i)
        scrambled[i] = static_cast<std::uint8_t>(i * 197 + 31);
    {
        dicom::Destination destination;
        destination.host = "127.0.0.1";
        destination.port = static_cast<std::uint16_t>(std::stoi(gateway.dicomPort()));
        destination.calledAe = "QIANLI";
        destination.callingAe = "PUZI_CT";
        auto const ct = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2"), syntax = dicom::Uid::ofKnown("1.2.3.4.5.99");
        auto client = dicom::DicomClient::connect(destination, {{ct, {syntax}}});
        REQUIRE(client);
        dicom::OutgoingObject outgoing;
        outgoing.sopClass = ct;
        outgoing.sopInstance = dicom::Uid::ofKnown("2.25.6001");
        outgoing.transferSyntax = syntax;
        outgoing.bytes = scrambled;
        auto const answer = (*client)->store(outgoing);
        REQUIRE(answer);
        CHECK(answer->isSuccess());
        CHECK((*client)->release());
    }
    auto const studies = parsed(gateway.command({"study", "list", "--json"}));
    REQUIRE(studies.size() == 1);
    CHECK(studies[0]["defects"] == nlohmann::json::array({"header-unreadable"}));
    CHECK(gateway.command({"study", "list"}).output.find("header unreadable") != std::string::npos);
    std::string const uid = studies[0]["studyInstanceUid"];
    CHECK(gateway.command({"study", "export", uid, gateway.folder() / "out"}).exitCode == 0);
    auto const bytes = dataSetOf(gateway.folder() / "out" / "001-CT" / "000001.dcm");
    CHECK(bytes == std::string(scrambled.begin(), scrambled.end()));
}
