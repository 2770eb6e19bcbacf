#include "tests/interop/peers.h"

#include "common/base/file.h"
#include "common/dicom/character_set.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>

namespace qianli::test {

using namespace qianli::dicom;

namespace {

constexpr char ctImage[] = "1.2.840.10008.5.1.4.1.1.2";

void append(std::string& bytes, std::uint16_t group, std::uint16_t element, std::string const& vr, std::string value)
{
    if (value.size() % 2 != 0)
        value.push_back(vr == "UI" ? '\0' : ' ');
    auto const number = [&](std::size_t n, int size) {
        for (int i = 0; i < size; ++i)
            bytes.push_back(static_cast<char>(n >> (8 * i)));
    };
    number(group, 2);
    number(element, 2);
    bytes += vr;
    number(vr == "OW" ? 0 : value.size(), 2);
    if (vr == "OW")
        number(value.size(), 4);
    bytes += value;
}

class Collector final : public ObjectSink {
public:
    std::map<std::string, ServedGateway::Fetched> objects;

    std::uint16_t begin(Uid const&, Uid const& sopInstance, Uid const& transferSyntax) override
    {
        current_ = sopInstance.value();
        objects[current_] = {transferSyntax.value(), {}};
        return 0;
    }
    std::uint16_t append(std::span<std::uint8_t const> bytes) override
    {
        objects[current_].dataSet.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
        return 0;
    }
    std::uint16_t end() override { return 0; }

private:
    std::string current_;
};

std::string configurationText(std::filesystem::path const& data, std::uint16_t port,
                              std::map<std::string, std::uint16_t> const& destinations)
{
    std::string callers, names, peers;
    for (auto const* ae :
         {"PUZI_CT", "STORESCU", "DCMSEND", "FINDSCU", "MOVESCU", "GETSCU", "ECHOSCU", "ORTHANC", "GDCM", "DCMJS"})
        callers += fmt::format("{{ ae_title = \"{}\", address = \"127.0.0.1\" }}, ", ae);
    for (auto const& [ae, peerPort] : destinations) {
        names += fmt::format("\"{}\", ", ae);
        peers += fmt::format("\n[[peer]]\nae_title = \"{}\"\nhost = \"127.0.0.1\"\nport = {}\n", ae, peerPort);
    }
    return fmt::format("data = \"{}\"\n\n[dicom]\nae_title = \"QIANLI\"\nbind = \"127.0.0.1\"\nport = {}\ndisk_reserve "
                       "= \"1 MiB\"\n\n[http]\nport = 0\n\n"
                       "[[site]]\nid = \"puzi\"\nname = \"普子乡卫生院\"\ncallers = [ {} ]\n"
                       "allow = [ \"echo\", \"store\", \"find\", \"get\", \"move\" ]\ncharset = "
                       "\"GB18030\"\ndestinations = [ {} ]\n{}",
                       data.string(), port, callers, names, peers);
}

} // namespace

void writeSample(std::filesystem::path const& path, SampleFile const& sample)
{
    auto const transferSyntax = Uid::ofKnown(transfer::explicitLittle);
    auto bytes = encodeFileMeta({Uid::ofKnown(ctImage), Uid::ofKnown(sample.instance), transferSyntax, ""});
    append(bytes, 0x0008, 0x0005, "CS", sample.charset);
    append(bytes, 0x0008, 0x0016, "UI", ctImage);
    append(bytes, 0x0008, 0x0018, "UI", sample.instance);
    append(bytes, 0x0008, 0x0020, "DA", "20261122");
    append(bytes, 0x0008, 0x0030, "TM", "083000");
    append(bytes, 0x0008, 0x0050, "SH", "");
    append(bytes, 0x0008, 0x0060, "CS", "CT");
    append(bytes, 0x0008, 0x0090, "PN", "");
    append(bytes, 0x0010, 0x0010, "PN", *encodeText(sample.patientName, sample.charset));
    append(bytes, 0x0010, 0x0020, "LO", sample.patientId);
    append(bytes, 0x0010, 0x0030, "DA", "19600101");
    append(bytes, 0x0010, 0x0040, "CS", "M");
    append(bytes, 0x0020, 0x000D, "UI", sample.study);
    append(bytes, 0x0020, 0x000E, "UI", sample.series);
    append(bytes, 0x0020, 0x0010, "SH", "");
    append(bytes, 0x0020, 0x0011, "IS", "1");
    append(bytes, 0x0020, 0x0013, "IS", std::to_string(sample.number));
    auto const us = [](unsigned value) {
        return std::string{static_cast<char>(value & 0xFF), static_cast<char>(value >> 8)};
    };
    append(bytes, 0x0028, 0x0002, "US", us(1));
    append(bytes, 0x0028, 0x0004, "CS", "MONOCHROME2");
    append(bytes, 0x0028, 0x0010, "US", us(16));
    append(bytes, 0x0028, 0x0011, "US", us(16));
    append(bytes, 0x0028, 0x0100, "US", us(16));
    append(bytes, 0x0028, 0x0101, "US", us(16));
    append(bytes, 0x0028, 0x0102, "US", us(15));
    append(bytes, 0x0028, 0x0103, "US", us(0));
    std::string pixels(512, '\0');
    for (std::size_t i = 0; i < pixels.size(); ++i)
        pixels[i] = static_cast<char>(i * 31 + static_cast<std::size_t>(sample.number));
    append(bytes, 0x7FE0, 0x0010, "OW", pixels);
    std::ofstream(path, std::ios::binary) << bytes;
}

std::string dataSetOf(std::filesystem::path const& path)
{
    auto const layout = readPart10Layout(path);
    INFO(path << (layout ? std::string() : ": " + layout.error().message));
    REQUIRE(layout);
    auto const bytes = readFile(path, 64 << 20);
    REQUIRE(bytes);
    return bytes->substr(layout->dataSetOffset);
}

ServedGateway::ServedGateway(std::map<std::string, std::uint16_t> const& destinations) : port_(freePort())
{
    std::ofstream(folder_ / "gateway.toml") << configurationText(folder_ / "data", port_, destinations);
    std::vector<std::string> const command{(programFolder() / "qianli-gateway").string(), "serve", "--config",
                                           (folder_ / "gateway.toml").string()};
    program_ = std::make_unique<RunningProgram>(command, folder_ / "gateway.log");
    INFO(program_->log());
    REQUIRE(program_->waitForLog("ready"));
}

Destination ServedGateway::destination() const
{
    Destination destination;
    destination.host = "127.0.0.1";
    destination.port = port_;
    destination.calledAe = "QIANLI";
    destination.callingAe = "PUZI_CT";
    return destination;
}

std::map<std::string, ServedGateway::Fetched>
ServedGateway::fetch(std::string const& study,
                     std::set<std::pair<std::string, std::string>> const& classesAndSyntaxes) const
{
    std::vector<ProposedContext> contexts{{Uid::ofKnown(sop::studyRootGet), {Uid::ofKnown(transfer::explicitLittle)}}};
    for (auto const& [sopClass, transferSyntax] : classesAndSyntaxes)
        contexts.push_back({Uid::ofKnown(sopClass), {Uid::ofKnown(transferSyntax)}, true});
    auto client = DicomClient::connect(destination(), contexts);
    INFO((client ? std::string() : client.error().message));
    REQUIRE(client);
    Collector collector;
    auto const summary =
        (*client)->get(Uid::ofKnown(sop::studyRootGet), {{0x00080052, "STUDY"}, {0x0020000D, study}}, collector, {});
    REQUIRE(summary);
    INFO(summary->comment);
    CHECK(summary->status == 0);
    CHECK((*client)->release());
    return std::move(collector.objects);
}

std::map<std::string, ServedGateway::Fetched> ServedGateway::fetchCt(std::string const& study) const
{
    return fetch(study, {{ctImage, transfer::explicitLittle}});
}

bool ServedGateway::holds(std::filesystem::path const& path) const
{
    auto const layout = readPart10Layout(path);
    REQUIRE(layout);
    for (auto const& [instance, fetched] : fetchCt("2.25.900"))
        if (instance == layout->meta.sopInstanceUid.value())
            return fetched.dataSet == dataSetOf(path);
    return false;
}

ProgramResult runPeer(std::vector<std::string> const& command, std::map<std::string, std::string> const& environment)
{
    auto result = run(command, {}, std::chrono::seconds(60), environment);
    INFO(command.front() << " must be installed");
    REQUIRE(result.exitCode != 127);
    return result;
}

} // namespace qianli::test
