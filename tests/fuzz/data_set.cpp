#include "common/base/text.h"
#include "common/dicom/data_set_scan.h"
#include "common/dicom/inflater.h"
#include "common/dicom/instance_header.h"
#include "common/dicom/parsed_data_set.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"
#include "tests/fuzz/expectation.h"
#include "tests/fuzz/quiet.h"
#include "tests/fuzz/targets.h"

#include <algorithm>
#include <array>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dctk.h>
#include <vector>

namespace qianli::fuzz {
namespace {

using namespace dicom;

constexpr ScanLimits limits{.dataSetBytes = 8 << 20,
                            .depth = 4,
                            .elements = 20'000,
                            .keptValueBytes = 256,
                            .deflateRatio = 50,
                            .inflatedBytes = 4 << 20};

constexpr std::array<char const*, 7> syntaxes{transfer::explicitLittle, transfer::implicitLittle, transfer::explicitBig,
                                              transfer::deflatedLittle, "1.2.840.10008.1.2.4.70", "1.2.840.113619.5.2",
                                              "1.3.6.1.4.1.99999.1"};

Result<DataSetHeader> scanWhole(Uid const& syntax, Input bytes)
{
    DataSetScanner scanner(syntax, instanceHeaderTags(), limits);
    QIANLI_TRY(scanner.feed(bytes));
    return scanner.finish();
}

Result<DataSetHeader> scanCut(Uid const& syntax, Input bytes, std::uint32_t seed)
{
    DataSetScanner scanner(syntax, instanceHeaderTags(), limits);
    Cuts cuts(seed);
    while (!bytes.empty()) {
        auto const length = cuts.next(bytes.size());
        QIANLI_TRY(scanner.feed(bytes.first(length)));
        bytes = bytes.subspan(length);
    }
    return scanner.finish();
}

// Damage of a deflated stream may be seen before or after what came out in front of it.
enum class Refusal { MayDiffer, IsTheSame };

void expectSame(Result<DataSetHeader> const& one, Result<DataSetHeader> const& other, Refusal refusal)
{
    expect(one.has_value() == other.has_value(), "a data set is taken or refused however it is cut");
    if (!one)
        return expect(refusal == Refusal::MayDiffer || one.error().message == other.error().message,
                      "a refusal has its reason however the data set is cut");
    bool const sameElements =
        std::equal(one->elements.begin(), one->elements.end(), other->elements.begin(), other->elements.end(),
                   [](auto const& a, auto const& b) {
                       return a.first == b.first && a.second.vr == b.second.vr && a.second.value == b.second.value;
                   });
    expect(sameElements && one->length == other->length && one->defects == other->defects &&
               one->pixelDataOffset == other->pixelDataOffset && one->pixelAttributes == other->pixelAttributes &&
               one->ambiguous == other->ambiguous && one->bigEndian == other->bigEndian,
           "a data set means the same however it is cut");
}

void checkHeader(DataSetHeader const& header, Uid const& syntax, Input bytes)
{
    expect(header.length == bytes.size(), "the scan has seen every byte");
    bool const deflated = syntax.value() == transfer::deflatedLittle;
    expect(deflated || header.pixelDataOffset < std::max<std::size_t>(bytes.size(), 1),
           "pixel data begins within the data set");
    for (auto const& [tag, element] : header.elements) {
        expect(element.value.size() <= limits.keptValueBytes, "kept values have their bound");
        expect(deflated || element.value.size() <= bytes.size(), "kept values lie in the data set");
    }
    auto const read = toInstanceHeader(header, syntax, "GB18030");
    if (!read)
        return;
    for (auto const* uid : {&read->studyUid, &read->seriesUid, &read->sopInstanceUid, &read->sopClassUid})
        expect(Uid::fromPeer(uid->value()).has_value() && uid->value().find('\\') == std::string::npos,
               "a UID that is taken is one");
    for (auto const* text : {&read->patientName, &read->patientId, &read->studyDescription, &read->accessionNumber,
                             &read->institutionName, &read->seriesDescription, &read->modality})
        expect(text::isUtf8(*text), "the index gets UTF-8");
}

// Every item of what DCMTK made of the bytes, with the depth of its sequence; without recursion.
template <typename Visit>
void visitItems(DcmItem& dataSet, Visit visit)
{
    std::vector<std::pair<DcmItem*, unsigned>> open{{&dataSet, 0}};
    while (!open.empty()) {
        auto const [item, depth] = open.back();
        open.pop_back();
        visit(*item, depth);
        for (unsigned long i = 0; i < item->card(); ++i) {
            auto* const sequence = dynamic_cast<DcmSequenceOfItems*>(item->getElement(i));
            for (unsigned long j = 0; sequence != nullptr && j < sequence->card(); ++j)
                open.emplace_back(sequence->getItem(j), depth + 1);
        }
    }
}

unsigned depthOf(DcmItem& dataSet)
{
    unsigned deepest = 0;
    visitItems(dataSet, [&](DcmItem&, unsigned depth) { deepest = std::max(deepest, depth); });
    return deepest;
}

// Whose identity is told: the object's own, that of something it mentions, both; in an object with defects or without.
// The code's edges are the same for all of these.
void tellMentions(DataSetHeader const& header, DcmItem& parsed)
{
    constexpr std::array<Tag, 3> identity{tag::patientId, tag::studyInstanceUid, tag::sopInstanceUid};
    for (std::size_t i = 0; i < identity.size(); ++i) {
        DcmTagKey const key(identity[i].group, identity[i].element);
        std::size_t own = 0, mentioned = 0;
        visitItems(parsed, [&](DcmItem& item, unsigned depth) {
            if (item.tagExists(key, false))
                (depth == 0 ? own : mentioned) = 1;
        });
        seen(i * 8 + own * 4 + mentioned * 2 + (header.defects != 0 ? 1 : 0));
    }
}

// What the index is told about a patient is what the parser will show: of the object itself, and not of what it
// mentions.
void expectSameText(DataSetHeader const& header, DcmDataset& parsed)
{
    for (Tag const tag : {tag::patientId, tag::studyInstanceUid, tag::sopInstanceUid}) {
        auto const kept = header.elements.find(tag);
        if (kept == header.elements.end() || header.defects != 0 ||
            (tag != tag::patientId && !Uid::fromPeer(kept->second.value)))
            continue;
        DcmElement* element = nullptr;
        char* value = nullptr;
        Uint32 length = 0;
        bool const found = parsed.findAndGetElement(DcmTagKey(tag.group, tag.element), element).good();
        expect(found && element != nullptr, "what the scan takes for an object's identity is there");
        if (!element->isaString() || element->getString(value, length).bad())
            continue;
        std::string_view const shown = value == nullptr ? std::string_view() : std::string_view(value, length);
        expect(text::trim(shown) == text::trim(kept->second.value), "scan and parser read the same identity");
    }
}

void parse(Input bytes, Uid const& syntax, DataSetHeader const& header)
{
    auto const known = DcmXfer(syntax.value().c_str()).getXfer();
    if (header.ambiguous || known == EXS_Unknown || header.length == 0)
        return;
    DcmInputBufferStream stream;
    stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    stream.setEos();
    DcmDataset parsed;
    parsed.transferInit();
    bool const read = parsed.read(stream, known, EGL_noChange).good();
    parsed.transferEnd();
    expect(depthOf(parsed) <= limits.depth, "nothing deeper than the limit comes to the parser");
    tellMentions(header, parsed);
    if (read && known != EXS_DeflatedLittleEndianExplicit)
        expectSameText(header, parsed);
}

void scanDataSet(Input input, std::uint8_t choice)
{
    auto const syntax = Uid::ofKnown(syntaxes[choice % syntaxes.size()]);
    auto const scanned = scanWhole(syntax, input);
    expectSame(scanned, scanCut(syntax, input, choice),
               syntax.value() == transfer::deflatedLittle ? Refusal::MayDiffer : Refusal::IsTheSame);
    if (!scanned)
        return;
    checkHeader(*scanned, syntax, input);
    parse(input, syntax, *scanned);
}

void inflate(Input input)
{
    Inflater inflater(limits);
    std::uint64_t given = 0, longest = 0;
    auto const fed = inflater.feed(input, [&](Input bytes) -> Result<void> {
        given += bytes.size();
        longest = std::max<std::uint64_t>(longest, bytes.size());
        return {};
    });
    expect(longest <= 64 << 10, "64 KiB come out at a time");
    expect(given <= limits.inflatedBytes + (64 << 10), "inflation has its ceiling");
    if (fed)
        static_cast<void>(inflater.finish());
}

void readFileOf(Input input)
{
    MemoryFile const file(input);
    auto const layout = readPart10Layout(file.path());
    if (layout) {
        expect(layout->dataSetOffset <= layout->fileSize && layout->fileSize == input.size(),
               "the data set begins within the file");
        auto const written = encodeFileMeta(layout->meta);
        MemoryFile const again(asInput(written));
        auto const read = readPart10Layout(again.path());
        expect(read && read->dataSetOffset == written.size() &&
                   read->meta.transferSyntaxUid == layout->meta.transferSyntaxUid &&
                   read->meta.sopInstanceUid == layout->meta.sopInstanceUid,
               "a meta header reads as it was written");
    }
    auto const parsed = loadScanned(file.path(), limits);
    if (!parsed)
        return;
    expect(layout.has_value(), "a file that is loaded has a layout");
    expect(depthOf(parsed->dataset()) <= limits.depth, "nothing deeper than the limit comes to the parser");
    for (Tag const tag : {tag::patientName, tag::patientId, tag::rows, tag::imagePosition, tag::studyInstanceUid}) {
        expect(text::isUtf8(parsed->text(tag)), "the viewer gets UTF-8");
        static_cast<void>(parsed->numbers(tag));
        static_cast<void>(parsed->integer(tag));
    }
}

} // namespace

// First byte: what the rest is: a data set in one of the transfer syntaxes, a deflated stream, a file.
void dataSet(Input input)
{
    quietDcmtk();
    auto const choice = takeChoice(input);
    if (choice % 16 == 15)
        return readFileOf(input);
    if (choice % 16 == 14)
        return inflate(input);
    scanDataSet(input, choice % 16);
}

} // namespace qianli::fuzz
