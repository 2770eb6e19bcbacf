#include "viewer/model/lookup_table_reader.h"

#include <algorithm>

namespace qianli::viewer {
namespace {

struct Descriptor {
    std::size_t count = 0;
    std::int32_t first = 0;
    std::uint16_t bits = 16;
};

std::optional<Descriptor> readDescriptor(HeaderReader const& item, DcmTagKey const& tag, bool signedInput)
{
    auto const words = item.words(tag);
    if (words.size() < 3)
        return std::nullopt;
    bool const isSigned = signedInput || item.isSignedShort(tag);
    // 0 entries means 65,536 (PS3.3 C.11.1.1).
    return Descriptor{words[0] == 0 ? 65536u : words[0], isSigned ? static_cast<std::int16_t>(words[1]) : words[1],
                      words[2]};
}

// Some devices write the entries as bytes (OB) or leave their VR unknown.
std::vector<std::uint16_t> wordsOf(HeaderReader const& item, DcmTagKey const& tag)
{
    auto words = item.words(tag);
    if (!words.empty())
        return words;
    auto const bytes = item.bytes(tag);
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
        words.push_back(static_cast<std::uint16_t>(bytes[i] | bytes[i + 1] << 8));
    return words;
}

// Two in a word, the first in the low byte.
std::vector<std::uint16_t> bytesOf(std::vector<std::uint16_t> const& words)
{
    std::vector<std::uint16_t> bytes;
    for (auto const word : words) {
        bytes.push_back(word & 0xFF);
        bytes.push_back(word >> 8);
    }
    return bytes;
}

LookupTable makeTable(Descriptor const& descriptor, std::vector<std::uint16_t> words)
{
    LookupTable table;
    table.first = descriptor.first;
    table.bits = std::clamp<std::uint16_t>(descriptor.bits, 1, 16);
    // 8-bit entries may lie two in a word.
    if (words.size() < descriptor.count && words.size() * 2 >= descriptor.count) {
        words = bytesOf(words);
        table.bits = 8;
    }
    if (words.empty() || words.size() < descriptor.count)
        return {};
    words.resize(descriptor.count);
    auto const highest = *std::max_element(words.begin(), words.end());
    if (highest >> table.bits != 0) // the descriptor understates its entries
        table.bits = 16;
    table.entries = std::move(words);
    return table;
}

// Segmented Palette Color Lookup Table Data (PS3.3 C.7.9.2): discrete, linear and indirect segments, whose fields are
// words of 16 bits or, where the entries have 8 bits, bytes.
enum class FieldSize { Byte = 1, Word = 2 };

class SegmentReader {
public:
    SegmentReader(std::vector<std::uint16_t> words, FieldSize size, std::size_t limit)
        : words_(std::move(words)), size_(size), limit_(limit)
    {
    }

    std::vector<std::uint16_t> expand()
    {
        for (std::size_t at = 0; at < words_.size() && out_.size() < limit_;)
            if (!segment(at, Depth::Top))
                return {};
        return std::move(out_);
    }

private:
    enum class Depth { Top, Indirect };

    bool segment(std::size_t& at, Depth depth)
    {
        if (words_.size() - at < 2)
            return false;
        std::uint16_t const opcode = words_[at];
        std::size_t const length = words_[at + 1];
        at += 2;
        if (opcode == 0)
            return discrete(at, length);
        if (opcode == 1)
            return linear(at, length);
        return opcode == 2 && depth == Depth::Top && indirect(at, length);
    }

    bool discrete(std::size_t& at, std::size_t length)
    {
        if (length > words_.size() - at)
            return false;
        out_.insert(out_.end(), words_.begin() + static_cast<std::ptrdiff_t>(at),
                    words_.begin() + static_cast<std::ptrdiff_t>(at + length));
        at += length;
        return true;
    }

    bool linear(std::size_t& at, std::size_t length)
    {
        if (at >= words_.size() || out_.empty() || length == 0)
            return false;
        double const from = out_.back();
        double const to = words_[at++];
        for (std::size_t i = 1; i <= length && out_.size() < limit_; ++i)
            out_.push_back(static_cast<std::uint16_t>(
                from + (to - from) * static_cast<double>(i) / static_cast<double>(length) + 0.5));
        return true;
    }

    // Repeats earlier segments; the offset of 32 bits counts bytes from the start of the data.
    bool indirect(std::size_t& at, std::size_t count)
    {
        std::size_t const width = static_cast<std::size_t>(size_);
        std::size_t const fields = 4 / width;
        if (words_.size() - at < fields)
            return false;
        std::size_t from = 0;
        for (std::size_t i = 0; i < fields; ++i)
            from |= std::size_t{words_[at + i]} << (8 * width * i);
        from /= width;
        at += fields;
        for (std::size_t i = 0; i < count; ++i)
            if (from >= words_.size() || !segment(from, Depth::Indirect))
                return false;
        return true;
    }

    std::vector<std::uint16_t> words_;
    FieldSize size_;
    std::size_t limit_;
    std::vector<std::uint16_t> out_;
};

LookupTable readColour(HeaderReader const& header, DcmTagKey const& descriptorTag, DcmTagKey const& dataTag,
                       DcmTagKey const& segmentedTag, bool signedInput)
{
    auto const descriptor = readDescriptor(header, descriptorTag, signedInput);
    if (!descriptor)
        return {};
    auto words = wordsOf(header, dataTag);
    if (words.empty()) {
        auto const segments = wordsOf(header, segmentedTag);
        if (descriptor->bits == 8)
            words = SegmentReader(bytesOf(segments), FieldSize::Byte, descriptor->count).expand();
        // Devices also write words where bytes are announced.
        if (words.size() < descriptor->count)
            words = SegmentReader(segments, FieldSize::Word, descriptor->count).expand();
    }
    return makeTable(*descriptor, std::move(words));
}

} // namespace

LookupTable readLookupTable(HeaderReader const& item, bool signedInput)
{
    auto const descriptor = readDescriptor(item, DCM_LUTDescriptor, signedInput);
    if (!descriptor)
        return {};
    auto table = makeTable(*descriptor, wordsOf(item, DCM_LUTData));
    table.explanation = item.text(DCM_LUTExplanation);
    return table;
}

Palette readPalette(HeaderReader const& header, bool signedInput)
{
    Palette palette{readColour(header, DCM_RedPaletteColorLookupTableDescriptor, DCM_RedPaletteColorLookupTableData,
                               DCM_SegmentedRedPaletteColorLookupTableData, signedInput),
                    readColour(header, DCM_GreenPaletteColorLookupTableDescriptor, DCM_GreenPaletteColorLookupTableData,
                               DCM_SegmentedGreenPaletteColorLookupTableData, signedInput),
                    readColour(header, DCM_BluePaletteColorLookupTableDescriptor, DCM_BluePaletteColorLookupTableData,
                               DCM_SegmentedBluePaletteColorLookupTableData, signedInput)};
    if (palette.green.empty() || palette.blue.empty())
        return {};
    // Some devices announce 16 bits and fill 8 of them.
    auto const fitsByte = [](LookupTable const& table) {
        return std::all_of(table.entries.begin(), table.entries.end(), [](auto v) { return v < 256; });
    };
    if (fitsByte(palette.red) && fitsByte(palette.green) && fitsByte(palette.blue))
        palette.red.bits = palette.green.bits = palette.blue.bits = 8;
    return palette;
}

Palette readPaletteOf(HeaderReader const& header, PixelFormat const& format)
{
    bool const isSigned = format.signedness == Signedness::Signed;
    if (format.photometric == "PALETTE COLOR")
        return readPalette(header, isSigned);
    if (format.samplesPerPixel != 1)
        return {};
    std::string const presentation = header.text(DCM_PixelPresentation);
    Palette palette = readPalette(header, isSigned);
    if (palette.empty())
        return {};
    // Without a word on it only a palette that begins above the grey values can be meant as one.
    palette.isSupplemental =
        presentation == "COLOR" || presentation == "MIXED" || (presentation.empty() && palette.red.first > 0);
    return palette.isSupplemental ? palette : Palette();
}

} // namespace qianli::viewer
