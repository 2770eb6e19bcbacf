#include "common/dicom/parsed_data_set.h"

#include "common/base/text.h"
#include "common/dicom/character_set.h"

#include <charconv>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>

namespace qianli::dicom {
namespace {

constexpr Uint32 readAtOnce = 4096; // longer values stay in the file until they are wanted

DcmTagKey keyOf(Tag tag)
{
    return {tag.group, tag.element};
}

} // namespace

struct ParsedDataSet::State {
    Part10Layout layout;
    CharacterSetDecision charset;
    DcmFileFormat file;
};

ParsedDataSet::ParsedDataSet(std::unique_ptr<State> state) : state_(std::move(state)) {}
ParsedDataSet::ParsedDataSet(ParsedDataSet&&) noexcept = default;
ParsedDataSet& ParsedDataSet::operator=(ParsedDataSet&&) noexcept = default;
ParsedDataSet::~ParsedDataSet() = default;

Part10Layout const& ParsedDataSet::layout() const
{
    return state_->layout;
}

CharacterSetDecision const& ParsedDataSet::characterSet() const
{
    return state_->charset;
}

bool ParsedDataSet::has(Tag tag) const
{
    return dataset().tagExistsWithValue(keyOf(tag));
}

std::string ParsedDataSet::text(Tag tag) const
{
    DcmElement* element = nullptr;
    if (dataset().findAndGetElement(keyOf(tag), element).bad() || !element)
        return {};
    char* value = nullptr;
    if (element->isaString() && element->getString(value).good() && value)
        return std::string(text::trim(decode(value)));
    OFString written; // numbers of binary attributes as text
    if (element->getOFStringArray(written).bad())
        return {};
    return std::string(text::trim(decode(std::string_view(written.c_str(), written.size()))));
}

std::vector<std::string> ParsedDataSet::texts(Tag tag) const
{
    std::string const whole = text(tag);
    if (whole.empty())
        return {};
    std::vector<std::string> values = text::split(whole, '\\');
    for (std::string& value : values)
        value = std::string(text::trim(value));
    return values;
}

Uid ParsedDataSet::uid(Tag tag) const
{
    return Uid::fromPeer(text(tag)).value_or(Uid());
}

std::optional<std::int64_t> ParsedDataSet::integer(Tag tag, unsigned long index) const
{
    DcmElement* element = nullptr;
    if (dataset().findAndGetElement(keyOf(tag), element).bad() || !element)
        return std::nullopt;
    Uint16 unsigned16 = 0;
    if (element->getUint16(unsigned16, index).good())
        return unsigned16;
    Sint16 signed16 = 0;
    if (element->getSint16(signed16, index).good())
        return signed16;
    Uint32 unsigned32 = 0;
    if (element->getUint32(unsigned32, index).good())
        return unsigned32;
    Sint32 signed32 = 0;
    if (element->getSint32(signed32, index).good())
        return signed32;
    auto const number = this->number(tag, index);
    if (!number || *number < -9e15 || *number > 9e15 ||
        *number != static_cast<double>(static_cast<std::int64_t>(*number)))
        return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

std::optional<double> ParsedDataSet::number(Tag tag, unsigned long index) const
{
    DcmElement* element = nullptr;
    if (dataset().findAndGetElement(keyOf(tag), element).bad() || !element)
        return std::nullopt;
    Float64 wide = 0;
    if (element->getFloat64(wide, index).good())
        return wide;
    Float32 narrow = 0;
    if (element->getFloat32(narrow, index).good())
        return narrow;
    OFString written;
    if (element->getOFString(written, index).bad())
        return std::nullopt;
    std::string_view const digits = text::trim(std::string_view(written.c_str(), written.size()));
    std::string_view const unsignedDigits = digits.starts_with('+') ? digits.substr(1) : digits;
    double value = 0;
    auto const [end, problem] =
        std::from_chars(unsignedDigits.data(), unsignedDigits.data() + unsignedDigits.size(), value);
    if (problem != std::errc() || end != unsignedDigits.data() + unsignedDigits.size())
        return std::nullopt;
    return value;
}

std::vector<double> ParsedDataSet::numbers(Tag tag) const
{
    std::vector<double> values;
    DcmElement* element = nullptr;
    if (dataset().findAndGetElement(keyOf(tag), element).bad() || !element)
        return values;
    for (unsigned long i = 0; i < element->getVM(); ++i) {
        auto const value = number(tag, i);
        if (!value)
            return {};
        values.push_back(*value);
    }
    return values;
}

std::string ParsedDataSet::decode(std::string_view raw) const
{
    return decodeText(state_->charset, raw);
}

DcmDataset& ParsedDataSet::dataset() const
{
    return *state_->file.getDataset();
}

DcmFileFormat& ParsedDataSet::file() const
{
    return state_->file;
}

Result<ParsedDataSet> loadScanned(std::filesystem::path const& path, ScanLimits const& limits)
{
    auto state = std::make_unique<ParsedDataSet::State>();
    QIANLI_ASSIGN(state->layout, readPart10Layout(path));
    QIANLI_ASSIGN(auto const header, scanFile(path, state->layout, instanceHeaderTags(), limits));
    if (header.ambiguous)
        return fail(
            ErrorCode::InvalidInput,
            fmt::format(
                "{}: part of the data set has no value representations although its transfer syntax {} asks for them",
                path.string(), state->layout.meta.transferSyntaxUid.value()));
    state->charset = decideCharacterSet(header, policyWithoutSite);
    OFCondition const loaded =
        state->file.loadFile(path.c_str(), EXS_Unknown, EGL_noChange, readAtOnce, ERM_autoDetect);
    if (loaded.bad())
        return fail(ErrorCode::InvalidInput, fmt::format("{}: {}", path.string(), loaded.text()));
    return ParsedDataSet(std::move(state));
}

} // namespace qianli::dicom
