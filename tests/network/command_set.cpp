// Command sets: what we write is what we read, and what a peer makes up is refused with the place named.
#include "common/dicom/network/command_set.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::dicom;

namespace {

std::vector<std::uint8_t> bytesOf(std::initializer_list<int> values)
{
    return {values.begin(), values.end()};
}

} // namespace

TEST_CASE("a command set survives encoding", "[network]")
{
    CommandSet set(command::storeRequest);
    set.set(command::messageId, std::uint16_t{7})
        .set(command::affectedSopInstance, Uid::ofKnown("1.2.3"))
        .setText(command::moveOriginatorAe, "PACS1");
    set.set(command::dataSetType, std::uint16_t{1});
    auto const bytes = set.encode();
    REQUIRE(bytes.size() % 2 == 0);
    CHECK(bytes[8] + 256 * bytes[9] == static_cast<int>(bytes.size()) - 12); // Command Group Length

    auto const parsed = CommandSet::parse(bytes);
    REQUIRE(parsed);
    CHECK(parsed->field() == command::storeRequest);
    CHECK(parsed->number(command::messageId) == std::uint16_t{7});
    CHECK(parsed->uid(command::affectedSopInstance)->value() == "1.2.3");
    CHECK(parsed->text(command::moveOriginatorAe) == "PACS1");
    CHECK(parsed->hasDataSet());
}

TEST_CASE("a command set that lies is refused", "[network]")
{
    auto const good = CommandSet(command::echoRequest).encode();
    SECTION("cut off in an element header")
    {
        CHECK_FALSE(CommandSet::parse(std::span(good).first(good.size() - 4)));
    }
    SECTION("an element of another group")
    {
        CHECK_FALSE(CommandSet::parse(bytesOf({0x10, 0, 0x10, 0, 2, 0, 0, 0, 'A', ' '})));
    }
    SECTION("a length beyond the end")
    {
        CHECK_FALSE(CommandSet::parse(bytesOf({0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0x7F, 0x30, 0})));
    }
    SECTION("undefined length, the way into a recursive parser")
    {
        CHECK_FALSE(CommandSet::parse(bytesOf({0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0x30, 0})));
    }
    SECTION("no Command Field")
    {
        CHECK_FALSE(CommandSet::parse(bytesOf({0, 0, 0x10, 1, 2, 0, 0, 0, 1, 0})));
    }
    SECTION("nothing")
    {
        CHECK_FALSE(CommandSet::parse({}));
    }
}

TEST_CASE("a response names what it answers, with a comment that fits", "[network]")
{
    CommandSet request(command::storeRequest);
    request.set(command::messageId, std::uint16_t{9})
        .set(command::affectedSopClass, Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2"));
    auto const response = responseTo(request, 0xA700, std::string(100, 'x') + "\n");
    CHECK(response.field() == command::storeResponse);
    CHECK(response.number(command::messageIdBeingRespondedTo) == std::uint16_t{9});
    CHECK(response.number(command::status) == std::uint16_t{0xA700});
    CHECK(response.text(command::errorComment).size() == 64);
    CHECK_FALSE(response.hasDataSet());
    CHECK(responseTo(request, 0xC000, "two\nlines \xE5").text(command::errorComment) == "two?lines ?");
}
