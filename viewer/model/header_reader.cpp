#include "viewer/model/header_reader.h"

#include "common/base/text.h"
#include "common/dicom/character_set.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

namespace qianli::viewer {
namespace {

bool holdsText(DcmEVR vr)
{
    return vr == EVR_PN || vr == EVR_LO || vr == EVR_SH || vr == EVR_LT || vr == EVR_ST || vr == EVR_UT || vr == EVR_UC;
}

std::string rawValue(DcmElement& element)
{
    char* value = nullptr;
    Uint32 length = 0;
    if (element.getString(value, length).bad() || !value)
        return {};
    return {value, length};
}

constexpr std::size_t mostTextsJudged = 20'000; // more of them would not change the decision

void collectText(DcmItem& item, bool downToItems, std::vector<std::string>& values)
{
    // By DCMTK's cursor: counting to each element from the first takes longer than all the rest of a header.
    for (DcmObject* next = item.nextInContainer(nullptr); next && values.size() < mostTextsJudged;
         next = item.nextInContainer(next)) {
        auto* const element = dynamic_cast<DcmElement*>(next);
        if (element && holdsText(element->ident()))
            values.push_back(rawValue(*element));
        if (!downToItems || !element || element->ident() != EVR_SQ)
            continue;
        auto* const sequence = dynamic_cast<DcmSequenceOfItems*>(element);
        for (unsigned long k = 0; sequence && k < sequence->card(); ++k)
            if (DcmItem* const below = sequence->getItem(k))
                collectText(*below, true, values);
    }
}

} // namespace

HeaderReader HeaderReader::ofWholeObject(DcmItem& header)
{
    HeaderReader reader(header, {});
    reader.indexElements();
    std::vector<std::string> values;
    collectText(header, true, values);
    reader.charset_ = dicom::decideCharacterSet(std::string(text::trim(reader.raw(DCM_SpecificCharacterSet))), values,
                                                dicom::policyWithoutSite);
    return reader;
}

HeaderReader::HeaderReader(DcmItem& header) : item_(&header)
{
    indexElements();
    std::vector<std::string> values;
    collectText(header, false, values);
    charset_ = dicom::decideCharacterSet(std::string(text::trim(raw(DCM_SpecificCharacterSet))), values,
                                         dicom::policyWithoutSite);
}

// DCMTK looks for each element from the first one on, and a hundred are asked for in each of a stack's files.
void HeaderReader::indexElements()
{
    for (DcmObject* next = item_->nextInContainer(nullptr); next; next = item_->nextInContainer(next))
        if (auto* const element = dynamic_cast<DcmElement*>(next))
            elements_.push_back(element);
    std::stable_sort(elements_.begin(), elements_.end(),
                     [](DcmElement const* one, DcmElement const* other) { return one->getTag() < other->getTag(); });
}

DcmElement* HeaderReader::find(DcmTagKey const& tag) const
{
    if (elements_.empty()) {
        DcmElement* element = nullptr;
        return item_->findAndGetElement(tag, element).good() ? element : nullptr;
    }
    auto const found =
        std::lower_bound(elements_.begin(), elements_.end(), tag,
                         [](DcmElement const* one, DcmTagKey const& key) { return one->getTag() < key; });
    return found != elements_.end() && (*found)->getTag() == tag ? *found : nullptr;
}

DcmSequenceOfItems* HeaderReader::findSequence(DcmTagKey const& tag) const
{
    DcmElement* const element = find(tag);
    return element && element->ident() == EVR_SQ ? dynamic_cast<DcmSequenceOfItems*>(element) : nullptr;
}

std::string HeaderReader::raw(DcmTagKey const& tag) const
{
    DcmElement* const element = find(tag);
    return element && element->isLeaf() ? rawValue(*element) : std::string();
}

std::string HeaderReader::text(DcmTagKey const& tag) const
{
    return std::string(text::trim(dicom::decodeText(charset_, raw(tag))));
}

std::vector<double> HeaderReader::numbers(DcmTagKey const& tag) const
{
    DcmElement* const element = find(tag);
    if (!element || !element->isLeaf())
        return {};
    std::vector<double> values;
    if (element->ident() == EVR_FD || element->ident() == EVR_FL || element->ident() == EVR_US ||
        element->ident() == EVR_SS || element->ident() == EVR_UL || element->ident() == EVR_SL) {
        for (unsigned long i = 0; i < element->getVM(); ++i) {
            Float64 value = 0;
            if (element->getFloat64(value, i).good()) {
                values.push_back(value);
            } else if (Float32 single = 0; element->getFloat32(single, i).good()) {
                values.push_back(single);
            } else if (Uint16 small = 0; element->getUint16(small, i).good()) {
                values.push_back(small);
            } else if (Sint16 negative = 0; element->getSint16(negative, i).good()) {
                values.push_back(negative);
            } else if (Uint32 wide = 0; element->getUint32(wide, i).good()) {
                values.push_back(wide);
            } else if (Sint32 wideNegative = 0; element->getSint32(wideNegative, i).good()) {
                values.push_back(wideNegative);
            }
            if (!values.empty() && !std::isfinite(values.back())) {
                values.pop_back(); // as of a text that is no number: what comes behind has lost its place
                break;
            }
        }
        return values;
    }
    for (auto const& part : text::split(rawValue(*element), '\\')) {
        auto trimmed = text::trim(part);
        if (trimmed.starts_with('+'))
            trimmed.remove_prefix(1);
        double value = 0;
        if (std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), value).ec != std::errc() ||
            !std::isfinite(value))
            return values;
        values.push_back(value);
    }
    return values;
}

std::optional<double> HeaderReader::number(DcmTagKey const& tag) const
{
    auto const values = numbers(tag);
    return values.empty() ? std::nullopt : std::optional(values.front());
}

std::int32_t HeaderReader::integer(DcmTagKey const& tag, std::int32_t otherwise) const
{
    auto const value = number(tag);
    return value && std::abs(*value) < 2147483647.0 ? static_cast<std::int32_t>(*value) : otherwise;
}

std::vector<std::uint16_t> HeaderReader::words(DcmTagKey const& tag) const
{
    DcmElement* const element = find(tag);
    if (!element)
        return {};
    std::size_t const count = element->getLength() / 2;
    if (Uint16* words = nullptr; element->getUint16Array(words).good() && words)
        return {words, words + count};
    std::vector<std::uint16_t> values;
    if (Sint16* words = nullptr; element->getSint16Array(words).good() && words)
        for (std::size_t i = 0; i < count; ++i)
            values.push_back(static_cast<std::uint16_t>(words[i]));
    return values;
}

std::vector<std::uint8_t> HeaderReader::bytes(DcmTagKey const& tag) const
{
    DcmElement* const element = find(tag);
    if (!element || !element->isLeaf())
        return {};
    std::vector<std::uint8_t> values(element->getLength());
    if (Uint8* single = nullptr; element->getUint8Array(single).good() && single != nullptr)
        std::memcpy(values.data(), single, values.size());
    else if (Uint16* words = nullptr; element->getUint16Array(words).good() && words != nullptr)
        std::memcpy(values.data(), words, values.size());
    else
        values.clear();
    return values;
}

bool HeaderReader::isSignedShort(DcmTagKey const& tag) const
{
    DcmElement* const element = find(tag);
    return element && element->ident() == EVR_SS;
}

std::size_t HeaderReader::items(DcmTagKey const& sequence) const
{
    DcmSequenceOfItems* const found = findSequence(sequence);
    return found ? found->card() : 0;
}

std::optional<HeaderReader> HeaderReader::item(DcmTagKey const& sequence, std::size_t index) const
{
    DcmSequenceOfItems* const found = findSequence(sequence);
    if (!found || index >= found->card())
        return std::nullopt;
    DcmItem* const item = found->getItem(static_cast<unsigned long>(index));
    if (!item)
        return std::nullopt;
    HeaderReader below = in(*item);
    // An item may be written in another set than what it stands in (PS3.3 C.12.1.1.2).
    if (auto const declared = std::string(text::trim(below.raw(DCM_SpecificCharacterSet)));
        !declared.empty() && declared != charset_.declared)
        return ofWholeObject(*item);
    return below;
}

} // namespace qianli::viewer
