// Objects as devices write them: every transfer syntax and shape of sequence, with the oddities that real ones have.
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"
#include "tests/dicom/data_set_bytes.h"
#include "tests/fuzz/expectation.h"
#include "tests/fuzz/targets.h"
#include "tests/support/synthetic_object.h"

#include <zlib.h>

namespace qianli::fuzz {
namespace {

using dicom::Tag;
using test::DataSetBytes;
using test::Order;
using test::undefinedLength;
namespace tag = dicom::tag;

// Numbers of the transfer syntaxes and ways of data_set.cpp.
enum Choice : char {
    explicitLittle,
    implicitLittle,
    explicitBig,
    deflated,
    jpeg,
    geImplicit,
    privateSyntax,
    raw = 14,
    file
};

constexpr Tag content{0x0040, 0xA730}, privateCreator{0x0009, 0x0010}, privateElement{0x0009, 0x1001};

std::string deflate(std::string const& bytes)
{
    z_stream stream{};
    expect(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib works");
    std::string in = bytes, out(bytes.size() + 1024, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    expect(::deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib works");
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out.size() % 2 == 0 ? out : out + '\0';
}

void identify(DataSetBytes& bytes, std::string const& charset, std::string const& name)
{
    bytes.element(tag::specificCharacterSet, "CS", charset)
        .element(tag::sopClassUid, "UI", std::string("1.2.840.10008.5.1.4.1.1.2\0", 26))
        .element(tag::sopInstanceUid, "UI", "1.2.77.1.1")
        .element(tag::studyDate, "DA", "20261122")
        .element(tag::modality, "CS", "CT")
        .element(tag::patientName, "PN", name)
        .element(tag::patientId, "LO", "P001")
        .element(tag::studyInstanceUid, "UI", "1.2.77")
        .element(tag::seriesInstanceUid, "UI", "1.2.77.1");
}

DataSetBytes identified(Order order = Order::Little)
{
    DataSetBytes bytes(order);
    identify(bytes, "ISO_IR 192", "Zhang^San=张^三 ");
    return bytes;
}

DataSetBytes implicit()
{
    DataSetBytes bytes;
    bytes.implicitElement(tag::specificCharacterSet, "GB18030 ")
        .implicitElement(tag::sopClassUid, std::string("1.2.840.10008.5.1.4.1.1.2\0", 26))
        .implicitElement(tag::sopInstanceUid, "1.2.77.1.1")
        .implicitElement(tag::patientName, "\xD5\xC5^\xC8\xFD ")
        .implicitElement(tag::patientId, "P001")
        .implicitElement(tag::studyInstanceUid, "1.2.77")
        .implicitElement(tag::seriesInstanceUid, "1.2.77.1");
    return bytes;
}

// `depth` sequences in each other; with lengths or delimiters.
std::string nested(int depth, bool lengths)
{
    if (depth == 0)
        return DataSetBytes().element({0x0008, 0x0100}, "SH", "CODE").text();
    auto const inner = nested(depth - 1, lengths);
    auto const size = static_cast<std::uint32_t>(inner.size());
    DataSetBytes bytes;
    if (lengths)
        return bytes.elementWithLength(content, "SQ", size + 8).item(size).raw(inner).text();
    return bytes.elementWithLength(content, "SQ", undefinedLength).item().raw(inner).itemEnd().sequenceEnd().text();
}

std::string sequenceOf(Tag tag, std::string const& item, bool lengths)
{
    auto const size = static_cast<std::uint32_t>(item.size());
    DataSetBytes bytes;
    if (lengths)
        return bytes.elementWithLength(tag, "SQ", size + 8).item(size).raw(item).text();
    return bytes.elementWithLength(tag, "SQ", undefinedLength).item().raw(item).itemEnd().sequenceEnd().text();
}

// What an object mentions has an identity, too: other objects, and the patient's other numbers.
std::vector<std::string> mentioning()
{
    auto const mentioned = DataSetBytes()
                               .element(tag::sopInstanceUid, "UI", "1.2.78.1.1")
                               .element(tag::patientId, "LO", "OTHER1")
                               .element(tag::studyInstanceUid, "UI", "1.2.78")
                               .text();
    auto const otherId =
        DataSetBytes().element(tag::patientId, "LO", "OTHER1").element(tag::issuerOfPatientId, "LO", "HIS_2 ").text();
    constexpr Tag otherPatientIds{0x0010, 0x1002}, requestAttributes{0x0040, 0x0275};
    std::vector<std::string> all;
    for (bool const lengths : {true, false}) {
        all.push_back(identified().raw(sequenceOf(content, mentioned, lengths)).text());
        // As little as is taken, too.
        for (Tag const sequence : {requestAttributes, content}) {
            DataSetBytes bytes;
            bytes.element(tag::sopInstanceUid, "UI", "1.2.77.1.1")
                .element(tag::patientId, "LO", "P001")
                .element(tag::studyInstanceUid, "UI", "1.2.77")
                .raw(sequenceOf(sequence, mentioned, lengths));
            all.push_back(bytes.text());
        }
        DataSetBytes numbered;
        numbered.element(tag::sopInstanceUid, "UI", "1.2.77.1.1")
            .element(tag::patientId, "LO", "P001")
            .raw(sequenceOf(otherPatientIds, otherId, lengths))
            .element(tag::studyInstanceUid, "UI", "1.2.77");
        all.push_back(numbered.text());
    }
    return all;
}

std::vector<std::string> shapes()
{
    std::string const pixels(64, '\x55');
    std::vector<std::string> all;
    all.push_back(identified().text());
    for (int depth = 1; depth <= 4; ++depth)
        for (bool const lengths : {true, false})
            all.push_back(identified().raw(nested(depth, lengths)).text());
    for (auto& one : mentioning())
        all.push_back(std::move(one));
    // A private sequence that is declared unknown, and holds what would be too deep if it were none.
    all.push_back(identified().element({0x0041, 0x1001}, "UN", nested(4, true)).text());
    all.push_back(identified().element({0x0040, 0xA730}, "OB", DataSetBytes().item(8).item(0).text()).text());
    all.push_back(identified()
                      .elementWithLength({0x0041, 0x1001}, "UN", undefinedLength)
                      .raw(DataSetBytes().item().implicitElement({0x0010, 0x0020}, "12").itemEnd().sequenceEnd().text())
                      .text());
    all.push_back(identified().elementWithLength(content, "SQ", 0).element(tag::pixelData, "OW", pixels).text());
    all.push_back(
        identified().elementWithLength(content, "SQ", undefinedLength).item(0).item().itemEnd().sequenceEnd().text());
    all.push_back(identified()
                      .element(tag::rows, "US", std::string("\x10\0", 2))
                      .element(tag::columns, "US", std::string("\x10\0", 2))
                      .element(tag::pixelData, "OW", pixels)
                      .text());
    all.push_back(identified()
                      .elementWithLength(tag::pixelData, "OB", undefinedLength)
                      .item(0)
                      .item(8)
                      .raw(pixels.substr(0, 8))
                      .sequenceEnd()
                      .text());
    // Pixel data that says it is a sequence, at the top and in an item; its item would pass for a fragment.
    auto const deep = nested(4, false);
    auto const asSequence = DataSetBytes()
                                .elementWithLength(tag::pixelData, "SQ", undefinedLength)
                                .item(static_cast<std::uint32_t>(deep.size()))
                                .raw(deep)
                                .sequenceEnd()
                                .text();
    all.push_back(identified().raw(asSequence).text());
    all.push_back(identified().raw(sequenceOf(content, asSequence, false)).text());
    all.push_back(identified().raw(std::string(32, '\0')).text());
    for (auto const* const charset : {"", "GB18030", "GBK", "ISO 2022 IR 58", "\\ISO 2022 IR 58", "ISO_IR 100"}) {
        DataSetBytes bytes;
        identify(bytes, charset, "\xD5\xC5^\xC8\xFD ");
        all.push_back(bytes.text());
    }
    DataSetBytes twice;
    identify(twice, "ISO_IR 192", "A^B ");
    identify(twice, "ISO_IR 192", "C^D ");
    all.push_back(twice.text());
    DataSetBytes grouped;
    grouped.element({0x0008, 0x0000}, "UL", std::string("\x10\0\0\0", 4))
        .element(tag::modality, "CS", "CT")
        .element(privateCreator, "LO", "SOMEBODY")
        .element(privateElement, "LO", "private ")
        .element({0x0018, 0x9999}, "ZZ", "future");
    all.push_back(grouped.text());
    return all;
}

std::string withMeta(std::string const& dataSet, char const* syntax)
{
    dicom::FileMeta meta;
    meta.sopClassUid = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2");
    meta.sopInstanceUid = dicom::Uid::ofKnown("1.2.77.1.1");
    meta.transferSyntaxUid = dicom::Uid::ofKnown(syntax);
    meta.sourceAeTitle = "PUZI_CT";
    return dicom::encodeFileMeta(meta) + dataSet;
}

void add(Corpus& corpus, char choice, std::string const& bytes)
{
    corpus.push_back(std::string(1, choice) + bytes);
}

} // namespace

Corpus dataSetCorpus()
{
    Corpus corpus;
    for (auto const& shape : shapes()) {
        add(corpus, explicitLittle, shape);
        add(corpus, corpus.size() % 4 == 1 ? jpeg : privateSyntax, shape);
    }
    auto const all = shapes();
    for (std::size_t i = 0; i < all.size(); i += 3) {
        add(corpus, deflated, deflate(all[i]));
        add(corpus, file, withMeta(all[i + 1 < all.size() ? i + 1 : i], dicom::transfer::explicitLittle));
    }
    add(corpus, explicitBig, identified(Order::Big).text());
    add(corpus, explicitBig,
        identified(Order::Big).elementWithLength(content, "SQ", undefinedLength).item(0).sequenceEnd().text());
    add(corpus, implicitLittle, implicit().text());
    add(corpus, geImplicit, implicit().implicitElement(tag::pixelData, std::string(32, 'p')).text());
    add(corpus, implicitLittle,
        implicit().implicitWithLength(content, undefinedLength).item().itemEnd().sequenceEnd().text());
    // Private, and perhaps a sequence.
    add(corpus, implicitLittle,
        implicit()
            .implicitWithLength({0x0041, 0x1001}, 8)
            .item(0)
            .implicitElement({0x0041, 0x1002}, "abcdefgh")
            .text());
    // One that is too long for it, in a sequence of a creator that the parser knows.
    add(corpus, implicitLittle,
        implicit()
            .implicitElement({0x0009, 0x0010}, "DCMTK_ANONYMIZER")
            .implicitElement({0x0009, 0x1000},
                             DataSetBytes().item(200).implicitWithLength(content, undefinedLength).item().text())
            .text());
    auto const object = test::SyntheticObject("1.2.77", "1.2.77.1", "1.2.77.1.1").dataSet();
    std::string const synthetic(object.begin(), object.end());
    add(corpus, explicitLittle, synthetic);
    add(corpus, file, withMeta(synthetic, dicom::transfer::explicitLittle));
    add(corpus, file, withMeta(deflate(synthetic), dicom::transfer::deflatedLittle));
    add(corpus, file, withMeta(implicit().text(), dicom::transfer::implicitLittle));
    add(corpus, file, synthetic);
    add(corpus, file, "DICM" + synthetic);
    add(corpus, raw, deflate(synthetic));
    add(corpus, raw, deflate(std::string(300'000, 'a')));
    add(corpus, raw, deflate(""));
    return corpus;
}

} // namespace qianli::fuzz
