// Waveform: the channels of a waveform object (PS3.3 C.10.9) as values in their own units, and what is written to them
// (C.10.10).
//
// Promise: a group whose counts, lengths or encoding can't be true is refused with a sentence; no value is read from
// beyond the data, and padding is no value.
#pragma once

#include "common/base/result.h"
#include "viewer/model/ecg_lead.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qianli::viewer {

struct WaveformChannel {
    std::string name; // "aVR", or what the object calls it
    std::optional<EcgLead> lead;
    // value = stored * factor + baseline, in `unit`; no unit: the object gives no sensitivity, so it is a mere number.
    double factor = 1, baseline = 0;
    std::string unit;                             // UCUM: "uV", "mm[Hg]"
    double skew = 0;                              // seconds from the group's start to the first sample
    std::optional<double> lowCut, highCut, notch; // Hz, where the object says them
    std::optional<double> millivoltsPerUnit;      // none: not a voltage
    bool isVoltage() const { return millivoltsPerUnit.has_value(); }
};

enum class WaveformSample { Signed8, Unsigned8, Signed16, Unsigned16, Signed32, Unsigned32 };

struct WaveformGroup { // one item of Waveform Sequence (5400,0100)
    std::string label, originality;
    double frequency = 0;  // samples a second
    double timeOffset = 0; // seconds from the object's reference time; NaN where what the object says can't be true
    std::size_t samples = 0;
    std::vector<WaveformChannel> channels;

    WaveformSample kind = WaveformSample::Signed16;
    std::optional<std::int64_t> padding;
    std::vector<std::uint8_t> data; // sample by sample, in each the channels in order, little endian

    double seconds() const { return static_cast<double>(samples) / frequency; }
    std::int64_t stored(std::size_t channel, std::size_t sample) const;
    // In the channel's unit; NaN where there is padding.
    double value(std::size_t channel, std::size_t sample) const;
    std::optional<std::size_t> channelOf(EcgLead lead) const;
};

struct WaveformAnnotation { // one item of Waveform Annotation Sequence (0040,B020)
    std::string code, name, text, value, unit;
    std::vector<std::pair<int, int>> channels; // group and channel from 1; channel 0: all of the group
    // From the start of each of its groups; none where the object could mean one moment as well as another.
    std::vector<double> seconds;
    bool isOfMoment = false;
    // Of the whole recording: neither a moment nor a single channel.
    bool isGlobal() const;
};

struct Waveform {
    std::vector<WaveformGroup> groups;
    std::vector<WaveformAnnotation> annotations;
    bool annotationsCut = false; // there were more than are kept
};

Result<std::shared_ptr<Waveform const>> loadWaveform(std::filesystem::path const& file);

} // namespace qianli::viewer
