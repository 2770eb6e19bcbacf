#include "viewer/model/sr_document.h"

#include "common/base/text.h"
#include "viewer/decoding/image_file.h"
#include "viewer/model/header_reader.h"

#include <fmt/format.h>
#include <utility>

namespace qianli::viewer {
namespace {

constexpr std::size_t mostItems = 20'000, mostVerifiers = 50, mostFrames = 1000;
constexpr std::size_t deepest = 40;
constexpr std::size_t mostText = 4u << 20;       // bytes of the whole document
constexpr std::size_t longestValue = 256u << 10; // bytes: a paragraph is set whole, and a page of it painted at once

struct Code {
    std::string value, scheme, meaning;
    std::string words() const { return meaning.empty() ? value : meaning; }
};

Code codeAt(HeaderReader const& item, DcmTagKey const& sequence)
{
    auto const code = item.item(sequence);
    if (!code)
        return {};
    std::string value;
    for (auto const& tag : {DCM_CodeValue, DCM_LongCodeValue, DCM_URNCodeValue})
        if (value.empty())
            value = code->text(tag);
    return {value, code->text(DCM_CodingSchemeDesignator), code->text(DCM_CodeMeaning)};
}

SrValue kindOf(std::string const& type)
{
    struct Known {
        char const* word;
        SrValue kind;
    };
    for (Known const& known :
         {Known{"CONTAINER", SrValue::Container}, Known{"TEXT", SrValue::Text}, Known{"CODE", SrValue::Code},
          Known{"NUM", SrValue::Number}, Known{"DATE", SrValue::Date}, Known{"TIME", SrValue::Time},
          Known{"DATETIME", SrValue::DateTime}, Known{"UIDREF", SrValue::Uid}, Known{"PNAME", SrValue::Person},
          Known{"IMAGE", SrValue::Image}, Known{"COMPOSITE", SrValue::Image}, Known{"WAVEFORM", SrValue::Image},
          Known{"SCOORD", SrValue::Graphic}, Known{"SCOORD3D", SrValue::Graphic}, Known{"TCOORD", SrValue::Graphic}})
        if (type == known.word)
            return known.kind;
    return SrValue::Other;
}

std::string joined(std::vector<double> const& numbers)
{
    std::string words;
    for (double const number : numbers)
        words += (words.empty() ? "" : ".") + fmt::format("{}", number);
    return words;
}

class Reader {
public:
    explicit Reader(SrDocument& document) : document_(document) {}

    void readFlags(HeaderReader const& reader)
    {
        auto const text = [&](HeaderReader const& from, DcmTagKey const& tag) { return keep(from.text(tag)); };
        document_.documentClass = text(reader, DCM_SOPClassUID);
        document_.completion = text(reader, DCM_CompletionFlag);
        document_.completionWords = text(reader, DCM_CompletionFlagDescription);
        document_.verification = text(reader, DCM_VerificationFlag);
        document_.preliminary = text(reader, DCM_PreliminaryFlag);
        document_.contentDate = text(reader, DCM_ContentDate);
        document_.contentTime = text(reader, DCM_ContentTime);
        document_.manufacturer = text(reader, DCM_Manufacturer);
        document_.institution = text(reader, DCM_InstitutionName);
        for (std::size_t i = 0; i < std::min(reader.items(DCM_VerifyingObserverSequence), mostVerifiers); ++i)
            if (auto const item = reader.item(DCM_VerifyingObserverSequence, i))
                document_.verifiers.push_back({text(*item, DCM_VerifyingObserverName),
                                               text(*item, DCM_VerifyingOrganization),
                                               text(*item, DCM_VerificationDateTime)});
        for (std::size_t i = 0; i < std::min(reader.items(DCM_AuthorObserverSequence), mostVerifiers); ++i)
            if (auto const item = reader.item(DCM_AuthorObserverSequence, i))
                document_.authors.push_back(text(*item, DCM_PersonName));
    }

    SrItem read(HeaderReader const& from, std::size_t depth)
    {
        SrItem item;
        ++document_.itemCount;
        item.relationship = from.text(DCM_RelationshipType);
        item.topic = codeAt(from, DCM_ConceptNameCodeSequence).words();
        std::string const type = from.text(DCM_ValueType);
        item.kind = kindOf(type);
        if (type.empty() && !from.numbers(DCM_ReferencedContentItemIdentifier).empty()) {
            item.kind = SrValue::Reference;
            item.value = joined(from.numbers(DCM_ReferencedContentItemIdentifier));
        }
        readValue(from, type, item);
        item.observed = from.text(DCM_ObservationDateTime);
        for (std::string* const words : {&item.relationship, &item.topic, &item.value, &item.unit, &item.qualifier,
                                         &item.instanceUid, &item.observed})
            *words = keep(std::move(*words));
        std::size_t const below = from.items(DCM_ContentSequence);
        if (below > 0 && depth >= deepest)
            document_.cut = true;
        for (std::size_t index = 0; index < below && depth < deepest; ++index) {
            if (document_.itemCount >= mostItems || text_ >= mostText) {
                document_.cut = true;
                break;
            }
            if (auto const child = from.item(DCM_ContentSequence, index))
                item.items.push_back(read(*child, depth + 1));
        }
        return item;
    }

private:
    std::string keep(std::string words)
    {
        if (words.size() > longestValue) {
            document_.cut = true;
            std::size_t end = longestValue; // of whole characters
            while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0) == 0x80)
                --end;
            words.resize(end);
        }
        if (words.size() > mostText - std::min(mostText, text_)) {
            document_.cut = true;
            return {};
        }
        text_ += words.size();
        return words;
    }

    void readNumber(HeaderReader const& from, SrItem& item)
    {
        if (auto const measured = from.item(DCM_MeasuredValueSequence)) {
            item.value = measured->text(DCM_NumericValue);
            Code const unit = codeAt(*measured, DCM_MeasurementUnitsCodeSequence);
            item.unit = shownUnit(unit.scheme, unit.value, unit.meaning);
        }
        item.qualifier = codeAt(from, DCM_NumericValueQualifierCodeSequence).words();
        if (item.value.empty()) {
            item.value = std::exchange(item.qualifier, {});
            item.unit.clear();
        }
    }

    void readReference(HeaderReader const& from, SrItem& item)
    {
        auto const reference = from.item(DCM_ReferencedSOPSequence);
        if (!reference)
            return;
        item.value = reference->text(DCM_ReferencedSOPClassUID);
        item.instanceUid = reference->text(DCM_ReferencedSOPInstanceUID);
        for (double const frame : reference->numbers(DCM_ReferencedFrameNumber))
            if (item.frames.size() < mostFrames)
                item.frames.push_back(static_cast<int>(frame));
    }

    void readValue(HeaderReader const& from, std::string const& type, SrItem& item)
    {
        switch (item.kind) {
        case SrValue::Text:
            item.value = from.text(DCM_TextValue);
            break;
        case SrValue::Code:
            item.value = codeAt(from, DCM_ConceptCodeSequence).words();
            break;
        case SrValue::Number:
            readNumber(from, item);
            break;
        case SrValue::Date:
            item.value = from.text(DCM_Date);
            break;
        case SrValue::Time:
            item.value = from.text(DCM_Time);
            break;
        case SrValue::DateTime:
            item.value = from.text(DCM_DateTime);
            break;
        case SrValue::Uid:
            item.value = from.text(DCM_UID);
            break;
        case SrValue::Person:
            item.value = from.text(DCM_PersonName);
            break;
        case SrValue::Image:
            readReference(from, item);
            break;
        case SrValue::Graphic:
            item.value = from.text(DCM_GraphicType);
            if (item.value.empty())
                item.value = from.text(DCM_TemporalRangeType);
            break;
        case SrValue::Other:
            item.value = type;
            break;
        case SrValue::Container:
        case SrValue::Reference:
            break;
        }
    }

    SrDocument& document_;
    std::size_t text_ = 0;
};

} // namespace

std::string shownUnit(std::string const& scheme, std::string const& code, std::string const& meaning)
{
    if (scheme != "UCUM")
        return meaning.empty() ? code : meaning;
    if (code == "1" || code.empty())
        return {};
    if (code == "[hnsf'U]")
        return "HU";
    // Annotations in braces are remarks, not units (UCUM section 6).
    if (code.front() == '{' && code.find('}') == code.size() - 1)
        return code == "{ratio}" || code.size() < 3 ? std::string() : code.substr(1, code.size() - 2);
    if (code.find('{') != std::string::npos)
        return meaning.empty() ? code : meaning;
    if (code.find('[') != std::string::npos)
        return meaning.empty() ? code : meaning;
    std::string shown;
    for (std::size_t i = 0; i < code.size(); ++i) {
        bool const afterLetter = i > 0 && ((code[i - 1] | 0x20) >= 'a' && (code[i - 1] | 0x20) <= 'z');
        if (code[i] == '.')
            shown += "·";
        else if (afterLetter && (code[i] == '2' || code[i] == '3'))
            shown += code[i] == '2' ? "²" : "³";
        else if (code[i] == 'u' && i + 1 < code.size() && (i == 0 || code[i - 1] == '/'))
            shown += "µ";
        else
            shown += code[i];
    }
    return shown;
}

Result<std::shared_ptr<SrDocument const>> loadSrDocument(std::filesystem::path const& path)
{
    auto const name = path.filename().string();
    auto opened = ImageFile::open(path);
    if (!opened)
        return tl::unexpected(std::move(opened).error().at(name));
    auto const reader = HeaderReader::ofWholeObject((*opened)->header());
    if (reader.items(DCM_ContentSequence) == 0 && reader.items(DCM_ConceptNameCodeSequence) == 0)
        return fail(ErrorCode::InvalidInput, name + ": the report has no content");
    auto document = std::make_shared<SrDocument>();
    Reader content(*document);
    content.readFlags(reader);
    document->root = content.read(reader, 0);
    return document;
}

} // namespace qianli::viewer
