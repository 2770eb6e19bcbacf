// The A-ASSOCIATE-RQ of a stranger is checked before DCMTK parses it: a real one passes, each lie is refused.
#include "common/dicom/network/associate_request.h"

#include <catch2/catch.hpp>
#include <string>

using namespace qianli;
using namespace qianli::dicom;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes item(std::uint8_t type, Bytes const& value)
{
    Bytes bytes{type, 0, static_cast<std::uint8_t>(value.size() >> 8), static_cast<std::uint8_t>(value.size())};
    bytes.insert(bytes.end(), value.begin(), value.end());
    return bytes;
}

Bytes text(std::string const& value)
{
    return {value.begin(), value.end()};
}

Bytes operator+(Bytes left, Bytes const& right)
{
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

Bytes context(std::uint8_t id, std::string const& abstractSyntax = "1.2.840.10008.1.1", int transferSyntaxes = 1)
{
    Bytes value = Bytes{id, 0, 0, 0} + item(0x30, text(abstractSyntax));
    for (int i = 0; i < transferSyntaxes; ++i)
        value = value + item(0x40, text("1.2.840.10008.1.2"));
    return item(0x20, value);
}

Bytes const userInformation = item(0x50, item(0x51, {0, 0, 0x40, 0}) + item(0x52, text("1.2.3")));
Bytes const applicationContext = item(0x10, text("1.2.840.10008.3.1.1.1"));

Bytes request(Bytes const& items)
{
    Bytes fixed{0, 1, 0, 0};
    fixed = fixed + text("QIANLI          ") + text("  PUZI_CT       ") + Bytes(32, 0);
    auto const length = fixed.size() + items.size();
    Bytes pdu{1, 0, 0, 0, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
    return pdu + fixed + items;
}

} // namespace

TEST_CASE("a well-formed association request gives its AE titles", "[network]")
{
    auto const scanned = readAssociateRequest(request(applicationContext + context(1) + context(3) + userInformation));
    REQUIRE(scanned);
    CHECK(scanned->calledAe == "QIANLI");
    CHECK(scanned->callingAe == "PUZI_CT");
}

TEST_CASE("a malformed association request is refused", "[network]")
{
    Bytes contexts;
    for (int id = 1; id < 256; id += 2)
        contexts = contexts + context(static_cast<std::uint8_t>(id));
    CHECK(readAssociateRequest(request(applicationContext + contexts + userInformation)));

    auto const identity = [](Bytes const& value) {
        return item(0x50, item(0x51, {0, 0, 0x40, 0}) + item(0x58, value));
    };
    CHECK(readAssociateRequest(request(applicationContext + context(1) + identity(Bytes{1, 0, 0, 1, 'x', 0, 0}))));

    auto const bad = GENERATE_COPY(
        values<Bytes>({Bytes{},
                       Bytes{1, 0, 0, 0, 0, 0},
                       text("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                       request({}),
                       request(applicationContext + context(1)),
                       request(context(1) + userInformation),
                       request(applicationContext + userInformation),
                       request(applicationContext + context(2) + userInformation),
                       request(applicationContext + context(1) + context(1) + userInformation),
                       request(applicationContext + context(1) + userInformation + userInformation),
                       request(applicationContext + context(1, std::string(65, '1')) + userInformation),
                       request(applicationContext + context(1, "") + userInformation),
                       request(applicationContext + context(1, "1.2.840.10008.1.1", 0) + userInformation),
                       request(applicationContext + context(1, "1.2.840.10008.1.1", 51) + userInformation),
                       request(applicationContext + context(1) + Bytes{0x50, 0, 0xFF, 0xFF}),
                       request(applicationContext + context(1) + Bytes{0x50, 0}),
                       request(applicationContext + context(1) + userInformation + item(0x77, {})),
                       request(applicationContext + context(1) + identity({1, 0, 0xFF, 0xFF, 'x', 0, 0})),
                       request(applicationContext + context(1) + identity({1, 0, 0, 1, 'x', 0, 9})),
                       request(applicationContext + context(1) + item(0x50, item(0x54, {0, 99, '1', '.', '2', 0, 1}))),
                       request(applicationContext + context(1) + item(0x50, item(0x51, {0, 0})))}));
    auto const scanned = readAssociateRequest(bad);
    CHECK_FALSE(scanned);
}
