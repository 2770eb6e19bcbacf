#include "samples/noise.h"
#include "samples/studies.h"

#include <array>
#include <cmath>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>
#include <stdexcept>

namespace qianli::samples {
namespace {

constexpr int samplesPerSecond = 500, seconds = 10;

struct Lead {
    char const* code; // SCP-ECG, as PS3.16 CID 3001 names it
    char const* name;
    std::array<double, 5> waves; // P, Q, R, S, T in millivolt
};

constexpr std::array<Lead, 12> leads = {{{"5.6.3-9-1", "Lead I", {0.08, -0.04, 0.70, -0.10, 0.22}},
                                         {"5.6.3-9-2", "Lead II", {0.14, -0.06, 1.15, -0.18, 0.32}},
                                         {"5.6.3-9-61", "Lead III", {0.06, -0.02, 0.45, -0.08, 0.10}},
                                         {"5.6.3-9-62", "Lead aVR", {-0.11, 0.05, -0.92, 0.14, -0.27}},
                                         {"5.6.3-9-63", "Lead aVL", {0.02, -0.03, 0.18, -0.05, 0.07}},
                                         {"5.6.3-9-64", "Lead aVF", {0.10, -0.04, 0.80, -0.13, 0.21}},
                                         {"5.6.3-9-3", "Lead V1", {0.05, 0.00, 0.22, -0.85, -0.10}},
                                         {"5.6.3-9-4", "Lead V2", {0.06, 0.00, 0.48, -1.25, 0.42}},
                                         {"5.6.3-9-5", "Lead V3", {0.07, 0.00, 0.80, -0.90, 0.50}},
                                         {"5.6.3-9-6", "Lead V4", {0.08, -0.05, 1.30, -0.50, 0.46}},
                                         {"5.6.3-9-7", "Lead V5", {0.08, -0.08, 1.25, -0.25, 0.38}},
                                         {"5.6.3-9-8", "Lead V6", {0.08, -0.08, 0.95, -0.12, 0.28}}}};

// Position in the beat (seconds from the R wave) and width of the five waves.
constexpr std::array<double, 5> wavePlace = {-0.17, -0.028, 0.0, 0.030, 0.29},
                                waveWidth = {0.024, 0.009, 0.011, 0.011, 0.050};

double millivolt(Lead const& lead, double time, double beat)
{
    double sum = 0;
    for (double centre = 0.4; centre < seconds + beat; centre += beat)
        for (std::size_t i = 0; i < wavePlace.size(); ++i)
            sum += lead.waves[i] * std::exp(-std::pow((time - centre - wavePlace[i]) / waveWidth[i], 2) / 2);
    return sum;
}

void must(OFCondition const& done)
{
    if (done.bad())
        throw std::runtime_error(fmt::format("electrocardiogram: {}", done.text()));
}

void addCode(DcmItem& item, DcmTagKey sequence, char const* value, char const* scheme, char const* version,
             char const* meaning)
{
    DcmItem* code = nullptr;
    must(item.findOrCreateSequenceItem(sequence, code, -2));
    must(code->putAndInsertString(DCM_CodeValue, value));
    must(code->putAndInsertString(DCM_CodingSchemeDesignator, scheme));
    if (version != nullptr)
        must(code->putAndInsertString(DCM_CodingSchemeVersion, version));
    must(code->putAndInsertString(DCM_CodeMeaning, meaning));
}

void addChannel(DcmItem& group, Lead const& lead)
{
    DcmItem* channel = nullptr;
    must(group.findOrCreateSequenceItem(DCM_ChannelDefinitionSequence, channel, -2));
    addCode(*channel, DCM_ChannelSourceSequence, lead.code, "SCPECG", "1.3", lead.name);
    must(channel->putAndInsertString(DCM_ChannelSensitivity, "2.5"));
    addCode(*channel, DCM_ChannelSensitivityUnitsSequence, "uV", "UCUM", "1.4", "microvolt");
    must(channel->putAndInsertString(DCM_ChannelSensitivityCorrectionFactor, "1"));
    must(channel->putAndInsertString(DCM_ChannelBaseline, "0"));
    must(channel->putAndInsertString(DCM_ChannelSampleSkew, "0"));
    must(channel->putAndInsertUint16(DCM_WaveformBitsStored, 16));
    must(channel->putAndInsertString(DCM_FilterLowFrequency, "0.05"));
    must(channel->putAndInsertString(DCM_FilterHighFrequency, "150"));
}

// What the device says of the whole recording (PS3.3 C.10.10): all channels of the first group.
DcmItem& addAnnotation(DcmItem& dataSet)
{
    DcmItem* annotation = nullptr;
    must(dataSet.findOrCreateSequenceItem(DCM_WaveformAnnotationSequence, annotation, -2));
    std::array<Uint16, 2> const channels{1, 0};
    must(annotation->putAndInsertUint16Array(DCM_ReferencedWaveformChannels, channels.data(), 2));
    must(annotation->putAndInsertUint16(DCM_AnnotationGroupNumber, 0));
    return *annotation;
}

void annotate(DcmItem& dataSet, double beat)
{
    DcmItem& interval = addAnnotation(dataSet);
    addCode(interval, DCM_ConceptNameCodeSequence, "5.10.2.1-3", "SCPECG", "1.3", "RR Interval");
    addCode(interval, DCM_MeasurementUnitsCodeSequence, "ms", "UCUM", "1.4", "millisecond");
    must(interval.putAndInsertString(DCM_NumericValue, fmt::format("{:.0f}", beat * 1000).c_str()));
    must(addAnnotation(dataSet).putAndInsertString(DCM_UnformattedTextValue, "SINUS RHYTHM"));
}

} // namespace

void makeEcg(SampleStudy const& study, std::filesystem::path const& folder)
{
    SampleObject object(study, UID_TwelveLeadECGWaveformStorage, "ECG", 1, 1);
    object.text(0x0008, 0x002A, study.date + study.time);
    DcmItem* group = nullptr;
    must(object.dataSet().findOrCreateSequenceItem(DCM_WaveformSequence, group, -2));
    must(group->putAndInsertString(DCM_MultiplexGroupTimeOffset, "0"));
    must(group->putAndInsertString(DCM_TriggerTimeOffset, "0"));
    must(group->putAndInsertString(DCM_WaveformOriginality, "ORIGINAL"));
    must(group->putAndInsertUint16(DCM_NumberOfWaveformChannels, static_cast<Uint16>(leads.size())));
    must(group->putAndInsertUint32(DCM_NumberOfWaveformSamples, samplesPerSecond * seconds));
    must(group->putAndInsertString(DCM_SamplingFrequency, fmt::format("{}", samplesPerSecond).c_str()));
    must(group->putAndInsertString(DCM_MultiplexGroupLabel, "RHYTHM"));
    for (Lead const& lead : leads)
        addChannel(*group, lead);
    must(group->putAndInsertUint16(DCM_WaveformBitsAllocated, 16));
    must(group->putAndInsertString(DCM_WaveformSampleInterpretation, "SS"));
    auto const seed = static_cast<std::uint32_t>(study.seed + static_cast<std::uint64_t>(study.number));
    Random random(seed);
    double const beat = random.between(0.72, 0.98);
    std::vector<Uint16> values;
    for (int i = 0; i < samplesPerSecond * seconds; ++i) {
        double const time = static_cast<double>(i) / samplesPerSecond;
        for (std::size_t lead = 0; lead < leads.size(); ++lead) {
            double const wander = 0.04 * smoothNoise(time / 2.5, static_cast<double>(lead), 0, seed);
            double const muscle =
                0.006 * grain(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(lead), 0, seed);
            auto const value =
                static_cast<int>(std::lround((millivolt(leads[lead], time, beat) + wander + muscle) * 1000 / 2.5));
            values.push_back(static_cast<Uint16>(static_cast<Sint16>(value)));
        }
    }
    must(group->putAndInsertUint16Array(DCM_WaveformData, values.data(), static_cast<unsigned long>(values.size())));
    annotate(object.dataSet(), beat);
    object.write(folder / "ecg-001.dcm");
}

} // namespace qianli::samples
