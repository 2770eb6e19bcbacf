#include "common/dicom/network/identifier_codec.h"

#include "common/base/text.h"
#include "common/dicom/character_set.h"
#include "common/dicom/instance_header.h"
#include "common/dicom/network/dcmtk_network.h"

#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>
#include <limits>

namespace qianli::dicom {

namespace {

constexpr Tag specificCharacterSet{0x0008, 0x0005};

// The VRs whose text depends on Specific Character Set (PS3.5 6.1.2.3).
bool isCharsetDependent(DcmEVR vr)
{
    switch (vr) {
    case EVR_LO:
    case EVR_LT:
    case EVR_PN:
    case EVR_SH:
    case EVR_ST:
    case EVR_UC:
    case EVR_UT:
        return true;
    default:
        return false;
    }
}

struct RawValue {
    Tag tag;
    DcmEVR vr = EVR_UNKNOWN;
    std::string value;
};

std::string rawValueOf(DcmElement& element)
{
    if (element.ident() == EVR_SQ)
        return {};
    if (element.isaString()) {
        char* text = nullptr;
        Uint32 length = 0;
        if (element.getString(text, length).good() && text != nullptr)
            return std::string(text, length);
        return {};
    }
    if (element.ident() == EVR_UN || element.ident() == EVR_OB) {
        Uint8* bytes = nullptr;
        if (element.getUint8Array(bytes).good() && bytes != nullptr)
            return std::string(reinterpret_cast<char const*>(bytes), element.getLength());
        return {};
    }
    OFString text;
    return element.getOFStringArray(text).good() ? std::string(text.c_str(), text.length()) : std::string();
}

Result<std::vector<RawValue>> readElements(std::span<std::uint8_t const> bytes, Uid const& transferSyntax)
{
    auto const syntax = DcmXfer(transferSyntax.value().c_str()).getXfer();
    if (syntax == EXS_Unknown)
        return fail(ErrorCode::InvalidInput, fmt::format("identifier in transfer syntax {}", transferSyntax.value()));
    DcmInputBufferStream stream;
    stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    stream.setEos();
    DcmDataset dataSet;
    dataSet.transferInit();
    auto const condition = dataSet.read(stream, syntax, EGL_noChange, static_cast<Uint32>(bytes.size() + 1));
    dataSet.transferEnd();
    if (condition.bad())
        return failCondition(ErrorCode::InvalidInput, "identifier", condition);

    std::vector<RawValue> elements;
    for (unsigned long i = 0; i < dataSet.card(); ++i) {
        auto* element = dataSet.getElement(i);
        if (element == nullptr || element->getETag() == 0)
            continue;
        elements.push_back({{element->getGTag(), element->getETag()}, element->getVR(), rawValueOf(*element)});
    }
    return elements;
}

Result<void> insert(DcmDataset& dataSet, Tag tag, std::string const& value)
{
    DcmTag const dcmTag(tag.group, tag.element);
    auto const vr = dcmTag.getEVR();
    bool const isText = dcmTag.getVR().isaString() || vr == EVR_US || vr == EVR_SS || vr == EVR_UL || vr == EVR_SL;
    auto condition = dataSet.insertEmptyElement(dcmTag, OFTrue);
    if (condition.good() && isText && !value.empty()) {
        DcmElement* element = nullptr;
        condition = dataSet.findAndGetElement(DcmTagKey(tag.group, tag.element), element);
        // The length is given: in GB18030 the bytes may look like anything.
        if (condition.good())
            condition = element->putString(value.data(), static_cast<Uint32>(value.size()));
    }
    if (condition.bad())
        return failCondition(ErrorCode::InvalidInput, fmt::format("attribute ({:04x},{:04x})", tag.group, tag.element),
                             condition);
    return {};
}

Result<std::vector<std::uint8_t>> write(DcmDataset& dataSet, Uid const& transferSyntax)
{
    auto const syntax = DcmXfer(transferSyntax.value().c_str()).getXfer();
    if (syntax == EXS_Unknown)
        return fail(ErrorCode::InvalidInput, fmt::format("identifier in transfer syntax {}", transferSyntax.value()));
    std::vector<std::uint8_t> bytes(dataSet.calcElementLength(syntax, EET_ExplicitLength) + 64);
    DcmOutputBufferStream stream(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    dataSet.transferInit();
    auto const condition = dataSet.write(stream, syntax, EET_ExplicitLength, nullptr, EGL_withoutGL);
    dataSet.transferEnd();
    void* start = nullptr;
    offile_off_t length = 0;
    stream.flushBuffer(start, length);
    if (condition.bad())
        return failCondition(ErrorCode::Internal, "encoding an identifier", condition);
    bytes.resize(static_cast<std::size_t>(length));
    return bytes;
}

} // namespace

std::string DecodedIdentifier::value(Tag tag) const
{
    auto const found = elements.find(tag);
    return found == elements.end() ? std::string() : found->second.value;
}

Result<DecodedIdentifier> decodeIdentifier(std::span<std::uint8_t const> bytes, Uid const& transferSyntax,
                                           std::string_view siteCharset)
{
    DataSetScanner scanner(transferSyntax, {}, identifierLimits);
    if (auto fed = scanner.feed(bytes); !fed)
        return tl::unexpected(std::move(fed).error().at("identifier"));
    auto const scanned = scanner.finish();
    if (!scanned)
        return tl::unexpected(Error(scanned.error()).at("identifier"));
    // DCMTK would read other elements than the scan did, at any depth.
    if (scanned->ambiguous)
        return fail(
            ErrorCode::InvalidInput,
            fmt::format("identifier in transfer syntax {} without value representations", transferSyntax.value()));
    QIANLI_ASSIGN(auto const raw, readElements(bytes, transferSyntax));

    DecodedIdentifier identifier;
    std::vector<std::string> texts;
    for (auto const& element : raw) {
        if (element.tag == specificCharacterSet)
            identifier.charset = text::trim(element.value);
        else if (isCharsetDependent(element.vr))
            texts.push_back(element.value);
    }
    auto const decision = decideCharacterSet(identifier.charset, texts, siteCharset);
    for (auto const& element : raw) {
        if (element.tag == specificCharacterSet)
            continue;
        auto const decoded = isCharsetDependent(element.vr) ? decodeText(decision, element.value) : element.value;
        identifier.elements[element.tag] = {DcmVR(element.vr).getValidVRName(), std::string(text::trim(decoded))};
    }
    return identifier;
}

Result<std::vector<std::uint8_t>> encodeIdentifier(std::map<Tag, std::string> const& values, Uid const& transferSyntax,
                                                   std::string_view charset)
{
    DcmDataset dataSet;
    if (!charset.empty())
        QIANLI_TRY(insert(dataSet, specificCharacterSet, std::string(charset)));
    for (auto const& [tag, value] : values) {
        if (tag == specificCharacterSet)
            continue;
        if (isCharsetDependent(DcmTag(tag.group, tag.element).getEVR())) {
            QIANLI_ASSIGN(auto const encoded, encodeText(value, charset));
            QIANLI_TRY(insert(dataSet, tag, encoded));
        } else {
            QIANLI_TRY(insert(dataSet, tag, value));
        }
    }
    return write(dataSet, transferSyntax);
}

} // namespace qianli::dicom
