#include "common/dicom/data_set_scan.h"
#include "common/dicom/sop_class.h"
#include "tests/dicom/data_set_bytes.h"

#include <array>
#include <catch2/catch.hpp>
#include <zlib.h>

using namespace qianli;
using namespace qianli::dicom;
using test::DataSetBytes;
using test::Order;
using test::undefinedLength;

namespace {

constexpr Tag contentSequence{0x0040, 0xA730};
constexpr Tag privateCreator{0x0009, 0x0010};
constexpr Tag privateElement{0x0009, 0x1001};
constexpr std::array wanted{tag::patientName, tag::rows, tag::modality};

Result<DataSetHeader> scan(std::string_view bytes, std::string_view syntax = transfer::explicitLittle,
                           ScanLimits const& limits = {}, std::size_t piece = std::string_view::npos)
{
    DataSetScanner scanner(Uid::ofKnown(syntax), wanted, limits);
    for (std::size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size() - at))
        QIANLI_TRY(scanner.feed(DataSetBytes::asBytes(bytes.substr(at, piece))));
    return scanner.finish();
}

// A bit of everything that a data set may hold, in explicit VR little endian.
DataSetBytes everything(Order order = Order::Little)
{
    std::string const rows = order == Order::Little ? std::string("\x00\x02", 2) : std::string("\x02\x00", 2);
    DataSetBytes bytes(order);
    bytes.element({0x0008, 0x0000}, "UL", std::string(4, '\0'))
        .element(tag::modality, "CS", "CT")
        .element(privateCreator, "LO", "SOMEBODY")
        .elementWithLength({0x0008, 0x1115}, "SQ", undefinedLength)
        .item()
        .element(tag::modality, "CS", "MR") // deeper: not the study's
        .elementWithLength(contentSequence, "SQ", 24)
        .item(8)
        .element({0x0040, 0xA043}, "SH", "")
        .item(0)
        .itemEnd()
        .item(0)
        .sequenceEnd()
        .element(tag::patientName, "PN", "Zhang^San ")
        .elementWithLength({0x0011, 0x1001}, "UN", undefinedLength);
    // Unknown VR with undefined length: implicit VR little endian inside, whatever is outside (PS3.5 6.2.2 note 2).
    bytes.raw(DataSetBytes().item().implicitElement({0x0010, 0x0020}, "1234").itemEnd().sequenceEnd().text());
    bytes.element(tag::rows, "US", rows)
        .element({0x0018, 0x9999}, "ZZ", "future") // a VR of the future has the long form
        .elementWithLength(tag::pixelData, "OB", undefinedLength)
        .item(0)
        .item(8)
        .raw(std::string("\xFE\xFF\xDD\xE0\0\0\0\0", 8)) // a delimiter inside of a fragment is none
        .sequenceEnd()
        .element({0xFFFC, 0xFFFC}, "OB", std::string(2, '\0'));
    return bytes;
}

std::string deflated(std::string_view bytes)
{
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(bytes.size() + 1024, '\0');
    std::string in(bytes);
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out.size() % 2 == 0 ? out : out + '\0';
}

// `depth` sequences in each other.
std::string nested(int depth)
{
    DataSetBytes bytes;
    for (int i = 0; i < depth; ++i)
        bytes.elementWithLength(contentSequence, "SQ", undefinedLength).item();
    for (int i = 0; i < depth; ++i)
        bytes.itemEnd().sequenceEnd();
    return bytes.text();
}

void checkRefused(Result<DataSetHeader> const& result, std::string const& names,
                  ErrorCode code = ErrorCode::InvalidInput)
{
    REQUIRE_FALSE(result);
    CHECK(result.error().code == code);
    CHECK_THAT(result.error().message, Catch::Contains(names));
}

} // namespace

TEST_CASE("the walk keeps the wanted top-level values and finds the pixel data", "[scan]")
{
    for (Order const order : {Order::Little, Order::Big}) {
        DataSetBytes const bytes = everything(order);
        // Big endian data may hold unknown elements in little endian only inside of VR UN.
        auto const header =
            scan(bytes.text(), order == Order::Little ? transfer::explicitLittle : transfer::explicitBig);
        REQUIRE(header);
        CHECK(header->elements.size() == 3);
        CHECK(header->elements.at(tag::patientName).value == "Zhang^San ");
        CHECK(header->elements.at(tag::patientName).vr == "PN");
        CHECK(header->elements.at(tag::modality).value == "CT");
        CHECK(header->elements.at(tag::rows).value.size() == 2);
        CHECK(header->bigEndian == (order == Order::Big));
        CHECK(header->length == bytes.text().size());
        CHECK(header->pixelDataOffset ==
              bytes.text().find(order == Order::Little ? "\xE0\x7F\x10" : std::string_view("\x7F\xE0\x00\x10", 4)));
    }
}

TEST_CASE("bytes may be cut anywhere", "[scan]")
{
    std::string const bytes = everything().text();
    auto const whole = scan(bytes);
    REQUIRE(whole);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        DataSetScanner scanner(Uid::ofKnown(transfer::explicitLittle), wanted);
        REQUIRE(scanner.feed(DataSetBytes::asBytes(std::string_view(bytes).substr(0, cut))));
        REQUIRE(scanner.feed(DataSetBytes::asBytes(std::string_view(bytes).substr(cut))));
        auto const header = scanner.finish();
        REQUIRE(header);
        CHECK(header->elements.at(tag::patientName).value == "Zhang^San ");
        CHECK(header->pixelDataOffset == whole->pixelDataOffset);
    }
    for (std::size_t const piece : {1u, 2u, 3u, 7u, 13u})
        CHECK(scan(bytes, transfer::explicitLittle, {}, piece));
}

TEST_CASE("a data set that ends early is refused wherever it ends", "[scan]")
{
    // Without the last element every prefix but those that end between top-level elements is incomplete.
    DataSetBytes bytes;
    bytes.element(tag::modality, "CS", "CT").elementWithLength(contentSequence, "SQ", undefinedLength);
    std::size_t const complete = 10;
    bytes.item().element({0x0040, 0xA160}, "UT", "text").itemEnd().sequenceEnd();
    for (std::size_t length = 1; length < bytes.text().size(); ++length) {
        CAPTURE(length);
        auto const header = scan(std::string_view(bytes.text()).substr(0, length));
        CHECK(header.has_value() == (length == complete));
    }
    CHECK(scan(bytes.text()));
}

TEST_CASE("implicit VR finds sequences by the dictionary", "[scan]")
{
    DataSetBytes bytes;
    bytes.implicitElement(tag::modality, "CT")
        .implicitWithLength({0x0008, 0x1115}, 18)
        .item(10)
        .implicitElement(tag::modality, "MR")
        .implicitElement(tag::patientName, "Li^Si ")
        .implicitElement(tag::rows, std::string("\x00\x01", 2));
    auto const header = scan(bytes.text(), transfer::implicitLittle);
    REQUIRE(header);
    CHECK(header->elements.at(tag::modality).value == "CT");
    CHECK(header->elements.at(tag::modality).vr == "CS");
    CHECK(header->elements.at(tag::rows).vr == "US");
    // A defined-length sequence is really walked: its item lies.
    DataSetBytes lying;
    lying.implicitWithLength({0x0008, 0x1115}, 18).item(11).implicitElement(tag::modality, "MR").raw("  ");
    checkRefused(scan(lying.text(), transfer::implicitLittle), "(FFFE,E000) at byte 8");
}

TEST_CASE("private elements without VR are opaque unless they are sequences", "[scan]")
{
    DataSetBytes opaque;
    opaque.implicitElement(privateElement, "no items here, just text").implicitElement(tag::patientName, "Li^Si ");
    CHECK(scan(opaque.text(), transfer::implicitLittle)->elements.contains(tag::patientName));
    DataSetBytes eight;
    eight.implicitElement(privateElement, "12345678").implicitElement(tag::patientName, "Li^Si ");
    CHECK(scan(eight.text(), transfer::implicitLittle)->elements.contains(tag::patientName));

    // Nested in defined lengths only, through private sequences: no way around the limit on depth.
    std::string inner;
    for (int i = 0; i < 70; ++i) {
        DataSetBytes outer;
        outer.implicitWithLength(privateElement, static_cast<std::uint32_t>(inner.size() + 8))
            .item(static_cast<std::uint32_t>(inner.size()))
            .raw(inner);
        inner = outer.text();
    }
    checkRefused(scan(inner, transfer::implicitLittle), "deeper than 64", ErrorCode::LimitExceeded);
}

TEST_CASE("pixel data that says it is a sequence is walked as one", "[scan]")
{
    auto const inner = nested(64);
    auto const size = static_cast<std::uint32_t>(inner.size());
    DataSetBytes hiding;
    hiding.elementWithLength(tag::pixelData, "SQ", undefinedLength).item(size).raw(inner).sequenceEnd();
    DataSetBytes inside;
    inside.elementWithLength(contentSequence, "SQ", undefinedLength).item().raw(hiding.text()).itemEnd().sequenceEnd();
    for (auto const& bytes : {hiding, inside})
        checkRefused(scan(bytes.text()), "deeper than 64", ErrorCode::LimitExceeded);

    for (char const* const vr : {"OF", "OD", "OL", "OV", "UT", "ZZ", "OX"}) {
        CAPTURE(vr);
        DataSetBytes other;
        other.elementWithLength(tag::pixelData, vr, undefinedLength).item(size).raw(inner).sequenceEnd();
        checkRefused(scan(other.text()), std::string("a value of ") + vr + " must say its length");
    }
    for (char const* const vr : {"OB", "OW", "UN"}) {
        CAPTURE(vr);
        DataSetBytes fragments, icon;
        fragments.elementWithLength(tag::pixelData, vr, undefinedLength).item(0).item(size).raw(inner).sequenceEnd();
        icon.elementWithLength({0x0088, 0x0200}, "SQ", undefinedLength).item().raw(fragments.text());
        auto const top = scan(fragments.text()), nestedOne = scan(icon.itemEnd().sequenceEnd().text());
        REQUIRE(top);
        REQUIRE(nestedOne);
        CHECK(top->ambiguous == (std::string_view(vr) == "UN"));
        CHECK(nestedOne->ambiguous == top->ambiguous);
    }
    DataSetBytes withoutVr;
    withoutVr.implicitWithLength(tag::pixelData, undefinedLength).item(0).item(size).raw(inner).sequenceEnd();
    CHECK_FALSE(scan(withoutVr.text(), transfer::implicitLittle)->ambiguous);
}

TEST_CASE("private elements without VR that a parser may take for sequences are kept from it", "[scan]")
{
    auto const isAmbiguous = [](DataSetBytes const& bytes, std::size_t piece = std::string_view::npos) {
        auto const header = scan(bytes.text(), transfer::implicitLittle, {}, piece);
        REQUIRE(header);
        return header->ambiguous;
    };
    DataSetBytes longer;
    longer.implicitElement(privateElement, DataSetBytes().item(100).raw("01234567").text());
    CHECK(isAmbiguous(longer));
    // The item's header is the value and the header behind it.
    for (std::uint32_t length = 1; length < 8; ++length) {
        CAPTURE(length);
        auto const item = DataSetBytes().item(2000).text();
        DataSetBytes spread;
        spread.implicitWithLength(privateElement, length).raw(item.substr(0, length));
        auto const rest = item.substr(length);
        spread.raw(rest).raw(std::string(8 - rest.size(), '\0'));
        auto const header = scan(spread.raw(std::string(4096, '\0')).text(), transfer::implicitLittle);
        CHECK((!header || header->ambiguous));
    }
    for (std::size_t const piece : {1u, 3u, 100u}) {
        DataSetBytes split;
        split.implicitWithLength(privateElement, 2).raw(std::string("\xFE\xFF", 2));
        split.implicitElement({0xE000, 0x0010}, "12345678");
        CHECK(isAmbiguous(split, piece));
        DataSetBytes number; // -2
        number.implicitElement(privateElement, std::string("\xFE\xFF", 2)).implicitElement(tag::modality, "CT");
        CHECK_FALSE(isAmbiguous(number, piece));
    }
}

TEST_CASE("nesting is limited, in a fixed amount of stack", "[scan]")
{
    CHECK(scan(nested(64)));
    checkRefused(scan(nested(65)), "(0040,A730) at byte 1280: sequences are nested deeper than 64",
                 ErrorCode::LimitExceeded);
    checkRefused(scan(nested(20'000)), "nested deeper", ErrorCode::LimitExceeded);
    ScanLimits deep;
    deep.depth = 100'000;
    CHECK(scan(nested(20'000), transfer::explicitLittle, deep));
}

TEST_CASE("lengths that lie are named", "[scan]")
{
    struct Lie {
        char const* what;
        std::string bytes;
        char const* names;
    };
    std::array const lies{
        Lie{"a value longer than its item",
            DataSetBytes()
                .elementWithLength(contentSequence, "SQ", undefinedLength)
                .item(10)
                .element(tag::modality, "CS", "ABCD")
                .text(),
            "(0008,0060) at byte 20: its length 4 runs past byte 30, where (0040,A730) at byte 12 ends"},
        Lie{"an item longer than its sequence",
            DataSetBytes().elementWithLength(contentSequence, "SQ", 12).item(10).raw("0123456789").text(),
            "(FFFE,E000) at byte 12"},
        Lie{"an item that ends inside of a header",
            DataSetBytes()
                .elementWithLength(contentSequence, "SQ", undefinedLength)
                .item(4)
                .element(tag::modality, "CS", "AB")
                .text(),
            "still open at byte 24"},
        Lie{"an element where an item must be",
            DataSetBytes()
                .elementWithLength(contentSequence, "SQ", undefinedLength)
                .element(tag::modality, "CS", "AB")
                .text(),
            "an item was expected"},
        Lie{"a delimiter where nothing is open", DataSetBytes().sequenceEnd().text(),
            "end of a sequence where none is open"},
        Lie{"an item end where none is open",
            DataSetBytes().elementWithLength(contentSequence, "SQ", undefinedLength).itemEnd().text(),
            "end of an item"},
        Lie{"an item outside of a sequence", DataSetBytes().item().text(), "an item outside of any sequence"},
        Lie{"a delimiter in a sequence of known length",
            DataSetBytes().elementWithLength(contentSequence, "SQ", 8).sequenceEnd().text(), "a length of its own"},
        Lie{"a delimiter with a length",
            DataSetBytes()
                .elementWithLength(contentSequence, "SQ", undefinedLength)
                .implicitWithLength(tag::sequenceDelimitation, 4)
                .text(),
            "length 0, not 4"},
        Lie{"a fragment without length",
            DataSetBytes().elementWithLength(tag::pixelData, "OB", undefinedLength).item().text(),
            "a fragment must say its length"},
        Lie{"text without length", DataSetBytes().elementWithLength({0x0008, 0x0119}, "UC", undefinedLength).text(),
            "a value of UC must say its length"},
        Lie{"no VR", DataSetBytes().element(tag::modality, "CS", "AB").element(tag::patientName, "pn", "ABCD").text(),
            "'pn' is no value representation"},
        Lie{"something behind the padding",
            DataSetBytes().element(tag::modality, "CS", "AB").raw(std::string(64, '\0')).raw("x").text(),
            "behind zeros"},
        Lie{"a truncated value", DataSetBytes().elementWithLength(tag::pixelData, "OW", 0xFFFF'FFFE).raw("1234").text(),
            "(7FE0,0010) at byte 0: 4294967290 of its 4294967294 bytes are missing"},
    };
    for (Lie const& lie : lies) {
        CAPTURE(lie.what);
        checkRefused(scan(lie.bytes), lie.names);
    }
}

TEST_CASE("what old writers do is taken", "[scan]")
{
    SECTION("zeros behind the last element, fewer than a header or a whole block of them")
    {
        for (std::size_t const zeros : {1u, 7u, 8u, 9u, 512u})
            CHECK(scan(DataSetBytes().element(tag::modality, "CS", "CT").raw(std::string(zeros, '\0')).text()));
    }
    SECTION("the VR of two question marks, with a short length")
    {
        CHECK(scan(DataSetBytes().element(privateElement, "??", "ABCD").element(tag::modality, "CS", "CT").text())
                  ->elements.size() == 1);
    }
    SECTION("items without VRs in an explicit data set are walked, and DCMTK is warned off")
    {
        DataSetBytes bytes;
        bytes.elementWithLength(privateElement, "SQ", undefinedLength)
            .item()
            .implicitElement(tag::patientName, "A^B ")
            .itemEnd()
            .sequenceEnd();
        auto const header = scan(bytes.text());
        REQUIRE(header);
        CHECK(header->ambiguous);
        CHECK_FALSE(scan(everything().text())->ambiguous);
        auto const without = scan(DataSetBytes().implicitElement(tag::modality, "CT").text());
        REQUIRE(without);
        CHECK(without->elements.contains(tag::modality));
        CHECK(without->ambiguous);
    }
    SECTION("the first of two elements with one tag counts")
    {
        CHECK(scan(DataSetBytes().element(tag::modality, "CS", "CT").element(tag::modality, "CS", "MR").text())
                  ->elements.at(tag::modality)
                  .value == "CT");
    }
}

TEST_CASE("counts, lengths and kept values have limits", "[scan]")
{
    ScanLimits limits;
    limits.elements = 3;
    DataSetBytes three;
    three.element(tag::modality, "CS", "CT").element(tag::modality, "CS", "CT").element(tag::modality, "CS", "CT");
    CHECK(scan(three.text(), transfer::explicitLittle, limits));
    checkRefused(scan(three.element(tag::modality, "CS", "CT").text(), transfer::explicitLittle, limits),
                 "more than 3 elements", ErrorCode::LimitExceeded);

    limits = {};
    limits.dataSetBytes = 30;
    CHECK(scan(DataSetBytes().element(tag::pixelData, "OB", std::string(18, 'x')).text(), transfer::explicitLittle,
               limits));
    checkRefused(
        scan(DataSetBytes().elementWithLength(tag::pixelData, "OB", 20).text(), transfer::explicitLittle, limits),
        "longer than 30 bytes", ErrorCode::LimitExceeded);

    limits = {};
    limits.keptValueBytes = 8;
    auto const header =
        scan(DataSetBytes().element(tag::patientName, "PN", "12345678").text(), transfer::explicitLittle, limits);
    CHECK(header->elements.contains(tag::patientName));
    CHECK_FALSE(
        scan(DataSetBytes().element(tag::patientName, "PN", "1234567890").text(), transfer::explicitLittle, limits)
            ->elements.contains(tag::patientName));
}

TEST_CASE("a value that announces more than the limit is refused before it comes", "[scan]")
{
    ScanLimits limits;
    limits.elementBytes = 100;
    for (Tag const tag : {tag::patientName, Tag{0x0009, 0x1001}, Tag{0x0042, 0x0011}}) {
        CAPTURE(toString(tag));
        checkRefused(scan(DataSetBytes().elementWithLength(tag, "UN", 1000).text(), transfer::explicitLittle, limits),
                     "announces 1000 bytes, at most 100 are taken", ErrorCode::LimitExceeded);
        // In implicit VR a private one may hold items; it is judged when its first bytes show that it doesn't.
        checkRefused(
            scan(DataSetBytes().implicitWithLength(tag, 1000).raw("12345678").text(), transfer::implicitLittle, limits),
            "at most 100 are taken", ErrorCode::LimitExceeded);
    }
    DataSetBytes inside;
    inside.elementWithLength({0x0040, 0xA730}, "SQ", undefinedLength)
        .item()
        .elementWithLength(tag::modality, "UT", 101);
    checkRefused(scan(inside.text(), transfer::explicitLittle, limits), "at most 100", ErrorCode::LimitExceeded);

    DataSetBytes fitting;
    fitting.element(tag::patientName, "UN", std::string(100, 'x'))
        .element(tag::pixelData, "OW", std::string(1000, 'x'));
    CHECK(scan(fitting.text(), transfer::explicitLittle, limits));
    DataSetBytes fragments;
    fragments.elementWithLength(tag::pixelData, "OB", undefinedLength).item(0).item(1000).raw(std::string(1000, 'x'));
    CHECK(scan(fragments.sequenceEnd().text(), "1.2.840.10008.1.2.4.90", limits));
    DataSetBytes elsewhere;
    elsewhere.elementWithLength({0x0009, 0x1001}, "OB", undefinedLength).item(1000);
    checkRefused(scan(elsewhere.text(), transfer::explicitLittle, limits), "at most 100", ErrorCode::LimitExceeded);
}

TEST_CASE("deflated data sets are inflated, with a ceiling", "[scan]")
{
    std::string const bytes = everything().text();
    std::string const small = deflated(bytes);
    for (std::size_t const piece : {1u, 5u, 100'000u}) {
        auto const header = scan(small, transfer::deflatedLittle, {}, piece);
        REQUIRE(header);
        CHECK(header->elements.at(tag::patientName).value == "Zhang^San ");
        CHECK(header->length == small.size());
    }
    CHECK_FALSE(scan(std::string_view(small).substr(0, small.size() / 2), transfer::deflatedLittle));
    CHECK_FALSE(scan(bytes, transfer::deflatedLittle));
    checkRefused(scan(small + "many more bytes than a trailer", transfer::deflatedLittle), "bytes follow the end");
    // A trailer, with padding before or behind it, however they come.
    for (std::size_t const piece : {1u, 5u, 100'000u}) {
        CHECK(scan(small + "trailer" + std::string(3, '\0'), transfer::deflatedLittle, {}, piece));
        checkRefused(scan(small + "trailer8" + '\0' + "9", transfer::deflatedLittle, {}, piece), "bytes follow the end");
    }

    std::string const bomb = deflated(DataSetBytes().element(tag::pixelData, "OB", std::string(8 << 20, '\0')).text());
    checkRefused(scan(bomb, transfer::deflatedLittle), "more than 200 times", ErrorCode::LimitExceeded);
    ScanLimits wide;
    wide.deflateRatio = 5000;
    CHECK(scan(bomb, transfer::deflatedLittle, wide));
    wide.inflatedBytes = 1 << 20;
    checkRefused(scan(bomb, transfer::deflatedLittle, wide), "inflates to more than 1048576 bytes",
                 ErrorCode::LimitExceeded);
}

TEST_CASE("private transfer syntaxes are walked as they show themselves", "[scan]")
{
    CHECK(scan(everything().text(), "1.2.3.4"));
    CHECK(
        scan(DataSetBytes().implicitElement(tag::modality, "CT").text(), "1.2.3.4")->elements.contains(tag::modality));
    checkRefused(scan(DataSetBytes().element(tag::modality, "CS", "CT").raw("nonsense").text(), "1.2.3.4"),
                 "1.2.3.4 is a private one");
}

TEST_CASE("after the first error every call says it again", "[scan]")
{
    DataSetScanner scanner(Uid::ofKnown(transfer::explicitLittle), wanted);
    auto const first = scanner.feed(DataSetBytes().item().bytes());
    REQUIRE_FALSE(first);
    auto const second = scanner.feed(everything().bytes());
    REQUIRE_FALSE(second);
    CHECK(second.error().message == first.error().message);
    CHECK_FALSE(scanner.finish());
}
