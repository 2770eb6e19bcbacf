#include "viewer/model/waveform.h"

#include "viewer/decoding/image_file.h"
#include "viewer/model/header_reader.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace qianli::viewer {
namespace {

constexpr std::size_t mostGroups = 32, mostChannels = 256, mostAnnotations = 10'000;
constexpr double largestSkew = 86'400, largestOffset = 30 * 86'400.0; // seconds
constexpr std::size_t longestWords = 4096;                            // bytes of one annotation's text
constexpr std::uint64_t largestData = 512u << 20;

std::size_t bytesOf(WaveformSample kind)
{
    return kind == WaveformSample::Signed8 || kind == WaveformSample::Unsigned8     ? 1
           : kind == WaveformSample::Signed16 || kind == WaveformSample::Unsigned16 ? 2
                                                                                    : 4;
}

Result<WaveformSample> waveformSample(std::string const& interpretation, int bits)
{
    struct Known {
        char const* word;
        int bits;
        WaveformSample kind;
    };
    for (Known const& known : {Known{"SB", 8, WaveformSample::Signed8}, Known{"UB", 8, WaveformSample::Unsigned8},
                               Known{"SS", 16, WaveformSample::Signed16}, Known{"US", 16, WaveformSample::Unsigned16},
                               Known{"SL", 32, WaveformSample::Signed32}, Known{"UL", 32, WaveformSample::Unsigned32}})
        if (interpretation == known.word && bits == known.bits)
            return known.kind;
    if (interpretation == "MB" || interpretation == "AB")
        return fail(ErrorCode::Refused, "sound (mu-law or A-law samples) is not available in this version");
    return fail(
        ErrorCode::InvalidInput,
        fmt::format("Waveform Sample Interpretation '{}' (5400,1006) does not fit {} bits", interpretation, bits));
}

struct Code {
    std::string value, scheme, meaning;
};

Code codeAt(HeaderReader const& item, DcmTagKey const& sequence)
{
    auto const code = item.item(sequence);
    if (!code)
        return {};
    std::string value = code->text(DCM_CodeValue);
    if (value.empty())
        value = code->text(DCM_LongCodeValue);
    return {value, code->text(DCM_CodingSchemeDesignator), code->text(DCM_CodeMeaning)};
}

std::optional<double> millivoltsIn(std::string const& unit)
{
    return unit == "mV"                   ? std::optional(1.0)
           : unit == "uV" || unit == "µV" ? std::optional(1e-3)
           : unit == "nV"                 ? std::optional(1e-6)
           : unit == "V"                  ? std::optional(1e3)
                                          : std::nullopt;
}

WaveformChannel readChannel(HeaderReader const& item, std::size_t index, double frequency)
{
    WaveformChannel channel;
    Code const source = codeAt(item, DCM_ChannelSourceSequence);
    std::string const label = item.text(DCM_ChannelLabel);
    channel.lead = leadByCode(source.scheme, source.value);
    if (!channel.lead)
        channel.lead = leadByWords(source.meaning);
    if (!channel.lead && source.value.empty() && source.meaning.empty())
        channel.lead = leadByWords(label);
    channel.name = channel.lead              ? std::string(leadName(*channel.lead))
                   : !source.meaning.empty() ? source.meaning
                   : !label.empty()          ? label
                                             : fmt::format("#{}", index + 1);
    // A factor of nothing would be a flat line, which is a diagnosis: as good as none.
    double const factor = item.number(DCM_ChannelSensitivity).value_or(0) *
                          item.number(DCM_ChannelSensitivityCorrectionFactor).value_or(1);
    if (factor != 0 && std::isfinite(factor)) {
        channel.factor = factor;
        channel.baseline = item.number(DCM_ChannelBaseline).value_or(0);
        channel.unit = codeAt(item, DCM_ChannelSensitivityUnitsSequence).value;
        channel.millivoltsPerUnit = millivoltsIn(channel.unit);
    }
    channel.skew =
        item.number(DCM_ChannelTimeSkew).value_or(item.number(DCM_ChannelSampleSkew).value_or(0) / frequency);
    channel.skew += item.number(DCM_ChannelOffset).value_or(0);
    // Devices write 0 for a filter that is off.
    auto const cut = [&item](DcmTagKey const& tag) {
        auto const value = item.number(tag);
        return value && *value > 0 ? value : std::nullopt;
    };
    channel.lowCut = cut(DCM_FilterLowFrequency);
    channel.highCut = cut(DCM_FilterHighFrequency);
    channel.notch = cut(DCM_NotchFilterFrequency);
    return channel;
}

// A sample's worth of bytes as a number of the group's kind.
std::int64_t numberAt(std::uint8_t const* bytes, WaveformSample kind)
{
    auto const b = [bytes](std::size_t i) { return std::uint32_t{bytes[i]}; };
    switch (kind) {
    case WaveformSample::Signed8:
        return static_cast<std::int8_t>(b(0));
    case WaveformSample::Unsigned8:
        return b(0);
    case WaveformSample::Signed16:
        return static_cast<std::int16_t>(b(0) | b(1) << 8);
    case WaveformSample::Unsigned16:
        return b(0) | b(1) << 8;
    case WaveformSample::Signed32:
        return static_cast<std::int32_t>(b(0) | b(1) << 8 | b(2) << 16 | b(3) << 24);
    case WaveformSample::Unsigned32:
        return b(0) | b(1) << 8 | b(2) << 16 | b(3) << 24;
    }
    return 0;
}

Result<void> readSamples(HeaderReader const& item, WaveformGroup& group)
{
    int const bits = item.integer(DCM_WaveformBitsAllocated, 0);
    QIANLI_ASSIGN(group.kind, waveformSample(item.text(DCM_WaveformSampleInterpretation), bits));
    std::uint64_t const needed = std::uint64_t{group.samples} * group.channels.size() * bytesOf(group.kind);
    if (needed > largestData)
        return fail(ErrorCode::LimitExceeded, fmt::format("{} MB of samples in one group are too many", needed >> 20));
    group.data = item.bytes(DCM_WaveformData);
    if (group.data.size() < needed)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("Waveform Data (5400,1010) holds {} bytes where {} channels of {} samples of {} bits "
                                "need {}",
                                group.data.size(), group.channels.size(), group.samples, bits, needed));
    group.data.resize(needed);
    if (auto const padding = item.bytes(DCM_WaveformPaddingValue); padding.size() >= bytesOf(group.kind))
        group.padding = numberAt(padding.data(), group.kind);
    return {};
}

Result<WaveformGroup> readGroup(HeaderReader const& item)
{
    WaveformGroup group;
    group.label = item.text(DCM_MultiplexGroupLabel);
    group.originality = item.text(DCM_WaveformOriginality);
    group.frequency = item.number(DCM_SamplingFrequency).value_or(0);
    group.timeOffset = item.number(DCM_MultiplexGroupTimeOffset).value_or(0) / 1000;
    if (!(std::abs(group.timeOffset) <= largestOffset))
        group.timeOffset = std::numeric_limits<double>::quiet_NaN();
    if (!(group.frequency > 0 && group.frequency <= 1e6))
        return fail(ErrorCode::InvalidInput, fmt::format("Sampling Frequency (003A,001A) of {} Hz", group.frequency));
    auto const declared = item.integer(DCM_NumberOfWaveformChannels, 0);
    std::size_t const defined = item.items(DCM_ChannelDefinitionSequence);
    if (declared < 1 || static_cast<std::size_t>(declared) > mostChannels ||
        defined != static_cast<std::size_t>(declared))
        return fail(
            ErrorCode::InvalidInput,
            fmt::format("Number of Waveform Channels (003A,0005) is {} where {} are defined", declared, defined));
    auto const samples = item.number(DCM_NumberOfWaveformSamples).value_or(0);
    if (samples < 1 || samples > static_cast<double>(largestData))
        return fail(ErrorCode::InvalidInput, fmt::format("Number of Waveform Samples (003A,0010) is {}", samples));
    group.samples = static_cast<std::size_t>(samples);
    for (std::size_t index = 0; index < defined; ++index)
        if (auto const channel = item.item(DCM_ChannelDefinitionSequence, index))
            group.channels.push_back(readChannel(*channel, index, group.frequency));
    for (auto const& channel : group.channels)
        if (!(std::abs(channel.skew) <= largestSkew))
            return fail(ErrorCode::InvalidInput,
                        fmt::format("channel {} begins {} seconds away from its group", channel.name, channel.skew));
    QIANLI_TRY(readSamples(item, group));
    return group;
}

// Whole characters of UTF-8.
std::string shortened(std::string words)
{
    if (words.size() <= longestWords)
        return words;
    std::size_t end = longestWords;
    while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0) == 0x80)
        --end;
    return words.substr(0, end) + "…";
}

using Groups = std::vector<WaveformGroup const*>;

// All of them where the annotation names none.
Groups groupsOf(WaveformAnnotation const& annotation, std::vector<WaveformGroup> const& groups)
{
    auto const& named = annotation.channels;
    Groups of;
    for (std::size_t index = 0; index < groups.size(); ++index)
        if (named.empty() || std::any_of(named.begin(), named.end(),
                                         [index](auto const& one) { return one.first == static_cast<int>(index) + 1; }))
            of.push_back(&groups[index]);
    return of;
}

// A moment of one is the same moment of the other: an averaged beat has a time of its own, and so has another column.
bool isOfSameTime(WaveformGroup const& a, WaveformGroup const& b)
{
    return a.timeOffset == b.timeOffset && a.originality == b.originality;
}

// Positions are those of samples of a single group (PS3.3 C.10.10): in two that differ they say no moment, nor where
// nothing says of which group.
double frequencyOf(WaveformAnnotation const& annotation, Groups const& of, std::size_t groups)
{
    if (of.empty() || (annotation.channels.empty() && groups > 1))
        return 0;
    WaveformGroup const& first = *of.front();
    bool const areAlike = std::all_of(of.begin() + 1, of.end(), [&first](WaveformGroup const* other) {
        return isOfSameTime(first, *other) && other->frequency == first.frequency && other->samples == first.samples;
    });
    return areAlike ? first.frequency : 0;
}

// From a group's start to the first sample of the channels that an annotation is of; none where these begin at
// different times: then a sample's number is as many moments.
std::optional<double> skewOf(WaveformAnnotation const& annotation, std::vector<WaveformGroup> const& groups,
                             double frequency)
{
    double least = std::numeric_limits<double>::infinity(), most = -least;
    auto const see = [&](WaveformChannel const& channel) {
        least = std::min(least, channel.skew);
        most = std::max(most, channel.skew);
    };
    for (std::size_t index = 0; index < groups.size(); ++index) {
        auto const& channels = groups[index].channels;
        auto const isIn = [&](int channel) {
            return channel > 0 && static_cast<std::size_t>(channel) <= channels.size();
        };
        if (annotation.channels.empty())
            std::for_each(channels.begin(), channels.end(), see);
        for (auto const& [group, channel] : annotation.channels)
            if (group == static_cast<int>(index) + 1 && isIn(channel))
                see(channels[static_cast<std::size_t>(channel) - 1]);
            else if (group == static_cast<int>(index) + 1)
                std::for_each(channels.begin(), channels.end(), see);
    }
    return least <= most && (most - least) * frequency <= 1 ? std::optional(least) : std::nullopt;
}

// Seconds "after start of data" (PS3.3 C.10.10) are those of a group only where that is where the object's data starts,
// too.
bool areOffsetsOf(Groups const& of, std::vector<WaveformGroup> const& groups)
{
    if (of.empty())
        return false;
    WaveformGroup const& first = *of.front();
    return std::all_of(of.begin() + 1, of.end(), [&](auto const* other) { return isOfSameTime(first, *other); }) &&
           std::all_of(groups.begin(), groups.end(), [&first](WaveformGroup const& group) {
               return &group == &first || group.timeOffset >= first.timeOffset;
           });
}

std::vector<double> momentsOf(HeaderReader const& item, WaveformAnnotation const& annotation,
                              std::vector<WaveformGroup> const& groups)
{
    Groups const of = groupsOf(annotation, groups);
    double const frequency = frequencyOf(annotation, of, groups.size());
    auto const skew = frequency > 0 ? skewOf(annotation, groups, frequency) : std::nullopt;
    std::vector<double> seconds;
    if (skew)
        for (double const position : item.numbers(DCM_ReferencedSamplePositions)) // from 1
            seconds.push_back((position - 1) / frequency + *skew);
    if (seconds.empty() && areOffsetsOf(of, groups))
        seconds = item.numbers(DCM_ReferencedTimeOffsets);
    return seconds;
}

WaveformAnnotation readAnnotation(HeaderReader const& item, std::vector<WaveformGroup> const& groups)
{
    WaveformAnnotation annotation;
    Code const name = codeAt(item, DCM_ConceptNameCodeSequence);
    annotation.code = name.value;
    annotation.name = shortened(name.meaning.empty() ? name.value : name.meaning);
    annotation.text = item.text(DCM_UnformattedTextValue);
    if (annotation.text.empty())
        annotation.text = codeAt(item, DCM_ConceptCodeSequence).meaning;
    annotation.text = shortened(std::move(annotation.text));
    annotation.value = shortened(item.text(DCM_NumericValue));
    annotation.unit = shortened(codeAt(item, DCM_MeasurementUnitsCodeSequence).value);
    auto const channels = item.numbers(DCM_ReferencedWaveformChannels);
    auto const number = [](double value) { return static_cast<int>(std::clamp(value, 0.0, 65535.0)); };
    for (std::size_t i = 0; i + 1 < channels.size(); i += 2)
        annotation.channels.emplace_back(number(channels[i]), number(channels[i + 1]));
    annotation.seconds = momentsOf(item, annotation, groups);
    annotation.isOfMoment = !item.numbers(DCM_ReferencedSamplePositions).empty() ||
                            !item.numbers(DCM_ReferencedTimeOffsets).empty() ||
                            !item.text(DCM_ReferencedDateTime).empty() || !item.text(DCM_TemporalRangeType).empty();
    return annotation;
}

} // namespace

std::int64_t WaveformGroup::stored(std::size_t channel, std::size_t sample) const
{
    std::size_t const at = (sample * channels.size() + channel) * bytesOf(kind);
    return sample < samples && channel < channels.size() ? numberAt(data.data() + at, kind) : 0;
}

double WaveformGroup::value(std::size_t channel, std::size_t sample) const
{
    std::int64_t const number = stored(channel, sample);
    if (padding && number == *padding)
        return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(number) * channels[channel].factor + channels[channel].baseline;
}

std::optional<std::size_t> WaveformGroup::channelOf(EcgLead lead) const
{
    for (std::size_t index = 0; index < channels.size(); ++index)
        if (channels[index].lead == lead)
            return index;
    return std::nullopt;
}

bool WaveformAnnotation::isGlobal() const
{
    return !isOfMoment && std::all_of(channels.begin(), channels.end(), [](auto const& of) { return of.second == 0; });
}

Result<std::shared_ptr<Waveform const>> loadWaveform(std::filesystem::path const& path)
{
    auto const name = path.filename().string();
    auto opened = ImageFile::open(path);
    if (!opened)
        return tl::unexpected(std::move(opened).error().at(name));
    auto const reader = HeaderReader::ofWholeObject((*opened)->header());
    std::size_t const groups = reader.items(DCM_WaveformSequence);
    if (groups == 0)
        return fail(ErrorCode::InvalidInput, name + ": the object has no Waveform Sequence (5400,0100)");
    if (groups > mostGroups)
        return fail(ErrorCode::LimitExceeded, fmt::format("{}: {} multiplex groups are too many", name, groups));
    auto waveform = std::make_shared<Waveform>();
    for (std::size_t index = 0; index < groups; ++index) {
        auto const item = reader.item(DCM_WaveformSequence, index);
        if (!item)
            continue;
        auto group = readGroup(*item);
        if (!group)
            return tl::unexpected(std::move(group).error().at(fmt::format("{}: group {}", name, index + 1)));
        waveform->groups.push_back(std::move(*group));
    }
    std::size_t const annotations = reader.items(DCM_WaveformAnnotationSequence);
    waveform->annotationsCut = annotations > mostAnnotations;
    for (std::size_t index = 0; index < std::min(annotations, mostAnnotations); ++index)
        if (auto const item = reader.item(DCM_WaveformAnnotationSequence, index))
            waveform->annotations.push_back(readAnnotation(*item, waveform->groups));
    return waveform;
}

} // namespace qianli::viewer
