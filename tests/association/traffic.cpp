// Store, find, get and move over real sockets: what went in comes out, under the right name, to the right caller only.
#include "common/dicom/network/identifier_codec.h"
#include "common/dicom/sop_class.h"
#include "gateway/service/retrieve.h"
#include "tests/association/gateway_fixture.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

using namespace qianli;
using namespace qianli::test;
using namespace qianli::dicom;

namespace {

Uid const studyRootGet = Uid::ofKnown(sop::studyRootGet);
Uid const patientRootGet = Uid::ofKnown(sop::patientRootGet);
Uid const studyRootMove = Uid::ofKnown(sop::studyRootMove);

SampleObject slice(int number)
{
    SampleObject object;
    object.instance = "2.25.102." + std::to_string(number);
    object.number = number;
    return object;
}

RetrieveSummary get(GatewayFixture const& gateway, Identifier const& keys, CollectingSink& sink,
                    std::string const& callingAe = "PUZI_CT", std::string const& token = {},
                    std::function<bool()> goOn = {}, Uid const& model = studyRootGet)
{
    auto contexts = GatewayFixture::getContexts();
    contexts.front().abstractSyntax = model;
    auto client = DicomClient::connect(gateway.as(callingAe, token), contexts);
    REQUIRE(client);
    auto const summary = (*client)->get(model, keys, sink, std::move(goOn));
    INFO((summary ? std::string() : summary.error().message));
    REQUIRE(summary);
    CHECK((*client)->release());
    return *summary;
}

} // namespace

SCENARIO("a name sent in GB18030 is found in Unicode and comes back whole", "[association]")
{
    GatewayFixture gateway;
    auto object = slice(1);
    object.charset = GENERATE("GB18030", "ISO_IR 192", "");
    object.patientName = GENERATE("张昞", "李玘");
    REQUIRE(gateway.send(object) == 0);

    auto const found = gateway.find("STUDY", {{0x00100010, object.patientName.substr(0, 3) + "*"},
                                              {0x00100020, ""},
                                              {0x0020000D, ""},
                                              {0x00080061, ""},
                                              {0x00201208, ""},
                                              {0x00321060, ""},
                                              {0x00080056, ""}});
    REQUIRE(found.size() == 1);
    auto const& answer = found.front();
    CHECK(answer.at(0x00100010) == object.patientName);
    CHECK(answer.at(0x0020000D) == "2.25.100");
    CHECK(answer.at(0x00080061) == "CT");
    CHECK(answer.at(0x00201208) == "1");
    CHECK(answer.at(0x00080054) == "QIANLI");
    CHECK(answer.at(0x00080056) == "ONLINE");
    CHECK(answer.at(0x00321060).empty());
    CHECK(gateway.find("STUDY", {{0x00100010, "王*"}}).empty());
    CHECK(gateway.find("PATIENT", {{0x00100010, object.patientName}, {0x00100020, ""}}).size() == 1);
    auto const image = gateway.find("IMAGE", {{0x0020000D, "2.25.100"}, {0x00200013, ""}, {0x00200032, ""}});
    REQUIRE(image.size() == 1);
    CHECK(image.front().at(0x00200013) == "1");
    CHECK(image.front().at(0x00200032) == "0\\0\\1");
    CHECK(image.front().at(0x00080018) == object.instance);

    CollectingSink sink;
    auto const summary = get(gateway, {{0x00080052, "STUDY"}, {0x0020000D, "2.25.100"}}, sink);
    CHECK(summary.status == 0);
    CHECK(summary.completed == 1);
    REQUIRE(sink.objects.size() == 1);
    CHECK(sink.objects.front().bytes == object.dataSet());
}

SCENARIO("a site's consoles may ask by pinyin, once its operator allows it", "[association]")
{
    bool const allowed = GENERATE(false, true);
    GatewayFixture gateway([&](gateway::Configuration& configuration) {
        for (model::Site& site : configuration.sites)
            site.fuzzyNames = allowed && site.id.value == "puzi";
    });
    auto object = slice(1);
    object.charset = "GB18030";
    object.patientName = "张昞";
    REQUIRE(gateway.send(object) == 0);
    REQUIRE(gateway.send(object, "BAISHA_DR") == 0);

    for (char const* const key : {"zhang*", "zhangbing", "zb", "ZHANG^BING"}) {
        CAPTURE(key, allowed);
        CHECK(gateway.find("STUDY", {{0x00100010, key}}).size() == (allowed ? 1 : 0));
        CHECK(gateway.find("PATIENT", {{0x00100010, key}, {0x00100020, ""}}).size() == (allowed ? 1 : 0));
        CHECK(gateway.find("STUDY", {{0x00100010, key}}, "BAISHA_DR").empty());
    }
    // What the standard's matching finds is found either way.
    CHECK(gateway.find("STUDY", {{0x00100010, "张*"}}).size() == 1);
    CHECK(gateway.find("STUDY", {{0x00100010, "zhangsan"}}).empty());
}

SCENARIO("a list of UIDs is served in the order given", "[association]")
{
    GatewayFixture gateway;
    for (int i = 1; i <= 5; ++i)
        REQUIRE(gateway.send(slice(i)) == 0);
    CollectingSink sink;
    auto const summary = get(gateway,
                             {{0x00080052, "IMAGE"},
                              {0x0020000D, "2.25.100"},
                              {0x0020000E, "2.25.101"},
                              {0x00080018, "2.25.102.4\\2.25.102.1\\2.25.102.5"}},
                             sink);
    CHECK(summary.status == 0);
    REQUIRE(sink.objects.size() == 3);
    CHECK(sink.objects[0].instance == "2.25.102.4");
    CHECK(sink.objects[1].instance == "2.25.102.1");
    CHECK(sink.objects[2].instance == "2.25.102.5");
}

SCENARIO("a retrieve that sends nothing or less is never a success", "[association]")
{
    GatewayFixture gateway;
    REQUIRE(gateway.send(slice(1)) == 0);
    REQUIRE(gateway.send(slice(2)) == 0);

    SECTION("nothing matches")
    {
        CollectingSink sink;
        auto const summary = get(gateway, {{0x00080052, "STUDY"}, {0x0020000D, "2.25.999"}}, sink);
        CHECK(summary.status == 0xC000);
    }
    SECTION("a list of nothing is not everything")
    {
        CollectingSink sink;
        auto const summary = get(gateway, {{0x00080052, "STUDY"}, {0x0020000D, "\\"}}, sink);
        CHECK(summary.status == 0xA900);
        CHECK(summary.comment == "(0020,000D) has an empty value in its list");
        CHECK(sink.objects.empty());
    }
    SECTION("more objects than one plan may have")
    {
        auto const identifier = encodeIdentifier({{{0x0008, 0x0052}, "STUDY"}, {{0x0020, 0x000D}, "2.25.100"}},
                                                 Uid::ofKnown(transfer::explicitLittle), "");
        REQUIRE(identifier);
        gateway::Caller caller;
        caller.scope = {true, {}, true};
        gateway::RetrieveRequest request{studyRootGet, Uid::ofKnown(transfer::explicitLittle), *identifier};
        request.mostObjects = 2;
        CHECK(gateway::planRetrieve(*gateway.index, caller, request)->size() == 2);
        request.mostObjects = 1;
        auto const refused = gateway::planRetrieve(*gateway.index, caller, request);
        REQUIRE_FALSE(refused);
        auto const status = gateway::toDimseStatus(refused.error(), model::Service::Get);
        CHECK(status.code == 0xA700);
        CHECK(status.comment == "more than 1 objects: ask for less");
    }
    SECTION("the caller does not take the stored transfer syntax")
    {
        auto client =
            DicomClient::connect(gateway.as("PUZI_CT"), GatewayFixture::getContexts({transfer::implicitLittle}));
        REQUIRE(client);
        CollectingSink sink;
        auto const summary = (*client)->get(studyRootGet, {{0x00080052, "STUDY"}, {0x0020000D, "2.25.100"}}, sink, {});
        REQUIRE(summary);
        CHECK(summary->status == 0xA702);
        CHECK(summary->failed == 2);
        CHECK(sink.objects.empty());
    }
    SECTION("the caller refuses what it gets")
    {
        CollectingSink sink;
        sink.answer = 0xA700;
        auto const summary = get(gateway, {{0x00080052, "STUDY"}, {0x0020000D, "2.25.100"}}, sink);
        CHECK(summary.status == 0xA702);
        CHECK(summary.failed == 2);
    }
    SECTION("one object is damaged on disk: it is not handed out, the other one is")
    {
        auto const records = gateway.index->instances(
            {true, {}, true},
            {gateway::Level::Study, {{gateway::Match::Kind::UidList, {0x0020, 0x000D}, {"2.25.100"}}}, 0, true});
        REQUIRE(records);
        REQUIRE(records->size() == 2);
        auto const& location = records->front().receipt.location;
        auto const path = gateway.store->absolutePath(location);
        std::filesystem::permissions(path, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
        {
            std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(static_cast<std::streamoff>(location.dataSetOffset + location.dataSetLength - 10));
            file.put('!');
            REQUIRE(file.flush());
        }
        CollectingSink sink;
        auto const summary = get(gateway, {{0x00080052, "STUDY"}, {0x0020000D, "2.25.100"}}, sink);
        CHECK(summary.status == 0xB000);
        CHECK(summary.failed == 1);
        CHECK(summary.completed == 1);
        REQUIRE(sink.objects.size() == 1);
        CHECK(sink.objects.front().instance == records->back().receipt.sopInstance.value());
    }
    SECTION("the caller has had enough")
    {
        CollectingSink sink;
        auto const summary =
            get(gateway, {{0x00080052, "STUDY"}, {0x0020000D, "2.25.100"}}, sink, "PUZI_CT", {}, [] { return false; });
        CHECK((summary.status == 0xFE00 || sink.objects.size() == 2)); // the second may be on its way already
    }
}

SCENARIO("a site sees its own studies only; a station sees both and is told when two hold one study", "[association]")
{
    GatewayFixture gateway;
    REQUIRE(gateway.send(slice(1), "PUZI_CT") == 0);
    REQUIRE(gateway.send(slice(2), "BAISHA_DR") == 0);
    CHECK(gateway.find("STUDY", {{0x0020000D, ""}}, "PUZI_CT").size() == 1);
    CHECK(gateway.find("STUDY", {{0x0020000D, ""}}, "READER", "token").size() == 2);
    CHECK(gateway.find("STUDY", {{0x0020000D, ""}}, "READER", "token-of-township").size() == 1);
    Identifier const whole{{0x00080052, "STUDY"}, {0x0020000D, "2.25.100"}};
    CollectingSink own;
    CHECK(get(gateway, whole, own, "BAISHA_DR").status == 0);
    REQUIRE(own.objects.size() == 1);
    CHECK(own.objects.front().instance == "2.25.102.2");
    CollectingSink sink;
    auto const summary = get(gateway, whole, sink, "READER", "token");
    CHECK(summary.status == 0xC000);
    CHECK(summary.comment.find("two sites") != std::string::npos);
    CHECK(sink.objects.empty());
    // The issuer says which is meant.
    for (std::string const site : {"puzi", "baisha"})
        for (Identifier keys :
             {Identifier{{0x00080052, "STUDY"}}, Identifier{{0x00080052, "SERIES"}, {0x0020000E, "2.25.101"}}}) {
            keys[0x0020000D] = "2.25.100";
            keys[0x00100021] = site;
            CollectingSink one;
            CHECK(get(gateway, keys, one, "READER", "token").status == 0);
            REQUIRE(one.objects.size() == 1);
            CHECK(one.objects.front().instance == (site == "puzi" ? "2.25.102.1" : "2.25.102.2"));
        }
    // Objects that are held once each need no such word.
    CollectingSink both;
    CHECK(
        get(gateway, {{0x00080052, "IMAGE"}, {0x00080018, "2.25.102.1\\2.25.102.2"}}, both, "READER", "token").status ==
        0);
    CHECK(both.objects.size() == 2);
}

SCENARIO("two patients in one study, or under one Patient ID, are never handed out together", "[association]")
{
    GatewayFixture gateway;
    auto const send = [&](int number, std::string const& id, std::string const& name, std::string const& sex) {
        auto object = slice(number);
        object.patientId = id;
        object.patientName = name;
        object.sex = sex;
        REQUIRE(gateway.send(object, "PUZI_CT") == 0);
    };
    auto const got = [&](Identifier keys, std::size_t expected) {
        CollectingSink sink;
        bool const isPatient = keys[0x00080052] == "PATIENT";
        auto const summary = get(gateway, keys, sink, "READER", "token", {}, isPatient ? patientRootGet : studyRootGet);
        CAPTURE(keys, summary.comment);
        CHECK(summary.status == (expected == 0 ? 0xC000 : 0));
        CHECK(sink.objects.size() == expected);
        return summary.comment;
    };
    Identifier const study{{0x00080052, "STUDY"}, {0x0020000D, "2.25.100"}, {0x00100021, "puzi"}};
    auto const with = [](Identifier keys, std::uint32_t key, std::string const& value) {
        keys[key] = value;
        return keys;
    };
    send(1, "1", "Wang^Fang", "F");
    send(2, "2", "Liu^Qiang", "M");
    send(3, "1", "Wang^Fang", "F");
    CHECK(gateway.find("STUDY", {{0x0020000D, "2.25.100"}}, "READER", "token").size() == 2);
    CHECK(got(study, 0).find("two patients") != std::string::npos);
    got(with(study, 0x00100020, "1"), 2);
    got(with(study, 0x00100020, "2"), 1);
    got(with(study, 0x00100020, "3"), 0);
    got(with(with(study, 0x00100020, "1"), 0x00100021, "baisha"), 0); // whose it is not
    got({{0x00080052, "SERIES"}, {0x0020000E, "2.25.101"}}, 0);
    got({{0x00080052, "SERIES"}, {0x0020000E, "2.25.101"}, {0x00100020, "2"}}, 1);
    got({{0x00080052, "IMAGE"}, {0x00080018, "2.25.102.1\\2.25.102.2"}}, 2);
    // A third person, under the first one's ID.
    send(4, "1", "Zhao^Yun", "M");
    got(with(study, 0x00100020, "1"), 0);
    got({{0x00080052, "PATIENT"}, {0x00100020, "1"}}, 0);
    got(with(with(study, 0x00100020, "1"), 0x00100010, "WANG^FANG"), 2);
    got(with(with(study, 0x00100020, "1"), 0x00100040, "M"), 1);
    got({{0x00080052, "PATIENT"}, {0x00100020, "2"}}, 1);
    // The same Patient ID at another site is somebody else.
    auto other = slice(9);
    other.patientId = "2";
    other.study = "2.25.900";
    REQUIRE(gateway.send(other, "BAISHA_DR") == 0);
    CHECK(got({{0x00080052, "PATIENT"}, {0x00100020, "2"}}, 0).find("two sites") != std::string::npos);
    got({{0x00080052, "PATIENT"}, {0x00100020, "2"}, {0x00100021, "baisha"}}, 1);
}

SCENARIO("a UID that a site has guessed opens nothing of another site, at whatever level", "[association]")
{
    GatewayFixture township([](gateway::Configuration& configuration) {
        configuration.dicom.aeTitle = "PUZI_PACS";
        configuration.sites.front().callers = {{"QIANLI", "any"}};
    });
    GatewayFixture gateway([&](gateway::Configuration& configuration) {
        configuration.peers = {{"PUZI_PACS", "127.0.0.1", township.server->port()}};
        configuration.sites.back().allow.insert(model::Service::Move);
        configuration.sites.back().destinations = {"PUZI_PACS"};
    });
    REQUIRE(gateway.send(slice(1), "PUZI_CT") == 0);
    std::vector<Identifier> const guesses{
        {{0x00080052, "STUDY"}, {0x0020000D, "2.25.100"}},
        {{0x00080052, "SERIES"}, {0x0020000E, "2.25.101"}},
        {{0x00080052, "SERIES"}, {0x0020000D, "2.25.100"}, {0x0020000E, "2.25.101"}},
        {{0x00080052, "IMAGE"}, {0x00080018, "2.25.102.1"}},
        {{0x00080052, "IMAGE"}, {0x0020000E, "2.25.101"}, {0x00080018, "2.25.102.1\\2.25.102.2"}},
    };
    for (Identifier const& guess : guesses) {
        INFO(guess.at(0x00080052));
        CollectingSink own, foreign;
        CHECK(get(gateway, guess, own, "PUZI_CT").status == 0);
        CHECK(own.objects.size() == 1);
        CHECK(get(gateway, guess, foreign, "BAISHA_DR").status == 0xC000);
        CHECK(foreign.objects.empty());
        CHECK(gateway.find(guess.at(0x00080052), guess, "PUZI_CT").size() == 1);
        CHECK(gateway.find(guess.at(0x00080052), guess, "BAISHA_DR").empty());
        auto client = DicomClient::connect(gateway.as("BAISHA_DR"), GatewayFixture::contexts());
        REQUIRE(client);
        auto const moved = (*client)->move(studyRootMove, guess, "PUZI_PACS");
        REQUIRE(moved);
        CHECK(moved->status == 0xC000);
    }
    Identifier const patient{{0x00080052, "PATIENT"}, {0x00100020, "P1"}};
    CHECK(gateway.find("PATIENT", patient, "BAISHA_DR").empty());
    CHECK(township.server->statistics().stored == 0);
}

SCENARIO("what a site stores under another's UIDs is its own, and changes nothing of the other's", "[association][R26]")
{
    GatewayFixture gateway;
    REQUIRE(gateway.send(slice(1), "PUZI_CT") == 0);
    auto forged = slice(1); // the same study, series and object, another patient and other pixels
    forged.patientName = "李四";
    forged.patientId = "P9";
    forged.number = 7;
    CHECK(gateway.send(forged, "BAISHA_DR") == 0);
    auto more = slice(2); // and one more object of that study
    more.patientName = "李四";
    more.patientId = "P9";
    CHECK(gateway.send(more, "BAISHA_DR") == 0);

    Identifier const study{{0x00080052, "STUDY"}, {0x0020000D, "2.25.100"}};
    CollectingSink puzi, baisha;
    CHECK(get(gateway, study, puzi, "PUZI_CT").status == 0);
    REQUIRE(puzi.objects.size() == 1);
    CHECK(puzi.objects.front().bytes == slice(1).dataSet());
    CHECK(get(gateway, study, baisha, "BAISHA_DR").status == 0);
    REQUIRE(baisha.objects.size() == 2);
    CHECK(std::ranges::any_of(baisha.objects, [&](auto const& object) { return object.bytes == forged.dataSet(); }));
    auto const found = gateway.find("STUDY", {{0x0020000D, "2.25.100"}, {0x00100010, ""}, {0x00201208, ""}}, "PUZI_CT");
    REQUIRE(found.size() == 1);
    CHECK(found.front().at(0x00100010) == "张昞");
    CHECK(found.front().at(0x00201208) == "1");
    for (auto const& answer : gateway.find("STUDY", {{0x0020000D, ""}, {0x00100010, ""}}, "BAISHA_DR"))
        CHECK(answer.at(0x00100010) == "李四");
}

SCENARIO("with little space left an object is refused for now, and nothing of it stays", "[association]")
{
    GatewayFixture gateway(
        [](gateway::Configuration& configuration) { configuration.dicom.diskReserveBytes = 1ull << 60; });
    CHECK(gateway.send(slice(1)) == 0xA700);
    CHECK(gateway.find("IMAGE", {{0x00080018, ""}}).empty());
    CHECK(std::filesystem::is_empty(gateway.folder / "archive" / "incoming"));
}

SCENARIO("a key that is longer than any value is refused", "[association]")
{
    GatewayFixture gateway;
    REQUIRE(gateway.send(slice(1)) == 0);
    auto client = DicomClient::connect(gateway.as("PUZI_CT"), GatewayFixture::contexts());
    REQUIRE(client);
    auto const studyRootFind = Uid::ofKnown(sop::studyRootFind);
    std::string pattern(20'000, '?');
    pattern.back() = '*';
    auto const found = (*client)->find(studyRootFind, {{0x00080052, "STUDY"}, {0x00081030, pattern}}, 0);
    REQUIRE_FALSE(found);
    CHECK(found.error().message.find("0xa900") != std::string::npos);
    CHECK((*client)->echo());
}

SCENARIO("C-MOVE goes to the peers that the operator allowed, and nowhere else", "[association]")
{
    GatewayFixture township([](gateway::Configuration& configuration) {
        configuration.dicom.aeTitle = "PUZI_PACS";
        configuration.sites.front().callers = {{"QIANLI", "any"}};
    });
    GatewayFixture gateway([&](gateway::Configuration& configuration) {
        configuration.peers = {{"PUZI_PACS", "127.0.0.1", township.server->port()}, {"OTHER", "127.0.0.1", 9}};
        configuration.sites.front().destinations = {"PUZI_PACS", "GONE"};
    });
    for (int i = 1; i <= 3; ++i)
        REQUIRE(gateway.send(slice(i)) == 0);
    auto client = DicomClient::connect(gateway.as("PUZI_CT"), GatewayFixture::contexts());
    REQUIRE(client);
    Identifier const whole{{0x00080052, "STUDY"}, {0x0020000D, "2.25.100"}};
    for (auto const* destination : {"OTHER", "GONE", "NOBODY"}) {
        auto const summary = (*client)->move(studyRootMove, whole, destination);
        REQUIRE(summary);
        CHECK(summary->status == 0xA801);
    }
    auto const summary = (*client)->move(studyRootMove, whole, "PUZI_PACS");
    REQUIRE(summary);
    CHECK(summary->status == 0);
    CHECK(summary->completed == 3);
    CHECK(township.server->statistics().stored == 3);

    township.server->stop(std::chrono::seconds(1));
    auto const away = (*client)->move(studyRootMove, whole, "PUZI_PACS");
    REQUIRE(away);
    CHECK(away->status == 0xA702);
    CHECK(away->failed == 3);
}

SCENARIO("too many answers end with the limit named", "[association]")
{
    GatewayFixture gateway([](gateway::Configuration& configuration) { configuration.dicom.limits.answers = 2; });
    for (int i = 1; i <= 3; ++i)
        REQUIRE(gateway.send(slice(i)) == 0);
    auto client = DicomClient::connect(gateway.as("PUZI_CT"), GatewayFixture::contexts());
    REQUIRE(client);
    auto const studyRootFind = Uid::ofKnown(sop::studyRootFind);
    auto const tooMany = (*client)->find(studyRootFind, {{0x00080052, "IMAGE"}, {0x00080018, ""}}, 0);
    REQUIRE_FALSE(tooMany);
    CHECK(tooMany.error().message.find("0xa700") != std::string::npos);
    CHECK(tooMany.error().message.find("more than 2 answers") != std::string::npos);
    auto const cancelled = (*client)->find(studyRootFind, {{0x00080052, "IMAGE"}, {0x00080018, ""}}, 1);
    REQUIRE(cancelled);
    CHECK(cancelled->size() == 1);
    auto const noLevel = (*client)->find(studyRootFind, {{0x00080018, ""}}, 0);
    REQUIRE_FALSE(noLevel);
    CHECK(noLevel.error().message.find("0xa900") != std::string::npos);
    CHECK((*client)->echo());
}

SCENARIO("the same object again is success, other content under its UID is a second version", "[association]")
{
    GatewayFixture gateway;
    auto object = slice(1);
    REQUIRE(gateway.send(object) == 0);
    REQUIRE(gateway.send(object) == 0);
    object.pixelBytes = 600;
    REQUIRE(gateway.send(object) == 0);
    auto const versions = gateway.index->findBySopInstance({"puzi"}, Uid::ofKnown(object.instance));
    REQUIRE(versions);
    CHECK(versions->size() == 2);
}

SCENARIO("a data set that is not what the command announced is refused", "[association]")
{
    GatewayFixture gateway;
    auto client = DicomClient::connect(gateway.as("PUZI_CT"), GatewayFixture::contexts());
    REQUIRE(client);
    auto bytes = slice(1).dataSet();
    OutgoingObject outgoing;
    outgoing.sopClass = Uid::ofKnown(ctImage);
    outgoing.sopInstance = Uid::ofKnown("2.25.777");
    outgoing.transferSyntax = Uid::ofKnown(transfer::explicitLittle);
    outgoing.bytes = bytes;
    auto const other = (*client)->store(outgoing);
    REQUIRE(other);
    CHECK(other->status >= 0xA700);
    outgoing.sopInstance = Uid::ofKnown("2.25.102.1");
    bytes.resize(bytes.size() - 100);
    outgoing.bytes = bytes;
    auto const truncated = (*client)->store(outgoing);
    REQUIRE(truncated);
    CHECK(truncated->status >= 0xA700);
    CHECK((*client)->echo());
    CHECK(gateway.find("IMAGE", {{0x00080018, ""}}).empty());
}
