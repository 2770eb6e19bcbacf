// The bytes of a peer become PDUs and messages however they are cut, and nothing is believed that they announce.
#include "common/dicom/network/pdu_reader.h"
#include "common/dicom/network/command_set.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

using namespace qianli;
using namespace qianli::dicom;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Kind = PduReader::Event::Kind;

constexpr std::uint8_t dataMore = 0, commandMore = 1, dataLast = 2, commandLast = 3;

void append(Bytes& to, Bytes const& more)
{
    to.insert(to.end(), more.begin(), more.end());
}

void appendLength(Bytes& to, std::size_t length)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        to.push_back(static_cast<std::uint8_t>(length >> shift));
}

Bytes fragment(std::uint8_t contextId, std::uint8_t control, Bytes const& value)
{
    Bytes bytes;
    appendLength(bytes, value.size() + 2);
    bytes.push_back(contextId);
    bytes.push_back(control);
    append(bytes, value);
    return bytes;
}

Bytes pdu(std::uint8_t type, Bytes const& body)
{
    Bytes bytes{type, 0};
    appendLength(bytes, body.size());
    append(bytes, body);
    return bytes;
}

Bytes const release{5, 0, 0, 0, 0, 4, 0, 0, 0, 0}, abortion{7, 0, 0, 0, 0, 4, 0, 0, 2, 0};

// What a whole conversation means, data set pieces joined: "C1:…", "D1:…|", "release", "abort", "error …".
std::vector<std::string> meaning(Bytes const& bytes, std::function<std::size_t()> const& cut)
{
    PduReader reader(1000);
    reader.expectMessages();
    std::vector<std::string> events;
    std::string dataSet;
    std::span<std::uint8_t const> rest(bytes);
    while (!rest.empty()) {
        auto piece = rest.first(std::min(rest.size(), cut()));
        rest = rest.subspan(piece.size());
        for (;;) {
            auto const event = reader.next(piece);
            if (!event) {
                events.push_back("error " + std::string(toString(event.error().code)));
                return events;
            }
            if (event->kind == Kind::NeedsMore)
                break;
            std::string const text(event->bytes.begin(), event->bytes.end());
            if (event->kind == Kind::Command)
                events.push_back("C" + std::to_string(event->contextId) + ":" + text);
            if (event->kind == Kind::DataSet)
                dataSet += text;
            if (event->kind == Kind::DataSet && event->last)
                events.push_back("D" + std::to_string(event->contextId) + ":" + std::exchange(dataSet, {}));
            if (event->kind == Kind::ReleaseRequest)
                events.emplace_back("release");
            if (event->kind == Kind::Abort)
                events.emplace_back("abort");
        }
    }
    return events;
}

Bytes text(std::string const& value)
{
    return {value.begin(), value.end()};
}

} // namespace

TEST_CASE("messages mean the same however the wire cuts them", "[network]")
{
    Bytes conversation;
    append(conversation, pdu(4, fragment(1, commandLast, text("store"))));
    append(conversation, pdu(4, fragment(1, dataMore, text("abc"))));
    // Two fragments in one PDU, and one without a byte.
    auto both = fragment(1, dataMore, text("defg"));
    append(both, fragment(1, dataMore, {}));
    append(conversation, pdu(4, both));
    append(conversation, pdu(4, fragment(1, dataLast, {})));
    auto command = fragment(3, commandMore, text("fi"));
    append(command, fragment(3, commandLast, text("nd")));
    auto all = pdu(4, command);
    append(conversation, all);
    append(conversation, pdu(4, fragment(3, dataLast, text("keys"))));
    append(conversation, release);
    append(conversation, abortion);
    std::vector<std::string> const expected{"C1:store", "D1:abcdefg", "C3:find", "D3:keys", "release", "abort"};

    CHECK(meaning(conversation, [] { return std::size_t{1}; }) == expected);
    CHECK(meaning(conversation, [&] { return conversation.size(); }) == expected);
    std::mt19937 random(7);
    for (int i = 0; i < 200; ++i)
        REQUIRE(meaning(conversation, [&] { return 1 + random() % 17; }) == expected);
}

TEST_CASE("fragments without content end a message that has no end", "[network]")
{
    for (std::uint8_t const more : {commandMore, dataMore}) {
        CAPTURE(int{more});
        auto const empties = [&](int count) {
            Bytes bytes;
            for (int i = 0; i < count; ++i)
                append(bytes, pdu(4, fragment(1, more, i % 10 == 9 ? text("x") : Bytes{})));
            append(bytes, pdu(4, fragment(1, more | 2, {})));
            return bytes;
        };
        auto few = empties(70);
        append(few, empties(70)); // counted anew
        CHECK(meaning(few, [] { return std::size_t{7}; }).size() == 2);
        CHECK(meaning(empties(72), [] { return std::size_t{1000}; }) ==
              std::vector<std::string>{"error " + std::string(toString(ErrorCode::LimitExceeded))});
    }
}

TEST_CASE("what is no PDU at its place is refused", "[network]")
{
    auto const whole = [](Bytes const& bytes) { return meaning(bytes, [&] { return bytes.size(); }); };
    auto withTail = fragment(1, dataLast, text("a"));
    withTail.push_back(0);
    auto torn = pdu(4, fragment(1, commandMore, text("a")));
    append(torn, release);
    auto mixed = pdu(4, fragment(1, commandMore, text("a")));
    append(mixed, pdu(4, fragment(1, dataLast, text("b"))));
    auto otherContext = pdu(4, fragment(1, commandMore, text("a")));
    append(otherContext, pdu(4, fragment(3, commandLast, text("b"))));
    auto const [bytes, code] = GENERATE_COPY(table<Bytes, std::string>({
        {pdu(1, Bytes(70)), "invalid-input"},
        {pdu(2, Bytes(70)), "invalid-input"},
        {pdu(9, Bytes(4)), "invalid-input"},
        {pdu(5, Bytes(5)), "invalid-input"},
        {pdu(4, Bytes(3)), "invalid-input"},
        {pdu(4, {0, 0, 0, 1, 1, 3}), "invalid-input"},
        {pdu(4, {0, 0, 0, 9, 1, 3, 1}), "invalid-input"},
        {pdu(4, {0xFF, 0xFF, 0xFF, 0xFF, 1, 3}), "invalid-input"},
        {pdu(4, withTail), "invalid-input"},
        {pdu(4, Bytes(1001)), "limit-exceeded"},
        {torn, "invalid-input"},
        {mixed, "invalid-input"},
        {otherContext, "invalid-input"},
    }));
    CHECK(whole(bytes) == std::vector<std::string>{"error " + code});
}

TEST_CASE("a command set has an end, whatever comes in pieces", "[network]")
{
    Bytes bytes;
    for (std::size_t sent = 0; sent <= command::maximumBytes; sent += 900)
        append(bytes, pdu(4, fragment(1, commandMore, Bytes(900, 'x'))));
    CHECK(meaning(bytes, [&] { return bytes.size(); }) == std::vector<std::string>{"error limit-exceeded"});
}

TEST_CASE("first comes an association request, whole", "[network]")
{
    auto request = pdu(1, Bytes(300, 'r'));
    append(request, pdu(4, fragment(1, commandLast, text("early"))));
    PduReader reader(1000);
    std::span<std::uint8_t const> input(request);
    auto first = input.first(100), second = input.subspan(100);
    auto event = reader.next(first);
    REQUIRE(event);
    CHECK(event->kind == Kind::NeedsMore);
    event = reader.next(second);
    REQUIRE(event);
    CHECK(event->kind == Kind::AssociateRequest);
    CHECK(event->bytes.size() == 306);
    // Not answered yet: nothing else may come.
    CHECK_FALSE(reader.next(second));
    for (auto const& opening : {release, abortion, pdu(4, fragment(1, commandLast, text("x"))), pdu(1, Bytes())}) {
        PduReader fresh(1000);
        std::span<std::uint8_t const> bytes(opening);
        CHECK_FALSE(fresh.next(bytes));
    }
}
