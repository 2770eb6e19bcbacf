// Waveforms as values: units, padding, skew, the leads by their codes, and files that lie about themselves.
#include "tests/documents/sample_documents.h"
#include "tests/support/support.h"
#include "viewer/model/waveform.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <memory>

using namespace qianli;
using namespace qianli::viewer;

namespace {
Result<std::shared_ptr<Waveform const>> written(std::vector<test::SampleChannel> const& channels,
                                                test::Change const& change = {})
{
    test::TemporaryFolder const folder;
    test::writeWaveform(folder / "ecg.dcm", channels, change);
    return loadWaveform(folder / "ecg.dcm");
}
} // namespace

TEST_CASE("a sample is its number times the sensitivity and its correction, from the baseline", "[waveform]")
{
    auto const read = written({{"5.6.3-9-2", "SCPECG", "II", {-32768, -1, 0, 400, 32767}}}, [](DcmDataset& dataSet) {
        DcmItem& channel = test::channelOf(dataSet, 0);
        channel.putAndInsertString(DCM_ChannelSensitivityCorrectionFactor, "1.1");
        channel.putAndInsertString(DCM_ChannelBaseline, "-50");
        channel.putAndInsertString(DCM_ChannelSampleSkew, "0.5");
        channel.putAndInsertString(DCM_FilterLowFrequency, "0.05");
        channel.putAndInsertString(DCM_FilterHighFrequency, "0");
    });
    REQUIRE(read);
    WaveformGroup const& group = (*read)->groups.at(0);
    CHECK(group.value(0, 3) == Approx(400 * 2.5 * 1.1 - 50));
    CHECK(group.value(0, 0) == Approx(-32768 * 2.5 * 1.1 - 50));
    CHECK(group.value(0, 4) == Approx(32767 * 2.5 * 1.1 - 50));
    CHECK(group.channels[0].unit == "uV");
    CHECK(group.channels[0].millivoltsPerUnit == Approx(0.001));
    CHECK(group.channels[0].skew == Approx(0.5 / 500));
    CHECK(group.channels[0].lowCut == Approx(0.05));
    CHECK_FALSE(group.channels[0].highCut);
}

TEST_CASE("padding is no value", "[waveform]")
{
    auto const read = written({{"5.6.3-9-1", "SCPECG", "I", {5, -1000, 7}}}, [](DcmDataset& dataSet) {
        Uint16 const padding = static_cast<Uint16>(-1000);
        test::groupOf(dataSet).putAndInsertUint16Array(DCM_WaveformPaddingValue, &padding, 1);
    });
    REQUIRE(read);
    CHECK((*read)->groups[0].value(0, 0) == Approx(12.5));
    CHECK(std::isnan((*read)->groups[0].value(0, 1)));
    CHECK((*read)->groups[0].value(0, 2) == Approx(17.5));
}

TEST_CASE("samples of eight bits, with a sign and without", "[waveform]")
{
    bool const isSigned = GENERATE(true, false);
    auto const read = written({{"5.6.3-9-1", "SCPECG", "I", {0, 0}}, {"5.6.3-9-2", "SCPECG", "II", {0, 0}}},
                              [isSigned](DcmDataset& dataSet) {
                                  DcmItem& group = test::groupOf(dataSet);
                                  group.putAndInsertUint16(DCM_WaveformBitsAllocated, 8);
                                  group.putAndInsertString(DCM_WaveformSampleInterpretation, isSigned ? "SB" : "UB");
                                  Uint8 const bytes[] = {1, 0xFE, 3, 0x80};
                                  group.putAndInsertUint8Array(DCM_WaveformData, bytes, 4);
                              });
    REQUIRE(read);
    WaveformGroup const& group = (*read)->groups[0];
    CHECK(group.stored(0, 1) == 3);
    CHECK(group.stored(1, 0) == (isSigned ? -2 : 254));
    CHECK(group.stored(1, 1) == (isSigned ? -128 : 128));
}

TEST_CASE("leads are known by their codes, not by their places or their words", "[waveform]")
{
    auto const read = written({{"5.6.3-9-64", "SCPECG", "I", {1}}, // the words lie
                               {"2:3", "MDC", "MDC_ECG_LEAD_V1", {2}},
                               {"5.6.3-9-1", "99OTHER", "Lead II", {3}}, // another's code: the words are left
                               {"77", "99OTHER", "something", {4}}});
    REQUIRE(read);
    WaveformGroup const& group = (*read)->groups[0];
    CHECK(group.channelOf(EcgLead::AVF) == 0);
    CHECK(group.channels[0].name == "aVF");
    CHECK(group.channelOf(EcgLead::V1) == 1);
    CHECK(group.channelOf(EcgLead::II) == 2);
    CHECK_FALSE(group.channelOf(EcgLead::I));
    CHECK(group.channels[3].name == "something");
}

TEST_CASE("a waveform that lies about itself is refused with a sentence", "[waveform]")
{
    struct Lie {
        char const* said; // of the sentence
        test::Change tell;
    };
    auto const lie = GENERATE(values<Lie>({
        {"holds 60 bytes where 3 channels of 11 samples",
         [](DcmDataset& d) { test::groupOf(d).putAndInsertUint32(DCM_NumberOfWaveformSamples, 11); }},
        {"are too many",
         [](DcmDataset& d) { test::groupOf(d).putAndInsertUint32(DCM_NumberOfWaveformSamples, 400'000'000); }},
        {"Number of Waveform Samples (003A,0010) is 4294967295",
         [](DcmDataset& d) { test::groupOf(d).putAndInsertUint32(DCM_NumberOfWaveformSamples, 0xFFFFFFFF); }},
        {"Number of Waveform Samples (003A,0010) is 0",
         [](DcmDataset& d) { test::groupOf(d).putAndInsertUint32(DCM_NumberOfWaveformSamples, 0); }},
        {"Number of Waveform Channels (003A,0005) is 4 where 3 are defined",
         [](DcmDataset& d) { test::groupOf(d).putAndInsertUint16(DCM_NumberOfWaveformChannels, 4); }},
        {"Number of Waveform Channels (003A,0005) is 0",
         [](DcmDataset& d) { test::groupOf(d).putAndInsertUint16(DCM_NumberOfWaveformChannels, 0); }},
        {"Sampling Frequency (003A,001A) of 0 Hz",
         [](DcmDataset& d) { test::groupOf(d).putAndInsertString(DCM_SamplingFrequency, "0"); }},
        {"Sampling Frequency (003A,001A) of -500 Hz",
         [](DcmDataset& d) { test::groupOf(d).putAndInsertString(DCM_SamplingFrequency, "-500"); }},
        {"does not fit 8 bits",
         [](DcmDataset& d) { test::groupOf(d).putAndInsertUint16(DCM_WaveformBitsAllocated, 8); }},
        {"mu-law", [](DcmDataset& d) { test::groupOf(d).putAndInsertString(DCM_WaveformSampleInterpretation, "MB"); }},
        {"begins 1e+300 seconds away",
         [](DcmDataset& d) { test::channelOf(d, 1).putAndInsertString(DCM_ChannelTimeSkew, "1e300"); }},
        {"holds 0 bytes", [](DcmDataset& d) { test::groupOf(d).findAndDeleteElement(DCM_WaveformData); }},
        {"no Waveform Sequence", [](DcmDataset& d) { d.findAndDeleteElement(DCM_WaveformSequence); }},
    }));
    std::vector<int> const ten(10, 1);
    auto const read = written(
        {{"5.6.3-9-1", "SCPECG", "I", ten}, {"5.6.3-9-2", "SCPECG", "II", ten}, {"5.6.3-9-3", "SCPECG", "V1", ten}},
        lie.tell);
    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().message, Catch::Contains(lie.said));
}

TEST_CASE("annotations: what the device measured, said and marked", "[waveform]")
{
    auto const read = written({{"5.6.3-9-1", "SCPECG", "I", {1, 2}}}, [](DcmDataset& dataSet) {
        auto const add = [&dataSet](Uint16 channel) -> DcmItem& {
            DcmItem* item = nullptr;
            dataSet.findOrCreateSequenceItem(DCM_WaveformAnnotationSequence, item, -2);
            Uint16 const channels[] = {1, channel};
            item->putAndInsertUint16Array(DCM_ReferencedWaveformChannels, channels, 2);
            return *item;
        };
        DcmItem& interval = add(0);
        test::addCode(interval, DCM_ConceptNameCodeSequence, "5.13.5-7", "SCPECG", "PR Interval");
        test::addCode(interval, DCM_MeasurementUnitsCodeSequence, "ms", "UCUM", "milliseconds");
        interval.putAndInsertString(DCM_NumericValue, "161");
        add(0).putAndInsertString(DCM_UnformattedTextValue, "sinus rhythm");
        DcmItem& onset = add(1);
        onset.putAndInsertString(DCM_TemporalRangeType, "POINT");
        Uint32 const position = 251;
        onset.putAndInsertUint32Array(DCM_ReferencedSamplePositions, &position, 1);
    });
    REQUIRE(read);
    auto const& annotations = (*read)->annotations;
    REQUIRE(annotations.size() == 3);
    CHECK(annotations[0].isGlobal());
    CHECK(annotations[0].value == "161");
    CHECK(annotations[0].unit == "ms");
    CHECK(annotations[1].text == "sinus rhythm");
    CHECK_FALSE(annotations[2].isGlobal());
    REQUIRE(annotations[2].seconds.size() == 1);
    CHECK(annotations[2].seconds[0] == Approx(0.5)); // positions count from 1
}

TEST_CASE("a factor of nothing gives no flat line, but no scale", "[waveform]")
{
    auto const tag = GENERATE(DCM_ChannelSensitivity, DCM_ChannelSensitivityCorrectionFactor);
    auto const read = written({{"5.6.3-9-1", "SCPECG", "I", {3, 9}}}, [&tag](DcmDataset& dataSet) {
        test::channelOf(dataSet, 0).putAndInsertString(tag, "0");
    });
    REQUIRE(read);
    CHECK((*read)->groups[0].value(0, 1) == 9);
    CHECK_FALSE((*read)->groups[0].channels[0].isVoltage());
}

TEST_CASE("what is said of a moment is said of no whole recording, even where its group is unknown", "[waveform]")
{
    auto const read = written({{"5.6.3-9-1", "SCPECG", "I", {1, 2}}}, [](DcmDataset& dataSet) {
        DcmItem* item = nullptr;
        dataSet.findOrCreateSequenceItem(DCM_WaveformAnnotationSequence, item, -2);
        item->putAndInsertString(DCM_UnformattedTextValue, "premature beat");
        Uint32 const position = 2;
        item->putAndInsertUint32Array(DCM_ReferencedSamplePositions, &position, 1);
        dataSet.findOrCreateSequenceItem(DCM_WaveformAnnotationSequence, item, -2);
        auto channels = std::make_unique<DcmFloatingPointDouble>(DcmTag(DCM_ReferencedWaveformChannels, EVR_FD));
        double const beyond[] = {1e300, -1e300};
        channels->putFloat64Array(beyond, 2);
        item->insert(channels.release(), true);
        item->putAndInsertString(DCM_UnformattedTextValue, std::string(10'000, 'x').c_str());
    });
    REQUIRE(read);
    REQUIRE((*read)->annotations.size() == 2);
    CHECK_FALSE((*read)->annotations[0].isGlobal());
    CHECK((*read)->annotations[1].channels.at(0) == std::pair(65535, 0));
    CHECK((*read)->annotations[1].text.size() < 5'000);
}

TEST_CASE("the shared electrocardiogram has the values that are in its bytes", "[waveform]")
{
    auto const file = test::sharedData("ecg/waveform_ecg.dcm");
    if (!file)
        return;
    auto const read = loadWaveform(*file);
    REQUIRE(read);
    REQUIRE((*read)->groups.size() == 2);
    WaveformGroup const& rhythm = (*read)->groups[0];
    CHECK(rhythm.label == "RHYTHM");
    REQUIRE(rhythm.samples == 10'000);
    // Reckoned from the file's bytes by a program of its own.
    std::vector<std::int64_t> const sums{741291, 726870, -14421, -731598, 375411, 353730,
                                         286220, 317155, 293860, 304835,  308945, 307350};
    for (std::size_t channel = 0; channel < 12; ++channel) {
        std::int64_t sum = 0;
        for (std::size_t sample = 0; sample < rhythm.samples; ++sample)
            sum += rhythm.stored(channel, sample);
        CHECK(sum == sums[channel]);
    }
    CHECK(rhythm.value(0, 0) == Approx(80 * 1.25));
    CHECK(rhythm.value(3, 0) == Approx(-85 * 1.25));
    CHECK((*read)->annotations.size() == 77);
}

namespace {
// Two groups, the second one changed, and one annotation.
std::vector<double> moments(std::vector<Uint16> const& channels, std::function<void(DcmItem&)> const& changeSecond,
                            std::function<void(DcmItem&)> const& annotate)
{
    auto const read = written(test::twelveLeads(1), [&](DcmDataset& dataSet) {
        auto* const copy = new DcmItem(test::groupOf(dataSet));
        changeSecond(*copy);
        dataSet.insertSequenceItem(DCM_WaveformSequence, copy, -2);
        DcmItem* item = nullptr;
        dataSet.findOrCreateSequenceItem(DCM_WaveformAnnotationSequence, item, -2);
        if (!channels.empty())
            item->putAndInsertUint16Array(DCM_ReferencedWaveformChannels, channels.data(), channels.size());
        annotate(*item);
    });
    REQUIRE(read);
    REQUIRE((*read)->groups.size() == 2);
    CHECK((*read)->annotations.at(0).isOfMoment);
    return (*read)->annotations.at(0).seconds;
}

std::function<void(DcmItem&)> put(DcmTagKey const& tag, std::string const& value)
{
    return [tag, value](DcmItem& item) { item.putAndInsertString(tag, value.c_str()); };
}

void atSample251(DcmItem& item)
{
    Uint32 const position = 251;
    item.putAndInsertUint32Array(DCM_ReferencedSamplePositions, &position, 1);
}

void nothing(DcmItem&) {}
} // namespace

TEST_CASE("positions in samples say a moment of groups that are sampled alike only", "[waveform]")
{
    std::vector<double> const half{0.5}, none;
    std::vector<Uint16> const both{1, 0, 2, 0}, second{2, 0};
    CHECK(moments(both, nothing, atSample251) == half);
    CHECK(moments(both, put(DCM_SamplingFrequency, "250"), atSample251) == none);
    CHECK(moments(both, put(DCM_NumberOfWaveformSamples, "400"), atSample251) == none);
    CHECK(moments(both, put(DCM_WaveformOriginality, "DERIVED"), atSample251) == none); // an averaged beat
    CHECK(moments(both, put(DCM_MultiplexGroupTimeOffset, "2500"), atSample251) == none);
    CHECK(moments(both, put(DCM_MultiplexGroupTimeOffset, "1e300"), atSample251) == none);
    // Of one group it is that group's, whenever it began.
    CHECK(moments(second, put(DCM_MultiplexGroupTimeOffset, "2500"), atSample251) == half);
    CHECK(moments(second, put(DCM_SamplingFrequency, "250"), atSample251) == std::vector<double>{1});
    CHECK(moments({}, nothing, atSample251) == none);
}

TEST_CASE("seconds after the start of data say no moment of a group that began later", "[waveform]")
{
    auto const annotate = put(DCM_ReferencedTimeOffsets, "0.25");
    std::vector<double> const quarter{0.25}, none;
    CHECK(moments({1, 0, 2, 0}, nothing, annotate) == quarter);
    CHECK(moments({2, 0}, nothing, annotate) == quarter);
    auto const later = put(DCM_MultiplexGroupTimeOffset, "2500"), earlier = put(DCM_MultiplexGroupTimeOffset, "-2500");
    CHECK(moments({1, 0}, later, annotate) == quarter);
    CHECK(moments({2, 0}, later, annotate) == none); // of the group's data or of the object's?
    CHECK(moments({1, 0, 2, 0}, later, annotate) == none);
    CHECK(moments({1, 0}, earlier, annotate) == none);
    CHECK(moments({2, 0}, earlier, annotate) == quarter);
    CHECK(moments({1, 0}, put(DCM_MultiplexGroupTimeOffset, "1e300"), annotate) == none);
    // An averaged beat has a time of its own.
    auto const beat = put(DCM_WaveformOriginality, "DERIVED");
    CHECK(moments({1, 0, 2, 0}, beat, annotate) == none);
    CHECK(moments({}, beat, annotate) == none);
    CHECK(moments({2, 0}, beat, annotate) == quarter);
    CHECK(moments({3, 0}, nothing, annotate) == none);
}

TEST_CASE("a sample's moment is where its lead draws it", "[waveform]")
{
    auto const momentsOf = [](std::vector<Uint16> const& channels, char const* skew) {
        auto const read = written(test::twelveLeads(1), [&](DcmDataset& dataSet) {
            test::channelOf(dataSet, 1).putAndInsertString(DCM_ChannelTimeSkew, skew);
            DcmItem* item = nullptr;
            dataSet.findOrCreateSequenceItem(DCM_WaveformAnnotationSequence, item, -2);
            item->putAndInsertUint16Array(DCM_ReferencedWaveformChannels, channels.data(), channels.size());
            atSample251(*item);
        });
        REQUIRE(read);
        return (*read)->annotations.at(0).seconds;
    };
    CHECK(momentsOf({1, 2}, "0.25") == std::vector<double>{0.75});
    CHECK(momentsOf({1, 1}, "0.25") == std::vector<double>{0.5});
    // Channels that begin at different times have no sample of one moment; less than a sample is none.
    CHECK(momentsOf({1, 0}, "0.25").empty());
    CHECK(momentsOf({1, 1, 1, 2}, "0.25").empty());
    CHECK(momentsOf({1, 99}, "0.25").empty());
    CHECK(momentsOf({1, 0}, "0.001") == std::vector<double>{0.5});
}
