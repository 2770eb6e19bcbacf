#include "common/dicom/parsed_data_set.h"

#include "common/base/file.h"
#include "common/base/text.h"
#include "common/dicom/character_set.h"
#include "common/dicom/sop_class.h"
#include "common/dicom/value_representation.h"

#include <array>
#include <charconv>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmf.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fcntl.h>
#include <fmt/format.h>

namespace qianli::dicom {
namespace {

constexpr std::string_view geImplicit = "1.2.840.113619.5.2";
constexpr std::string_view jpipHtDeflate = "1.2.840.10008.1.2.4.205"; // DCMTK would not inflate it
constexpr Uint32 readAtOnce = 4096; // longer values stay in the file until they are wanted

DcmTagKey keyOf(Tag tag)
{
    return {tag.group, tag.element};
}

// As the scan took it: what DCMTK doesn't know is encapsulated, so explicit VR little endian; of a private one the
// first element tells. DCMTK's own guess could be big endian, and what the scan passed over as a value a tower of
// sequences.
Result<E_TransferSyntax> syntaxOf(std::filesystem::path const& path, Part10Layout const& layout)
{
    Uid const& uid = layout.meta.transferSyntaxUid;
    if (uid.value() == geImplicit)
        return EXS_LittleEndianImplicit;
    if (auto const known = DcmXfer(uid.value().c_str()).getXfer(); known != EXS_Unknown)
        return known;
    constexpr std::size_t tagBytes = 4, vrBytes = 2;
    if (!isPrivateTransferSyntax(uid) || layout.fileSize < layout.dataSetOffset + tagBytes + vrBytes)
        return EXS_LittleEndianExplicit;
    std::array<std::uint8_t, vrBytes> vr{};
    QIANLI_ASSIGN(auto const file, openFile(path, O_RDONLY));
    QIANLI_TRY(readAllAt(file.get(), vr, layout.dataSetOffset + tagBytes));
    std::string_view const letters(reinterpret_cast<char const*>(vr.data()), vr.size());
    return isVrName(letters) || letters == "??" ? EXS_LittleEndianExplicit : EXS_LittleEndianImplicit;
}

} // namespace

struct ParsedDataSet::State {
    Part10Layout layout;
    CharacterSetDecision charset;
    DcmDataset dataSet;
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
    return state_->dataSet;
}

Result<ParsedDataSet> loadScanned(std::filesystem::path const& path, ScanLimits const& limits)
{
    auto state = std::make_unique<ParsedDataSet::State>();
    QIANLI_ASSIGN(state->layout, readPart10Layout(path));
    QIANLI_ASSIGN(auto const header, scanFile(path, state->layout, instanceHeaderTags(), limits));
    if (state->layout.meta.transferSyntaxUid.value() == jpipHtDeflate)
        return fail(ErrorCode::InvalidInput, path.string() + ": the object's pixels are on another machine (JPIP)");
    if (header.ambiguous)
        return fail(
            ErrorCode::InvalidInput,
            fmt::format(
                "{}: part of the data set has no value representations although its transfer syntax {} asks for them",
                path.string(), state->layout.meta.transferSyntaxUid.value()));
    state->charset = decideCharacterSet(header, policyWithoutSite);
    // From where the scan began and in the same transfer syntax: of the meta header, which may nest sequences and lie
    // about its length, DCMTK sees nothing.
    // Skipped, not begun at: values that stay in the file are found again by their place in the stream.
    QIANLI_ASSIGN(auto const syntax, syntaxOf(path, state->layout));
    DcmInputFileStream stream(path.c_str());
    stream.skip(static_cast<offile_off_t>(state->layout.dataSetOffset));
    state->dataSet.transferInit();
    auto const loaded = state->dataSet.read(stream, syntax, EGL_noChange, readAtOnce);
    state->dataSet.transferEnd();
    if (loaded.bad())
        return fail(ErrorCode::InvalidInput, fmt::format("{}: {}", path.string(), loaded.text()));
    return ParsedDataSet(std::move(state));
}

} // namespace qianli::dicom
