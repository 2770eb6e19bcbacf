// Each bound of [dicom.limits], abused over a socket.
#include "common/dicom/network/identifier_codec.h"
#include "common/dicom/sop_class.h"
#include "gateway/association/peer_watch.h"
#include "tests/association/gateway_fixture.h"
#include "tests/support/deflate_bomb.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>
#include <sys/resource.h>
#include <thread>

using namespace qianli;
using namespace qianli::test;
using namespace std::chrono_literals;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bytesOf(std::string const& text)
{
    return {text.begin(), text.end()};
}

// An explicit VR element with a 32-bit length, which may lie.
std::string element(std::string const& tagAndVr, std::uint32_t length, std::string const& value = {})
{
    std::string bytes = tagAndVr + std::string(2, '\0');
    for (int shift = 0; shift < 32; shift += 8)
        bytes += static_cast<char>(length >> shift);
    return bytes + value;
}

std::string nested(int depth)
{
    std::string bytes;
    for (int i = 0; i < depth; ++i)
        bytes +=
            element(std::string("\x40\0\x30\xA7SQ", 6), 0xFFFFFFFF) + std::string("\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF", 8);
    for (int i = 0; i < depth; ++i)
        bytes += std::string("\xFE\xFF\x0D\xE0\0\0\0\0\xFE\xFF\xDD\xE0\0\0\0\0", 16);
    return bytes;
}

// Stores these bytes as the data set of the sample object; the DIMSE status, or 0xFFFF when there was none.
std::uint16_t storeBytes(GatewayFixture const& gateway, Bytes const& dataSet,
                         char const* transferSyntax = dicom::transfer::explicitLittle)
{
    auto client = dicom::DicomClient::connect(gateway.as("PUZI_CT"), GatewayFixture::contexts({transferSyntax}));
    REQUIRE(client);
    SampleObject const object;
    dicom::OutgoingObject outgoing;
    outgoing.sopClass = dicom::Uid::ofKnown(object.sopClass);
    outgoing.sopInstance = dicom::Uid::ofKnown(object.instance);
    outgoing.transferSyntax = dicom::Uid::ofKnown(transferSyntax);
    outgoing.bytes = dataSet;
    auto const answer = (*client)->store(outgoing);
    return answer ? answer->status : 0xFFFF;
}

// The sample object with more elements at its end, before the pixels would come.
Bytes with(std::string const& elements)
{
    SampleObject object;
    object.pixelBytes = 0;
    auto bytes = object.dataSet();
    bytes.resize(bytes.size() - 12); // the empty pixel data
    bytes.insert(bytes.end(), elements.begin(), elements.end());
    return bytes;
}

bool ends(RawConnection& peer)
{
    peer.receiveAll(20s);
    return peer.closed;
}

// A C-GET of a study, message 7.
void askToGet(RawConnection& peer, std::string const& study)
{
    dicom::CommandSet command(dicom::command::getRequest);
    command.set(dicom::command::affectedSopClass, dicom::Uid::ofKnown(dicom::sop::studyRootGet))
        .set(dicom::command::messageId, std::uint16_t{7})
        .set(dicom::command::priority, std::uint16_t{0});
    command.set(dicom::command::dataSetType, std::uint16_t{1});
    auto const identifier = dicom::encodeIdentifier({{{0x0008, 0x0052}, "STUDY"}, {{0x0020, 0x000D}, study}},
                                                    dicom::Uid::ofKnown(dicom::transfer::explicitLittle), "");
    REQUIRE(identifier);
    REQUIRE(peer.send(associateRequest("PUZI_CT", "QIANLI", AskFor::Get)));
    REQUIRE(peer.send(dataPdu(1, commandLast, command.encode())));
    REQUIRE(peer.send(dataPdu(1, dataLast, *identifier)));
}

std::size_t residentBytes()
{
    std::ifstream statm("/proc/self/statm");
    std::size_t all = 0, resident = 0;
    statm >> all >> resident;
    return resident * 4096;
}

} // namespace

SCENARIO("a data set's bounds are the operator's, and what breaks one is refused with its name", "[association][R03]")
{
    GatewayFixture gateway([](gateway::Configuration& configuration) {
        configuration.dicom.limits.depth = 5;
        configuration.dicom.limits.elementBytes = 100'000;
        configuration.dicom.limits.deflateRatio = 50;
    });
    auto const said = [&](std::string const& words) {
        return std::ranges::any_of(gateway.server->refusals(), [&](gateway::Refusal const& refusal) {
            return refusal.reason.find(words) != std::string::npos;
        });
    };
    CHECK(storeBytes(gateway, with(nested(6))) == 0xC000);
    CHECK(said("nested deeper than 5"));
    CHECK(storeBytes(gateway, with(nested(10'000))) == 0xC000);
    // Refused by what it announces: none of its bytes ever come.
    CHECK(storeBytes(gateway, with(element(std::string("\x42\0\x11\0OB", 6), 100'002))) == 0xC000);
    CHECK(said("announces 100002 bytes, at most 100000 are taken"));
    CHECK(storeBytes(gateway, with(element(std::string("\x42\0\x11\0OB", 6), 0xFFFFFFFE))) == 0xC000);
    auto const bomb = bytesOf(deflateBomb(10 << 20));
    auto const before = residentBytes();
    CHECK(storeBytes(gateway, bomb, dicom::transfer::deflatedLittle) == 0xC000);
    CHECK(said("inflates to more than 50 times its length"));
    CHECK(residentBytes() < before + (64 << 20));
    CHECK(gateway.find("IMAGE", {{0x00080018, ""}}).empty());
    CHECK(storeBytes(gateway,
                     with(nested(5) + element(std::string("\x42\0\x11\0OB", 6), 1000, std::string(1000, 'x')))) == 0);
}

SCENARIO("a data set that lies about its lengths, or ends early, is never a success", "[association][R05]")
{
    GatewayFixture gateway;
    auto const whole = SampleObject().dataSet();
    for (std::size_t const cut : {1u, 100u, 511u}) {
        auto bytes = whole;
        bytes.resize(whole.size() - cut);
        CHECK(storeBytes(gateway, bytes) == 0xC000);
    }
    CHECK(storeBytes(gateway, with(element(std::string("\x40\0\x30\xA7SQ", 6), 0x7FFFFFFF))) == 0xC000);
    CHECK(storeBytes(gateway, with(std::string("\xFE\xFF\x0D\xE0\0\0\0\0", 8))) == 0xC000);
    CHECK(storeBytes(gateway, {}) != 0);
    CHECK(gateway.find("IMAGE", {{0x00080018, ""}}).empty());
    CHECK(storeBytes(gateway, whole) == 0);
}

SCENARIO("presentation contexts have a bound, and so has what may stand in them", "[association]")
{
    GatewayFixture gateway([](gateway::Configuration& configuration) { configuration.dicom.limits.contexts = 2; });
    std::vector<dicom::ProposedContext> contexts(
        128, {dicom::Uid::ofKnown(ctImage), {dicom::Uid::ofKnown(dicom::transfer::explicitLittle)}});
    auto client = dicom::DicomClient::connect(gateway.as("PUZI_CT"), contexts);
    REQUIRE(client);
    CHECK((*client)->accepts(dicom::Uid::ofKnown(ctImage), dicom::Uid::ofKnown(dicom::transfer::explicitLittle)));
    // By hand: 128 contexts with 50 transfer syntaxes each is within the standard, one more of either is not.
    auto const request = [](int howMany, int syntaxes, std::string const& first = "1.2.3.0") {
        auto const item = [](char type, std::string const& value) {
            return std::string{type, '\0', static_cast<char>(value.size() >> 8), static_cast<char>(value.size())} +
                   value;
        };
        std::string body("\0\1\0\0", 4);
        body += "QIANLI          PUZI_CT         " + std::string(32, '\0') + item(0x10, "1.2.840.10008.3.1.1.1");
        for (int i = 0; i < howMany; ++i) {
            std::string context{static_cast<char>(2 * i + 1), '\0', '\0', '\0'};
            context += item(0x30, ctImage);
            for (int j = 0; j < syntaxes; ++j)
                context += item(0x40, j == 0 ? first : "1.2.3." + std::to_string(j));
            body += item(0x20, context);
        }
        body += item(0x50, item(0x51, std::string("\0\0\x40\0", 4)) + item(0x52, "1.2.3"));
        std::string pdu("\1\0", 2);
        for (int shift = 24; shift >= 0; shift -= 8)
            pdu += static_cast<char>(body.size() >> shift);
        return bytesOf(pdu + body);
    };
    // Of three that would do, two are accepted.
    RawConnection greedy(gateway.server->port());
    REQUIRE(greedy.send(request(3, 1, dicom::transfer::explicitLittle)));
    auto const agreed = greedy.receiveAll(500ms);
    int acceptedContexts = 0, refusedContexts = 0;
    for (std::size_t at = 74; at + 8 <= agreed.size(); // the items of an A-ASSOCIATE-AC (PS3.8 9.3.3)
         at += 4 + static_cast<std::size_t>(agreed[at + 2] * 256 + agreed[at + 3])) {
        acceptedContexts += agreed[at] == 0x21 && agreed[at + 6] == 0 ? 1 : 0;
        refusedContexts += agreed[at] == 0x21 && agreed[at + 6] != 0 ? 1 : 0;
    }
    CHECK(acceptedContexts == 2);
    CHECK(refusedContexts == 1);
    struct Case {
        int contexts, syntaxes;
        std::uint8_t answer;
    };
    for (auto const& [howMany, syntaxes, answer] : {Case{128, 50, 2}, Case{129, 1, 7}, Case{1, 51, 7}, Case{0, 0, 7}}) {
        CAPTURE(howMany, syntaxes);
        RawConnection peer(gateway.server->port());
        REQUIRE(peer.send(request(howMany, syntaxes)));
        auto const said = peer.receiveAll(answer == 2 ? 500ms : 10'000ms);
        REQUIRE(said.size() >= 10);
        CHECK(said[0] == answer);
    }
}

SCENARIO("who speaks another version of the protocol is told so", "[association]")
{
    GatewayFixture gateway;
    auto request = associateRequest();
    request[7] = 2; // bit 0 stands for the only version there is
    RawConnection peer(gateway.server->port());
    REQUIRE(peer.send(request));
    auto const answer = peer.receiveAll(10s);
    REQUIRE(answer.size() == 10);
    CHECK(Bytes{answer[0], answer[7], answer[8], answer[9]} == Bytes{3, 1, 2, 2});
    request[7] = 3; // and a newer one: the other bits are not looked at
    RawConnection newer(gateway.server->port());
    REQUIRE(newer.send(request));
    CHECK(newer.receiveAll(500ms).at(0) == 2);
}

SCENARIO("a byte now and then keeps no place: a message has a time for all of it", "[association][R15]")
{
    GatewayFixture gateway([](gateway::Configuration& configuration) {
        configuration.dicom.limits.request = 1s;
        configuration.dicom.limits.slowestBytes = 10'000;
        configuration.dicom.limits.operation = 60s;
        configuration.dicom.limits.idle = 60s;
        configuration.dicom.limits.firstByte = 60s;
    });
    RawConnection dataSet(gateway.server->port()), command(gateway.server->port()), nothing(gateway.server->port()),
        steady(gateway.server->port());
    for (auto* peer : {&dataSet, &command, &nothing, &steady})
        REQUIRE(peer->send(associateRequest()));
    SampleObject object;
    object.pixelBytes = 240'000;
    REQUIRE(dataSet.send(dataPdu(1, commandLast, storeCommand(object))));
    object.instance = "2.25.200";
    REQUIRE(steady.send(dataPdu(1, commandLast, storeCommand(object))));
    auto const whole = object.dataSet();
    auto const trickle = dataPdu(1, dataMore, Bytes(100'000, 0)), start = dataPdu(1, commandLast, storeCommand(object));
    std::size_t sent = 0;
    std::size_t const piece = 8000; // above the slowest, and 30 of them take more than `request`
    // None of the four is ever silent for half a second.
    for (std::size_t i = 0; i < 200 && !(dataSet.closed && command.closed && nothing.closed && sent == whole.size());
         ++i) {
        dataSet.send({trickle[i]});
        command.send({start[std::min<std::size_t>(i, start.size() - 2)]});
        nothing.send(dataPdu(1, 1, {}));
        if (sent < whole.size()) {
            auto const end = std::min(sent + piece, whole.size());
            Bytes const part(whole.begin() + static_cast<std::ptrdiff_t>(sent),
                             whole.begin() + static_cast<std::ptrdiff_t>(end));
            REQUIRE(steady.send(dataPdu(1, end == whole.size() ? dataLast : dataMore, part)));
            sent = end;
        }
        for (auto* peer : {&dataSet, &command, &nothing})
            peer->receiveAll(i % 10 == 9 ? 5ms : 0ms);
        std::this_thread::sleep_for(80ms);
    }
    CHECK(ends(dataSet));
    CHECK(ends(command));
    CHECK(ends(nothing));
    for (int i = 0; i < 400 && gateway.server->statistics().stored < 1; ++i)
        std::this_thread::sleep_for(10ms);
    CHECK(gateway.server->statistics().stored == 1); // slow, but not as slow as that
    CHECK(gateway.find("IMAGE", {{0x00080018, ""}}).size() == 1);
}

SCENARIO("who cancels without end what it did not ask for keeps no operation going", "[association][R11]")
{
    GatewayFixture gateway;
    SampleObject large;
    large.pixelBytes = 20 << 20; // more than the line takes while nobody reads it
    REQUIRE(gateway.send(large) == 0);
    auto const cancel = [](std::uint16_t id) {
        dicom::CommandSet command(dicom::command::cancelRequest);
        command.set(dicom::command::messageIdBeingRespondedTo, id);
        command.set(dicom::command::dataSetType, dicom::command::noDataSet);
        return dataPdu(1, commandLast, command.encode());
    };
    Bytes flood;
    for (int i = 0; i < 2000; ++i) {
        auto const one = cancel(static_cast<std::uint16_t>(1000 + i));
        flood.insert(flood.end(), one.begin(), one.end());
    }
    // Where nothing runs, a cancel comes too late and means nothing.
    RawConnection idle(gateway.server->port());
    REQUIRE(idle.send(associateRequest()));
    REQUIRE(idle.send(flood));
    idle.receiveAll(300ms);
    CHECK_FALSE(idle.closed);
    // Where the answer to a sub-operation is due, it is not one.
    RawConnection flooding(gateway.server->port());
    askToGet(flooding, large.study);
    flooding.receiveAll(1s); // the object
    CHECK(gateway.server->statistics().active == 1);
    CHECK(flooding.send(flood));
    // Else it would last as long as cancels come, and the silence allowed longer.
    for (int i = 0; i < 100 && gateway.server->statistics().active > 0; ++i)
        std::this_thread::sleep_for(100ms);
    CHECK(gateway.server->statistics().active == 0);
    CHECK(gateway.send({}, "BAISHA_DR") == 0);
}

SCENARIO("an answer that comes byte by byte keeps no operation going", "[association][R15]")
{
    bool const cancels = GENERATE(false, true);
    GatewayFixture gateway([](gateway::Configuration& configuration) { configuration.dicom.limits.operation = 1s; });
    REQUIRE(gateway.send({}) == 0);
    RawConnection peer(gateway.server->port());
    askToGet(peer, "2.25.100");
    dicom::CommandSet answer(cancels ? dicom::command::cancelRequest : dicom::command::storeResponse);
    answer.set(dicom::command::messageIdBeingRespondedTo, std::uint16_t{1})
        .set(dicom::command::status, std::uint16_t{0});
    answer.set(dicom::command::dataSetType, dicom::command::noDataSet);
    auto const bytes = dataPdu(1, commandLast, answer.encode());
    for (int i = 0; i < 1000 && gateway.server->statistics().active == 0; ++i)
        std::this_thread::sleep_for(5ms);
    REQUIRE(gateway.server->statistics().active == 1);
    // Never silent for a second, and far from its end after six; a whole cancel each time is no answer either.
    for (std::size_t i = 0; i < 40 && gateway.server->statistics().active > 0; ++i) {
        peer.send(cancels ? bytes : Bytes{bytes[i]});
        std::this_thread::sleep_for(150ms);
    }
    CHECK(gateway.server->statistics().active == 0);
    CHECK(gateway.send({}, "BAISHA_DR") == 0);
}

SCENARIO("who reads a little now and then keeps no operation going", "[association][R15]")
{
    GatewayFixture gateway([](gateway::Configuration& configuration) {
        configuration.dicom.limits.operation = 60s;
        configuration.dicom.limits.request = 1s;
        configuration.dicom.limits.slowestBytes = 100 << 20;
    });
    SampleObject large;
    large.pixelBytes = 40 << 20; // more than the line takes while nobody reads it
    REQUIRE(gateway.send(large) == 0);
    RawConnection peer(gateway.server->port());
    askToGet(peer, large.study);
    std::size_t read = 0;
    for (int i = 0; i < 100 && (i < 5 || gateway.server->statistics().active > 0); ++i) {
        read += peer.receiveSome(256 << 10).size();
        std::this_thread::sleep_for(100ms);
    }
    CHECK(gateway.server->statistics().active == 0);
    CHECK(read < large.pixelBytes);
}

SCENARIO("sockets that say nothing make room when all places are taken", "[association][R15]")
{
    GatewayFixture gateway([](gateway::Configuration& configuration) { configuration.dicom.maxAssociations = 20; });
    std::vector<std::unique_ptr<RawConnection>> silent;
    for (int i = 0; i < 300; ++i) {
        silent.push_back(std::make_unique<RawConnection>(gateway.server->port()));
        if (i % 2 == 1)
            silent.back()->send({1, 0, 0});
    }
    std::this_thread::sleep_for(1200ms); // a device asks at once
    for (int i = 0; i < 30; ++i) {
        SampleObject object;
        object.instance += "." + std::to_string(i);
        CHECK(gateway.send(object) == 0);
    }
    // Whoever was admitted keeps its place.
    auto client = dicom::DicomClient::connect(gateway.as("PUZI_CT"), GatewayFixture::contexts());
    REQUIRE(client);
    std::this_thread::sleep_for(1200ms);
    CHECK(gateway.send({}) == 0);
    CHECK((*client)->echo());
}

SCENARIO("requests that never become whole are not kept at everybody's cost", "[association][R02]")
{
    rlimit descriptors{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &descriptors) == 0);
    descriptors.rlim_cur = descriptors.rlim_max;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &descriptors) == 0);
    GatewayFixture gateway;
    auto const before = residentBytes();
    Bytes most{1, 0, 0, 1, 0xFF, 0xF0};
    most.resize(100'000, 0);
    std::vector<std::unique_ptr<RawConnection>> greedy;
    for (int i = 0; i < 1000; ++i) {
        greedy.push_back(std::make_unique<RawConnection>(gateway.server->port()));
        greedy.back()->send(most);
    }
    CHECK(residentBytes() < before + (256 << 20));
    // They would stay for 30 seconds.
    for (int i = 0; i < 100 && gateway.server->statistics().open > 600; ++i)
        std::this_thread::sleep_for(100ms);
    CHECK(gateway.server->statistics().open <= 600);
    CHECK(gateway.send({}) == 0);
}

SCENARIO("who is turned away or sends nonsense again and again is an alarm", "[association][R46]")
{
    GatewayFixture gateway;
    auto const call = [&](std::string const& callingAe) {
        return dicom::DicomClient::connect(gateway.as(callingAe), GatewayFixture::contexts()).has_value();
    };
    for (std::size_t i = 1; i < gateway::PeerWatch::refusals; ++i)
        CHECK_FALSE(call("STRANGER"));
    CHECK(gateway.alarms.standing().empty());
    CHECK_FALSE(call("STRANGER"));
    REQUIRE(gateway.alarms.stands("refusals", "STRANGER@127.0.0.1"));
    CHECK(gateway.alarms.standing().front().text.find("in no [[site]]") != std::string::npos);

    for (std::size_t i = 0; i < gateway::PeerWatch::malformed; ++i) {
        CHECK_FALSE(gateway.alarms.stands("malformed", "@127.0.0.1"));
        RawConnection peer(gateway.server->port());
        peer.send(bytesOf("GET / HTTP/1.1\r\n\r\n"));
        CHECK(ends(peer));
    }
    CHECK(gateway.alarms.stands("malformed", "@127.0.0.1"));
    for (std::size_t i = 0; i < gateway::PeerWatch::malformed; ++i)
        CHECK(storeBytes(gateway, with(nested(65))) == 0xC000);
    CHECK(gateway.alarms.stands("malformed", "PUZI_CT@127.0.0.1"));
    CHECK(gateway.send({}) == 0);
}

TEST_CASE("an alarm of a caller ends when it has been quiet, and inventing names makes no more of them", "[R46]")
{
    SystemClock const clock;
    gateway::AlarmBoard alarms(clock);
    using Watch = gateway::PeerWatch;
    Watch watch({&alarms, nullptr});
    Watch::Time now{};
    auto const refuse = [&](std::string const& callingAe) {
        watch.note(Watch::What::Refused, callingAe, "10.6.6.6", "reason\x1b[2J", "advice", now);
    };
    SECTION("slow repetition is none, quick repetition is, until it ends")
    {
        for (int i = 0; i < 100; ++i) {
            refuse("DR");
            now += Watch::period / 5;
        }
        CHECK(alarms.standing().empty());
        for (std::size_t i = 0; i < Watch::refusals; ++i)
            refuse("DR\n");
        REQUIRE(alarms.stands("refusals", "DR\\n@10.6.6.6"));
        CHECK(alarms.standing().front().text.find("reason\\x1b[2J") != std::string::npos);
        now += Watch::quiet - 1s;
        watch.look(now);
        CHECK(alarms.standing().size() == 1);
        now += 1s;
        watch.look(now);
        CHECK(alarms.standing().empty());
        refuse("DR\n");
        CHECK(alarms.standing().empty()); // counted anew
    }
    SECTION("many names of one address are one")
    {
        for (int i = 0; i < 50'000; ++i)
            refuse("DR" + std::to_string(i));
        CHECK(alarms.stands("refusals", "*@10.6.6.6"));
        CHECK(alarms.standing().size() == 1);
        now += Watch::quiet;
        watch.look(now);
        CHECK(alarms.standing().empty());
    }
    SECTION("all addresses that one machine may have are one")
    {
        for (std::size_t i = 0; i < Watch::refusals; ++i)
            watch.note(Watch::What::Refused, "DR", "2001:db8:0:1::" + std::to_string(i), "reason", "advice", now);
        CHECK(alarms.stands("refusals", "DR@2001:db8:0:1::/64"));
        CHECK(alarms.standing().size() == 1);
    }
    SECTION("from however many addresses, the alarms have a bound, and all of them end")
    {
        auto const from = [&](int i) { return fmt::format("10.{}.{}.{}", i >> 16, (i >> 8) & 255, i & 255); };
        constexpr int many = 5'000;
        for (int i = 0; i < many; ++i)
            for (std::size_t k = 0; k < Watch::malformed; ++k)
                watch.note(Watch::What::Malformed, "DR", from(i), "reason", "advice", now);
        CHECK(alarms.standing().size() == Watch::mostAlarms + 1);
        CHECK(alarms.stands("malformed", "*@*"));
        CHECK(watch.size() <= 2'000);
        now += Watch::quiet;
        watch.look(now);
        CHECK(alarms.standing().empty());
        CHECK(watch.size() == 0);
        // Room, and alarms, are there anew.
        for (std::size_t k = 0; k < Watch::malformed; ++k)
            watch.note(Watch::What::Malformed, "DR", from(many), "reason", "advice", now);
        CHECK(alarms.stands("malformed", "DR@" + from(many)));
    }
}
