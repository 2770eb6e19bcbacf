// Devices' habits (domain.md 4.5) over real associations: each row of the table that is the gateway's, as a device
// would do it.
#include "common/base/text.h"
#include "common/dicom/sop_class.h"
#include "tests/association/gateway_fixture.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

using namespace qianli;
using namespace qianli::test;
using namespace std::string_literals;
using dicom::Uid;

namespace {

// A CT slice with what every IOD wants, as raw bytes in explicit VR little endian; what is set to nullopt is left out.
class Slice {
public:
    Slice()
    {
        set(0x00080016, "UI", ctImage);
        set(0x00080018, "UI", "2.25.102");
        set(0x00080020, "DA", "20261126");
        set(0x00080030, "TM", "083000");
        set(0x00080050, "SH", "");
        set(0x00080060, "CS", "CT");
        set(0x00080070, "LO", "ACME");
        set(0x00080090, "PN", "");
        set(0x00081010, "SH", "CT-ROOM");
        set(0x00100010, "PN", "Zhang^San");
        set(0x00100020, "LO", "000123");
        set(0x00100030, "DA", "");
        set(0x00100040, "CS", "M");
        set(0x0020000D, "UI", "2.25.100");
        set(0x0020000E, "UI", "2.25.101");
        set(0x00200010, "SH", "");
        set(0x00200011, "IS", "1");
        set(0x00200013, "IS", "1");
        for (auto const& [tag, value] : {std::pair(0x00280002, 1),
                                         {0x00280010, 4},
                                         {0x00280011, 4},
                                         {0x00280100, 16},
                                         {0x00280101, 12},
                                         {0x00280102, 11},
                                         {0x00280103, 0}})
            set(static_cast<std::uint32_t>(tag), "US", std::string{static_cast<char>(value), '\0'});
        set(0x00280004, "CS", "MONOCHROME2");
        set(0x7FE00010, "OW", std::string(32, '\1'));
    }
    Slice& set(std::uint32_t tag, std::string vr, std::string value)
    {
        if (value.size() % 2 != 0)
            value += vr == "UI" ? '\0' : ' ';
        return setRaw(tag, std::move(vr), std::move(value));
    }
    Slice& setRaw(std::uint32_t tag, std::string vr, std::string value)
    {
        elements_[tag] = {std::move(vr), std::move(value)};
        return *this;
    }
    Slice& remove(std::uint32_t tag)
    {
        elements_.erase(tag);
        return *this;
    }
    std::vector<std::uint8_t> bytes() const
    {
        std::string out;
        auto const number = [&](std::size_t value, int size) {
            for (int i = 0; i < size; ++i)
                out += static_cast<char>(value >> (8 * i));
        };
        for (auto const& [tag, element] : elements_) {
            auto const& [vr, value] = element;
            number(tag >> 16, 2);
            number(tag & 0xFFFF, 2);
            out += vr;
            if (vr == "OW" || vr == "UN") {
                number(0, 2);
                number(value.size(), 4);
            } else {
                number(value.size(), 2);
            }
            out += value;
        }
        return {out.begin(), out.end()};
    }

private:
    std::map<std::uint32_t, std::pair<std::string, std::string>> elements_;
};

struct Sent {
    std::vector<std::uint8_t> bytes;
    std::string sopClass = ctImage, instance = "2.25.102", transferSyntax = dicom::transfer::explicitLittle;
};

dicom::StoreAnswer send(GatewayFixture const& gateway, Sent const& sent, std::string const& callingAe = "PUZI_CT")
{
    auto client = dicom::DicomClient::connect(gateway.as(callingAe),
                                              {{Uid::ofKnown(sent.sopClass), {Uid::ofKnown(sent.transferSyntax)}}});
    INFO((client ? std::string() : client.error().message));
    REQUIRE(client);
    dicom::OutgoingObject outgoing;
    outgoing.sopClass = Uid::ofKnown(sent.sopClass);
    outgoing.sopInstance = Uid::ofKnown(sent.instance);
    outgoing.transferSyntax = Uid::ofKnown(sent.transferSyntax);
    outgoing.bytes = sent.bytes;
    auto answer = (*client)->store(outgoing);
    INFO((answer ? std::string() : answer.error().message));
    REQUIRE(answer);
    CHECK((*client)->release());
    return *answer;
}

std::vector<gateway::StudyRecord> studies(GatewayFixture const& gateway)
{
    auto found = gateway.index->studiesChangedSince(0, 0);
    REQUIRE(found);
    return *found;
}

std::string defectsOf(gateway::StudyRecord const& study)
{
    std::string words;
    for (auto const& kind : dicom::defectKinds())
        if ((study.defects & kind.bit) != 0)
            words += std::string(kind.code) + ' ';
    return words;
}

// The object's bytes as a C-GET brings them.
std::vector<std::uint8_t> fetched(GatewayFixture const& gateway, std::string const& study, std::string const& syntax)
{
    auto client = dicom::DicomClient::connect(gateway.as("PUZI_CT"), GatewayFixture::getContexts({syntax}));
    REQUIRE(client);
    CollectingSink sink;
    auto const summary =
        (*client)->get(Uid::ofKnown(dicom::sop::studyRootGet), {{0x00080052, "STUDY"}, {0x0020000D, study}}, sink, {});
    REQUIRE(summary);
    CHECK(summary->status == 0);
    CHECK((*client)->release());
    REQUIRE(sink.objects.size() == 1);
    return sink.objects.front().bytes;
}

class CountingListener final : public gateway::StudyEvents {
public:
    void onCommitted(gateway::StudyEvent const&) override {}
    void onRepeated(gateway::RepeatEvent const& event) override
    {
        if (event.site.value == "puzi" && event.callingAe == "PUZI_CT" && event.address == "127.0.0.1")
            repeats += event.objects;
    }
    std::atomic<std::uint64_t> repeats = 0;
};

} // namespace

SCENARIO("a modality sends the whole day again after its time-out", "[devices]")
{
    GIVEN("a gateway that has a series of 20 slices")
    {
        GatewayFixture gateway;
        CountingListener listener;
        gateway.ingest->addListener(listener);
        SampleObject slice;
        auto const sendAll = [&] {
            for (int i = 0; i < 20; ++i) {
                slice.number = i;
                slice.instance = "2.25.102." + std::to_string(i);
                REQUIRE(gateway.send(slice) == 0);
            }
        };
        sendAll();
        auto const before = gateway.store->lastSequence();
        CHECK(before == 20);
        CHECK(listener.repeats == 0);

        WHEN("they all come again")
        {
            sendAll();
            THEN("each is answered with success, nothing is new, and the device's repeats are counted")
            {
                CHECK(gateway.store->lastSequence() == before);
                REQUIRE(studies(gateway).size() == 1);
                CHECK(studies(gateway)[0].instances == 20);
                CHECK_FALSE(studies(gateway)[0].versionConflict);
                CHECK(listener.repeats == 20);
            }
        }
    }
}

SCENARIO("a device sends other pixels under a SOP Instance UID that it used before", "[devices]")
{
    GatewayFixture gateway;
    REQUIRE(send(gateway, {Slice().bytes()}).isSuccess());
    auto const edited = Slice().set(0x7FE00010, "OW", std::string(32, '\2')).bytes();
    REQUIRE(send(gateway, {edited}).isSuccess());

    auto const versions = gateway.index->findBySopInstance({"puzi"}, Uid::ofKnown("2.25.102"));
    REQUIRE(versions);
    REQUIRE(versions->size() == 2);
    CHECK((*versions)[0].digest != (*versions)[1].digest);
    CHECK(gateway.store->verify((*versions)[0]));
    CHECK(gateway.store->verify((*versions)[1]));
    REQUIRE(studies(gateway).size() == 1);
    CHECK(studies(gateway)[0].versionConflict);
    CHECK(studies(gateway)[0].instances == 1);
    CHECK(fetched(gateway, "2.25.100", dicom::transfer::explicitLittle) == edited); // the newest is shown
    auto const devices = gateway.index->devices({"puzi"});
    REQUIRE(devices);
    REQUIRE(devices->size() == 1);
    CHECK((*devices)[0].versions == 1);
    CHECK((*devices)[0].objects == 2);
}

TEST_CASE("an object without a UID that it is filed by is refused, and the answer names the attribute", "[devices]")
{
    struct Row {
        std::uint32_t tag;
        char const* comment;
    };
    auto const row = GENERATE(values<Row>({
        {0x0020000D, "Study Instance UID (0020,000D) is missing"},
        {0x0020000E, "Series Instance UID (0020,000E) is missing"},
        {0x00080018, "SOP Instance UID (0008,0018) is missing"},
        {0x00080016, "SOP Class UID (0008,0016) is missing"},
    }));
    GatewayFixture gateway;
    CAPTURE(row.comment);
    auto const answer = send(gateway, {Slice().remove(row.tag).bytes()});
    CHECK(answer.status == 0xA900);
    CHECK(answer.comment == row.comment);
    CHECK(answer.offending == std::vector<dicom::Tag>{{static_cast<std::uint16_t>(row.tag >> 16),
                                                       static_cast<std::uint16_t>(row.tag & 0xFFFF)}});
    auto const empty = send(gateway, {Slice().set(row.tag, "UI", "").bytes()});
    CHECK(empty.status == 0xA900);
    CHECK(empty.offending == answer.offending);
    CHECK(gateway.store->lastSequence() == 0);
    // Who looks into `status` finds the device, the reason and what to do.
    auto const refusals = gateway.server->refusals();
    REQUIRE_FALSE(refusals.empty());
    CHECK(refusals[0].caller == "site puzi");
    CHECK(refusals[0].callingAe == "PUZI_CT");
    CHECK(refusals[0].address == "127.0.0.1");
    CHECK(refusals[0].count == 2);
    CHECK_FALSE(refusals[0].advice.empty());
}

TEST_CASE("a broken data set in a standard transfer syntax is refused, with words that fit into an Error Comment",
          "[devices]")
{
    GatewayFixture gateway;
    auto bytes = Slice().bytes();
    bytes.resize(bytes.size() - 10);
    auto const answer = send(gateway, {bytes});
    CHECK(answer.status == 0xC000);
    CHECK(answer.offending == std::vector<dicom::Tag>{{0x7FE0, 0x0010}});
    CHECK(answer.comment.size() <= 64);

    auto const other = send(gateway, {Slice().bytes(), ctImage, "2.25.7777777777777777777777777777777777"});
    CHECK(other.status == 0xA900);
    CHECK(other.comment.starts_with("SOP Instance UID (0008,0018) is not that of the request"));
    CHECK(other.comment.size() <= 64);
    CHECK(gateway.store->lastSequence() == 0);
}

TEST_CASE("UIDs as devices write them are kept, flagged, and never a part of a path", "[devices]")
{
    struct Row {
        char const* what;
        std::string uid, defects;
    };
    auto const row = GENERATE(values<Row>({
        {"65 bytes", "1.2." + std::string(61, '3'), "uid-too-long "},
        {"128 bytes", "1.2." + std::string(124, '3'), "uid-too-long "},
        {"a leading zero", "1.2.0840.113", "uid-leading-zero "},
        {"letters", "1.2.DR.1x", "uid-characters "},
        {"a way out of the folder", "../../../etc/x", "uid-leading-zero uid-characters "},
    }));
    CAPTURE(row.what);
    GatewayFixture gateway;
    auto const bytes = Slice()
                           .set(0x0020000D, "UI", row.uid)
                           .set(0x0020000E, "UI", row.uid + "")
                           .set(0x00080018, "UI", row.uid)
                           .bytes();
    REQUIRE(send(gateway, {bytes, ctImage, row.uid}).isSuccess());
    REQUIRE(studies(gateway).size() == 1);
    CHECK(studies(gateway)[0].header.studyUid.value() == row.uid);
    CHECK(defectsOf(studies(gateway)[0]) == row.defects);
    CHECK(fetched(gateway, row.uid, dicom::transfer::explicitLittle) == bytes);
    for (auto const& entry : std::filesystem::recursive_directory_iterator(gateway.folder.path()))
        CHECK(entry.path().string().find(row.uid) == std::string::npos);
}

TEST_CASE("a UID longer than 128 bytes is refused by name", "[devices]")
{
    GatewayFixture gateway;
    auto const answer = send(gateway, {Slice().set(0x0020000D, "UI", "1." + std::string(127, '3')).bytes()});
    CHECK(answer.status == 0xA900);
    CHECK(answer.comment.find("Study Instance UID (0020,000D)") != std::string::npos);
}

TEST_CASE("padding of a UID is no difference between command and data set", "[devices]")
{
    GatewayFixture gateway;
    auto const spaced = Slice().setRaw(0x00080018, "UI", "2.25.102 ").setRaw(0x0020000D, "UI", "2.25.100  ").bytes();
    REQUIRE(send(gateway, {spaced, ctImage, "2.25.102"}).isSuccess());
    REQUIRE(send(gateway, {spaced, ctImage, "2.25.102 "}).isSuccess());
    REQUIRE(send(gateway, {spaced, ctImage, "2.25.102\0\0"s}).isSuccess());
    REQUIRE(studies(gateway).size() == 1);
    CHECK(studies(gateway)[0].header.studyUid.value() == "2.25.100");
    CHECK(studies(gateway)[0].instances == 1);
    CHECK(gateway.store->lastSequence() == 1);
    CHECK(defectsOf(studies(gateway)[0]).find("uid-padding") != std::string::npos);
}

TEST_CASE("what is written against the standard is kept byte for byte and counted for its device", "[devices]")
{
    struct Row {
        char const* what;
        std::function<void(Slice&)> change;
        std::string defects;
    };
    auto const row = GENERATE(values<Row>({
        {"nothing wrong", [](Slice&) {}, ""},
        {"odd lengths", [](Slice& s) { s.setRaw(0x00100010, "PN", "Zhang^San"); }, "odd-length "},
        {"no modality", [](Slice& s) { s.remove(0x00080060); }, "required-missing "},
        {"no rows", [](Slice& s) { s.remove(0x00280010); }, "required-missing "},
        {"no Patient ID at all", [](Slice& s) { s.remove(0x00100020); }, "type2-missing "},
        {"a wrong group length", [](Slice& s) { s.set(0x00100000, "UL", "\5\0\0\0"s); }, "group-length "},
        {"values too long for their VR", [](Slice& s) { s.set(0x00080050, "SH", std::string(40, '7')); },
         "value-too-long "},
        {"a private sequence of unknown VR",
         [](Slice& s) {
             s.set(0x00290010, "LO", "ACME 1.0");
             s.setRaw(0x00291001, "UN", "\xFE\xFF\x00\xE0\x00\x00\x00\x00"s);
         },
         ""},
        {"private attributes without creator", [](Slice& s) { s.set(0x00291001, "LO", "x"); }, "private-creator "},
    }));
    CAPTURE(row.what);
    GatewayFixture gateway;
    Slice slice;
    row.change(slice);
    REQUIRE(send(gateway, {slice.bytes()}).isSuccess());
    REQUIRE(studies(gateway).size() == 1);
    CHECK(defectsOf(studies(gateway)[0]) == row.defects);
    CHECK(fetched(gateway, "2.25.100", dicom::transfer::explicitLittle) == slice.bytes());
    auto const devices = gateway.index->devices({"puzi"});
    REQUIRE(devices);
    REQUIRE(devices->size() == 1);
    CHECK((*devices)[0].callingAe == "PUZI_CT");
    CHECK((*devices)[0].manufacturer == "ACME");
    CHECK((*devices)[0].station == "CT-ROOM");
    CHECK((*devices)[0].defects.size() == (row.defects.empty() ? 0 : 1));
}

TEST_CASE("objects of unknown SOP classes are stored", "[devices]")
{
    auto const sopClass = GENERATE(as<std::string>(), "1.3.12.2.1107.5.9.1", "1.2.840.10008.5.1.4.1.1.999");
    CAPTURE(sopClass);
    GatewayFixture gateway;
    REQUIRE(send(gateway, {Slice().set(0x00080016, "UI", sopClass).bytes(), sopClass}).isSuccess());
    REQUIRE(studies(gateway).size() == 1);
    CHECK(studies(gateway)[0].header.patientName == "Zhang^San");
}

SCENARIO("a device uses a transfer syntax of its maker's", "[devices]")
{
    GatewayFixture gateway;
    constexpr char privateSyntax[] = "1.2.3.4.5.99";

    GIVEN("one that is written as every other data set")
    {
        auto const bytes = Slice().bytes();
        REQUIRE(send(gateway, {bytes, ctImage, "2.25.102", privateSyntax}).isSuccess());
        THEN("it is filed as every other object")
        {
            REQUIRE(studies(gateway).size() == 1);
            CHECK(studies(gateway)[0].header.studyUid.value() == "2.25.100");
            CHECK(defectsOf(studies(gateway)[0]).empty());
        }
    }
    GIVEN("two objects that nobody but the maker can read")
    {
        std::vector<std::uint8_t> scrambled(5000);
        for (std::size_t i = 0; i < scrambled.size(); ++i)
            scrambled[i] = static_cast<std::uint8_t>(i * 197 + 31);
        REQUIRE(send(gateway, {scrambled, ctImage, "2.25.5001", privateSyntax}).isSuccess());
        REQUIRE(send(gateway, {scrambled, ctImage, "2.25.5002", privateSyntax}).isSuccess());
        REQUIRE(send(gateway, {scrambled, ctImage, "2.25.5002", privateSyntax}).isSuccess()); // again

        THEN("both are in one study of that device and day, flagged, and come out as they went in")
        {
            REQUIRE(studies(gateway).size() == 1);
            auto const study = studies(gateway)[0];
            CHECK(study.instances == 2);
            CHECK(study.modalities == std::vector<std::string>{"CT"});
            CHECK(defectsOf(study) == "header-unreadable ");
            CHECK(study.header.studyUid.isConformant());
            auto const receipts = gateway.index->findBySopInstance({"puzi"}, Uid::ofKnown("2.25.5001"));
            REQUIRE(receipts);
            REQUIRE(receipts->size() == 1);
            CHECK((*receipts)[0].location.dataSetLength == scrambled.size());
            CHECK(gateway.store->verify((*receipts)[0]));
            AND_THEN("a rebuilt index has the same study")
            {
                auto fresh = gateway::StudyIndex::open(gateway.folder / "fresh.db");
                REQUIRE(fresh);
                auto const report = gateway::reindex(*gateway.store, **fresh, nullptr, nullptr);
                REQUIRE(report);
                CHECK(report->damaged.empty());
                auto const again = (*fresh)->studiesChangedSince(0, 0);
                REQUIRE(again);
                REQUIRE(again->size() == 1);
                CHECK((*again)[0].header.studyUid == study.header.studyUid);
                CHECK((*again)[0].instances == 2);
                CHECK((*again)[0].defects == study.defects);
            }
        }
    }
    GIVEN("one that can be read and has no Study Instance UID")
    {
        auto const answer = send(gateway, {Slice().remove(0x0020000D).bytes(), ctImage, "2.25.102", privateSyntax});
        THEN("it is refused as in any other syntax")
        {
            CHECK(answer.status == 0xA900);
        }
    }
}

TEST_CASE("an association is turned away with a reason and with what to do", "[devices]")
{
    GatewayFixture gateway;
    auto const refusal = [&](std::string const& callingAe, std::string const& calledAe) {
        auto destination = gateway.as(callingAe);
        destination.calledAe = calledAe;
        CHECK_FALSE(dicom::DicomClient::connect(destination, GatewayFixture::contexts()));
        auto const refusals = gateway.server->refusals();
        REQUIRE_FALSE(refusals.empty());
        CHECK(refusals[0].what == gateway::Refusal::What::Association);
        CHECK(refusals[0].callingAe == callingAe);
        CHECK(refusals[0].address == "127.0.0.1");
        return refusals[0];
    };
    CHECK(refusal("STORESCU", "QIANLI").advice.find(R"({ ae_title = "STORESCU", address = "127.0.0.1" })") !=
          std::string::npos);
    CHECK(refusal("PUZI_CT", "PACS").advice.find("set the called AE title on the device to QIANLI") !=
          std::string::npos);
    refusal("PUZI_CT", "PACS");
    CHECK(gateway.server->refusals()[0].count == 2);
    CHECK(gateway.server->refusals().size() == 2);
}

TEST_CASE("an association in which nothing can be done is told of in words", "[devices]")
{
    constexpr char worklist[] = "1.2.840.10008.5.1.4.31";
    GatewayFixture gateway([](gateway::Configuration& changed) { changed.sites[0].allow = {model::Service::Echo}; });
    auto const client = dicom::DicomClient::connect(
        gateway.as("PUZI_CT"), {{Uid::ofKnown(worklist), {Uid::ofKnown(dicom::transfer::implicitLittle)}},
                                {Uid::ofKnown(ctImage), {Uid::ofKnown(dicom::transfer::implicitLittle)}}});
    auto const refusals = gateway.server->refusals();
    REQUIRE(refusals.size() == 1);
    CHECK(refusals[0].caller == "site puzi");
    CHECK(refusals[0].reason.find("1.2.840.10008.5.1.4.31 (no service of this gateway)") != std::string::npos);
    CHECK(refusals[0].reason.find(std::string(ctImage) + " (not allowed to it)") != std::string::npos);
    CHECK(refusals[0].advice.find("`allow`") != std::string::npos);
}

SCENARIO("two townships behind one address, whose devices all call themselves DR", "[devices]")
{
    GatewayFixture gateway([](gateway::Configuration& changed) {
        model::Site first = changed.sites[1], second = changed.sites[1];
        first.id = {"anping"};
        second.id = {"longtan"};
        first.callers = second.callers = {{"DR", "127.0.0.1"}};
        first.called = {"HUB_ANPING"};
        second.called = {"HUB_LONGTAN"};
        changed.sites.push_back(first);
        changed.sites.push_back(second);
    });
    auto const sendTo = [&](std::string const& calledAe, std::string const& instance) {
        auto destination = gateway.as("DR");
        destination.calledAe = calledAe;
        auto client = dicom::DicomClient::connect(destination, GatewayFixture::contexts());
        if (!client)
            return false;
        auto const bytes = Slice().set(0x00080018, "UI", instance).set(0x0020000D, "UI", instance + ".1").bytes();
        dicom::OutgoingObject outgoing;
        outgoing.sopClass = Uid::ofKnown(ctImage);
        outgoing.sopInstance = Uid::ofKnown(instance);
        outgoing.transferSyntax = Uid::ofKnown(dicom::transfer::explicitLittle);
        outgoing.bytes = bytes;
        auto const answer = (*client)->store(outgoing);
        return answer && answer->isSuccess();
    };
    REQUIRE(sendTo("HUB_LONGTAN", "2.25.1"));
    REQUIRE(sendTo("HUB_ANPING", "2.25.2"));
    CHECK_FALSE(sendTo("QIANLI", "2.25.3"));
    auto const siteOf = [&](std::string const& study) {
        auto const sites = gateway.index->sitesOfStudy(Uid::ofKnown(study));
        REQUIRE(sites);
        REQUIRE(sites->size() == 1);
        return sites->front().value;
    };
    CHECK(siteOf("2.25.1.1") == "longtan");
    CHECK(siteOf("2.25.2.1") == "anping");
}
