// Orthanc in each role: it sends to us, asks us, has us send to it, and we ask and fetch from it. Debian's Orthanc
// (1.10) can't ask for a C-GET itself; getscu and dcmjs do that in this folder.
#include "common/dicom/sop_class.h"
#include "tests/interop/peers.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace qianli;
using namespace qianli::test;
using nlohmann::json;

namespace {

class Orthanc {
public:
    Orthanc(std::uint16_t dicomPort, std::uint16_t gatewayPort) : httpPort_(freePort())
    {
        json const configuration{{"Name", "interop"},
                                 {"StorageDirectory", (folder_ / "storage").string()},
                                 {"IndexDirectory", (folder_ / "index").string()},
                                 {"StorageCompression", false},
                                 {"Plugins", json::array()},
                                 {"HttpPort", httpPort_},
                                 {"DicomPort", dicomPort},
                                 {"DicomAet", "ORTHANC"},
                                 {"RemoteAccessAllowed", false},
                                 {"AuthenticationEnabled", false},
                                 {"DicomAlwaysAllowStore", true},
                                 {"DefaultEncoding", "Utf8"},
                                 {"StableAge", 1},
                                 {"DicomModalities",
                                  {{"qianli",
                                    {{"AET", "QIANLI"},
                                     {"Host", "127.0.0.1"},
                                     {"Port", gatewayPort},
                                     {"AllowGet", true},
                                     {"AllowFind", true}}},
                                   {"puzi",
                                    {{"AET", "PUZI_CT"},
                                     {"Host", "127.0.0.1"},
                                     {"Port", gatewayPort},
                                     {"AllowGet", true},
                                     {"AllowFind", true}}}}}};
        std::ofstream(folder_ / "orthanc.json") << configuration.dump(1);
        program_ = std::make_unique<RunningProgram>(
            std::vector<std::string>{"/usr/sbin/Orthanc", (folder_ / "orthanc.json").string()}, folder_ / "log");
        INFO(program_->log());
        REQUIRE(program_->waitForLog("Orthanc has started", std::chrono::seconds(40)));
    }

    std::string request(std::string const& path, std::vector<std::string> const& options = {}) const
    {
        std::vector<std::string> command{"curl", "-sS", "--noproxy",
                                         "*",    "-f",  "http://127.0.0.1:" + std::to_string(httpPort_) + path};
        command.insert(command.end(), options.begin(), options.end());
        auto const result = runPeer(command);
        INFO(path << ": " << result.errors << program_->log());
        REQUIRE(result.exitCode == 0);
        return result.output;
    }
    json post(std::string const& path, std::string const& body) const
    {
        return json::parse(request(path, {"--data-binary", body}));
    }
    json get(std::string const& path) const { return json::parse(request(path)); }

private:
    TemporaryFolder folder_;
    std::uint16_t httpPort_;
    std::unique_ptr<RunningProgram> program_;
};

} // namespace

TEST_CASE("Orthanc sends, finds and moves; we find, get from and store to it", "[interop]")
{
    auto const orthancPort = freePort();
    ServedGateway const gateway({{"ORTHANC", orthancPort}});
    Orthanc const orthanc(orthancPort, gateway.port());
    CHECK(orthanc.post("/modalities/qianli/echo", "{}") == json::object());

    // It sends to us.
    auto const file = gateway.folder() / "in.dcm";
    writeSample(file, {});
    auto const uploaded = orthanc.post("/instances", "@" + file.string());
    auto const id = uploaded.at("ID").get<std::string>();
    auto const sent = orthanc.post("/modalities/qianli/store", id);
    CHECK(sent.at("FailedInstancesCount") == 0);
    CHECK(gateway.holds(file));

    // It asks us, and has us send another one to it.
    auto const second = gateway.folder() / "second.dcm";
    writeSample(second, {.instance = "2.25.902.2", .patientName = "张昞", .charset = "ISO_IR 192", .number = 2});
    CHECK(runPeer({"dcmsend", "-aet", "DCMSEND", "-aec", "QIANLI", "127.0.0.1", gateway.portText(), second.string()})
              .exitCode == 0);
    auto const query = orthanc.post("/modalities/qianli/query",
                                    R"({"Level":"Study","Query":{"PatientName":"张*","StudyInstanceUID":""}})");
    auto const path = "/queries/" + query.at("ID").get<std::string>();
    CHECK(orthanc.get(path + "/answers") == json::array({"0"}));
    auto const content = orthanc.get(path + "/answers/0/content?simplify");
    CHECK(content.at("PatientName") == "张昞");
    CHECK(content.at("StudyInstanceUID") == "2.25.900");
    orthanc.post(path + "/answers/0/retrieve", "ORTHANC");
    auto const instances = orthanc.get("/instances");
    CHECK(instances.size() == 2);
    for (auto const& instance : instances) {
        auto const stored = gateway.folder() / "stored.dcm";
        orthanc.request("/instances/" + instance.get<std::string>() + "/file", {"-o", stored.string()});
        auto const bytes = dataSetOf(stored);
        CHECK((bytes == dataSetOf(file) || bytes == dataSetOf(second)));
    }

    // We ask it and fetch from it.
    auto destination = gateway.destination();
    destination.port = orthancPort;
    destination.calledAe = "ORTHANC";
    using namespace dicom;
    auto const explicitLittle = Uid::ofKnown(transfer::explicitLittle);
    auto client =
        DicomClient::connect(destination, {{Uid::ofKnown(sop::studyRootFind), {explicitLittle}},
                                           {Uid::ofKnown(sop::studyRootGet), {explicitLittle}},
                                           {Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2"), {explicitLittle}, true}});
    REQUIRE(client);
    auto const found = (*client)->find(Uid::ofKnown(sop::studyRootFind),
                                       {{0x00080052, "STUDY"}, {0x00100010, "张*"}, {0x0020000D, ""}}, 0);
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    CHECK(found->front().at(0x00100010) == "张昞");
    struct Counter final : ObjectSink {
        std::size_t objects = 0;
        std::string bytes;
        std::uint16_t begin(Uid const&, Uid const&, Uid const&) override { return bytes.clear(), 0; }
        std::uint16_t append(std::span<std::uint8_t const> part) override
        {
            bytes.append(reinterpret_cast<char const*>(part.data()), part.size());
            return 0;
        }
        std::uint16_t end() override { return ++objects, 0; }
    } sink;
    auto const got =
        (*client)->get(Uid::ofKnown(sop::studyRootGet), {{0x00080052, "STUDY"}, {0x0020000D, "2.25.900"}}, sink, {});
    REQUIRE(got);
    CHECK(got->status == 0);
    CHECK(sink.objects == 2);
    CHECK((sink.bytes == dataSetOf(file) || sink.bytes == dataSetOf(second)));
    CHECK((*client)->release());
}
