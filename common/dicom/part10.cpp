#include "common/dicom/part10.h"

#include "common/base/file.h"
#include "common/base/text.h"
#include "common/dicom/sop_class.h"
#include "common/dicom/tag.h"
#include "common/dicom/value_representation.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace qianli::dicom {
namespace {

constexpr std::size_t preambleLength = 128;
constexpr std::size_t usualRead = 16 << 10;  // meta headers are a few hundred bytes
constexpr std::size_t longestMeta = 4 << 20; // private information (0002,0102) may be large
constexpr std::size_t longestAeTitle = 16;

constexpr Tag groupLength{0x0002, 0x0000};
constexpr Tag versionTag{0x0002, 0x0001};
constexpr Tag mediaStorageClass{0x0002, 0x0002};
constexpr Tag mediaStorageInstance{0x0002, 0x0003};
constexpr Tag transferSyntax{0x0002, 0x0010};
constexpr Tag implementationClass{0x0002, 0x0012};
constexpr Tag implementationVersion{0x0002, 0x0013};
constexpr Tag sourceAe{0x0002, 0x0016};

void append16(std::string& bytes, unsigned value)
{
    bytes += static_cast<char>(value & 0xFF);
    bytes += static_cast<char>((value >> 8) & 0xFF);
}

void append32(std::string& bytes, std::size_t value)
{
    append16(bytes, static_cast<unsigned>(value & 0xFFFF));
    append16(bytes, static_cast<unsigned>((value >> 16) & 0xFFFF));
}

void appendShort(std::string& bytes, Tag tag, std::string_view vr, std::string value, char padding)
{
    if (value.size() % 2 != 0)
        value += padding;
    append16(bytes, tag.group);
    append16(bytes, tag.element);
    bytes += vr;
    append16(bytes, static_cast<unsigned>(value.size()));
    bytes += value;
}

unsigned read16(std::string_view bytes, std::size_t at)
{
    return static_cast<unsigned char>(bytes[at]) |
           (static_cast<unsigned>(static_cast<unsigned char>(bytes[at + 1])) << 8);
}

std::uint32_t read32(std::string_view bytes, std::size_t at)
{
    return read16(bytes, at) | (static_cast<std::uint32_t>(read16(bytes, at + 2)) << 16);
}

unsigned readBig16(std::string_view bytes, std::size_t at)
{
    return (static_cast<unsigned>(static_cast<unsigned char>(bytes[at])) << 8) |
           static_cast<unsigned char>(bytes[at + 1]);
}

struct MetaElement {
    Tag tag;
    std::size_t valueOffset = 0;
    std::size_t length = 0;
};

// The element that starts at `at`; nothing when the bytes end before its value does. Explicit VR, as PS3.10 7.1 says;
// implicit VR as a few old writers do.
std::optional<MetaElement> readMetaElement(std::string_view bytes, std::size_t at)
{
    if (bytes.size() < at + 8)
        return std::nullopt;
    MetaElement element;
    element.tag = Tag{static_cast<std::uint16_t>(read16(bytes, at)), static_cast<std::uint16_t>(read16(bytes, at + 2))};
    std::string_view const vr = bytes.substr(at + 4, 2);
    if (!isVrName(vr)) {
        element.valueOffset = at + 8;
        element.length = read32(bytes, at + 4);
    } else if (hasShortLength(vr)) {
        element.valueOffset = at + 8;
        element.length = read16(bytes, at + 6);
    } else {
        if (bytes.size() < at + 12)
            return std::nullopt;
        element.valueOffset = at + 12;
        element.length = read32(bytes, at + 8);
    }
    if (bytes.size() < element.valueOffset || bytes.size() - element.valueOffset < element.length)
        return std::nullopt;
    return element;
}

// How the data set that starts here is encoded, judged by its first element; nothing when it is no data set.
std::optional<Uid> guessTransferSyntax(std::string_view bytes)
{
    if (bytes.size() < 8)
        return std::nullopt;
    auto const plausible = [](unsigned group) {
        return group == 0x0004 || (group >= 0x0008 && group <= 0x0028 && group % 2 == 0);
    };
    bool const namesVr = isVrName(bytes.substr(4, 2));
    if (plausible(read16(bytes, 0)) && namesVr)
        return Uid::ofKnown(transfer::explicitLittle);
    if (plausible(read16(bytes, 0)) && read32(bytes, 4) < 0x0001'0000)
        return Uid::ofKnown(transfer::implicitLittle);
    if (plausible(readBig16(bytes, 0)) && namesVr)
        return Uid::ofKnown(transfer::explicitBig);
    return std::nullopt;
}

struct Meta {
    FileMeta meta;
    std::size_t end = 0;
};

// Walks the elements of group 0002 from `start`; the group length is not trusted. Nothing: the bytes end before the
// group does.
std::optional<Meta> walkMeta(std::string_view bytes, std::size_t start)
{
    Meta found;
    std::size_t at = start;
    for (;;) {
        if (bytes.size() >= at + 2 && read16(bytes, at) != 0x0002)
            break;
        if (at == bytes.size() || (at == 0 && bytes.size() < 2))
            break; // a file that is a meta header and nothing more, or less
        auto const element = readMetaElement(bytes, at);
        if (!element)
            return std::nullopt;
        std::string_view const value = bytes.substr(element->valueOffset, element->length);
        auto const uid = [&] { return Uid::fromPeer(value).value_or(Uid()); };
        if (element->tag == mediaStorageClass)
            found.meta.sopClassUid = uid();
        else if (element->tag == mediaStorageInstance)
            found.meta.sopInstanceUid = uid();
        else if (element->tag == transferSyntax)
            found.meta.transferSyntaxUid = uid();
        else if (element->tag == sourceAe)
            found.meta.sourceAeTitle = text::trim(value.substr(0, longestAeTitle));
        at = element->valueOffset + element->length;
    }
    found.end = at;
    return found;
}

Result<Part10Layout> readLayout(std::string_view bytes, std::uint64_t fileSize)
{
    Part10Layout layout;
    layout.fileSize = fileSize;
    std::size_t start = 0;
    if (bytes.size() >= preambleLength + 4 && bytes.substr(preambleLength, 4) == "DICM")
        start = preambleLength + 4;
    else if (bytes.substr(0, 4) == "DICM")
        start = 4; // the preamble was forgotten
    auto const meta = walkMeta(bytes, start);
    if (!meta)
        return fail(ErrorCode::InvalidInput, bytes.size() < fileSize
                                                 ? "the file's meta header is longer than 4 MiB"
                                                 : "the file ends in the middle of its meta header");
    layout.meta = meta->meta;
    layout.dataSetOffset = meta->end;
    if (layout.meta.transferSyntaxUid.empty()) {
        auto const guessed = guessTransferSyntax(bytes.substr(meta->end));
        if (!guessed)
            return fail(ErrorCode::InvalidInput,
                        start == 0 && meta->end == 0
                            ? "no DICOM file: neither 'DICM' at byte 128 nor a data set at its start"
                            : "the file's meta header names no transfer syntax and the data set does not show it");
        layout.meta.transferSyntaxUid = *guessed;
    }
    return layout;
}

Result<std::string> readStart(int descriptor, std::uint64_t size)
{
    std::string start(size, '\0');
    QIANLI_TRY(readAllAt(descriptor, {reinterpret_cast<std::uint8_t*>(start.data()), start.size()}, 0));
    return start;
}

} // namespace

Uid implementationClassUid()
{
    return Uid::ofKnown("2.25.128683019310914391862391086370862473729");
}

std::string encodeFileMeta(FileMeta const& meta)
{
    std::string elements;
    // Version 00\01: OB, with the long form of the length.
    append16(elements, versionTag.group);
    append16(elements, versionTag.element);
    elements += "OB";
    append16(elements, 0);
    append32(elements, 2);
    elements += '\0';
    elements += '\1';
    appendShort(elements, mediaStorageClass, "UI", meta.sopClassUid.value(), '\0');
    appendShort(elements, mediaStorageInstance, "UI", meta.sopInstanceUid.value(), '\0');
    appendShort(elements, transferSyntax, "UI", meta.transferSyntaxUid.value(), '\0');
    appendShort(elements, implementationClass, "UI", implementationClassUid().value(), '\0');
    appendShort(elements, implementationVersion, "SH", implementationVersionName, ' ');
    if (auto const ae = text::trim(meta.sourceAeTitle); !ae.empty())
        appendShort(elements, sourceAe, "AE", std::string(ae.substr(0, longestAeTitle)), ' ');

    std::string file(preambleLength, '\0');
    file += "DICM";
    std::string length;
    append32(length, elements.size());
    appendShort(file, groupLength, "UL", length, '\0');
    return file + elements;
}

Result<Part10Layout> readPart10Layout(int descriptor)
{
    struct stat status {};
    if (::fstat(descriptor, &status) != 0)
        return failErrno("reading a file");
    if (!S_ISREG(status.st_mode))
        return fail(ErrorCode::InvalidInput, "not a file");
    auto const size = static_cast<std::uint64_t>(status.st_size);
    auto const read = [&](std::size_t most) -> Result<Part10Layout> {
        QIANLI_ASSIGN(std::string const bytes, readStart(descriptor, std::min<std::uint64_t>(size, most)));
        return readLayout(bytes, size);
    };
    auto layout = read(usualRead);
    if (!layout && size > usualRead)
        layout = read(longestMeta);
    return layout;
}

Result<Part10Layout> readPart10Layout(std::filesystem::path const& path)
{
    QIANLI_ASSIGN(auto const file, openFile(path, O_RDONLY));
    auto layout = readPart10Layout(file.get());
    if (!layout)
        return tl::unexpected(std::move(layout).error().at(path.string()));
    return layout;
}

} // namespace qianli::dicom
