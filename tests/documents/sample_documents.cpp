#include "tests/documents/sample_documents.h"

#include "tests/support/support.h"

#include <stdexcept>

namespace qianli::test {
namespace {

void writeDataSet(DcmFileFormat& file, std::filesystem::path const& path)
{
    if (file.saveFile(path.c_str(), EXS_LittleEndianExplicit).bad())
        throw std::runtime_error("can't write " + path.string());
}

void identify(DcmDataset& dataSet, char const* sopClass)
{
    dataSet.putAndInsertString(DCM_SOPClassUID, sopClass);
    dataSet.putAndInsertString(DCM_SOPInstanceUID, "1.2.3.4");
    dataSet.putAndInsertString(DCM_StudyInstanceUID, "1.2.3.5");
    dataSet.putAndInsertString(DCM_SeriesInstanceUID, "1.2.3.6");
    dataSet.putAndInsertString(DCM_PatientName, "Zhang^San");
    dataSet.putAndInsertString(DCM_PatientID, "000123");
}

} // namespace

DcmItem& groupOf(DcmDataset& dataSet)
{
    DcmItem* group = nullptr;
    if (dataSet.findAndGetSequenceItem(DCM_WaveformSequence, group, 0).bad() || group == nullptr)
        throw std::runtime_error("no group");
    return *group;
}

DcmItem& channelOf(DcmDataset& dataSet, unsigned long index)
{
    DcmItem* channel = nullptr;
    if (groupOf(dataSet).findAndGetSequenceItem(DCM_ChannelDefinitionSequence, channel, static_cast<long>(index)).bad())
        throw std::runtime_error("no channel");
    return *channel;
}

void addCode(DcmItem& item, DcmTagKey const& sequence, std::string const& value, std::string const& scheme,
             std::string const& meaning)
{
    DcmItem* code = nullptr;
    item.findOrCreateSequenceItem(sequence, code, -2);
    code->putAndInsertString(DCM_CodeValue, value.c_str());
    code->putAndInsertString(DCM_CodingSchemeDesignator, scheme.c_str());
    code->putAndInsertString(DCM_CodeMeaning, meaning.c_str());
}

void writeWaveform(std::filesystem::path const& path, std::vector<SampleChannel> const& channels, Change const& change)
{
    DcmFileFormat file;
    auto& dataSet = *file.getDataset();
    identify(dataSet, UID_TwelveLeadECGWaveformStorage);
    dataSet.putAndInsertString(DCM_Modality, "ECG");
    DcmItem* group = nullptr;
    dataSet.findOrCreateSequenceItem(DCM_WaveformSequence, group, -2);
    std::size_t const samples = channels.front().stored.size();
    group->putAndInsertUint16(DCM_NumberOfWaveformChannels, static_cast<Uint16>(channels.size()));
    group->putAndInsertUint32(DCM_NumberOfWaveformSamples, static_cast<Uint32>(samples));
    group->putAndInsertString(DCM_SamplingFrequency, "500");
    group->putAndInsertUint16(DCM_WaveformBitsAllocated, 16);
    group->putAndInsertString(DCM_WaveformSampleInterpretation, "SS");
    for (SampleChannel const& channel : channels) {
        DcmItem* item = nullptr;
        group->findOrCreateSequenceItem(DCM_ChannelDefinitionSequence, item, -2);
        addCode(*item, DCM_ChannelSourceSequence, channel.code, channel.scheme, channel.meaning);
        item->putAndInsertString(DCM_ChannelSensitivity, "2.5");
        addCode(*item, DCM_ChannelSensitivityUnitsSequence, "uV", "UCUM", "microvolt");
        item->putAndInsertString(DCM_ChannelSensitivityCorrectionFactor, "1");
        item->putAndInsertString(DCM_ChannelBaseline, "0");
    }
    std::vector<Uint16> values;
    for (std::size_t sample = 0; sample < samples; ++sample)
        for (SampleChannel const& channel : channels)
            values.push_back(static_cast<Uint16>(static_cast<Sint16>(channel.stored[sample])));
    group->putAndInsertUint16Array(DCM_WaveformData, values.data(), static_cast<unsigned long>(values.size()));
    if (change)
        change(dataSet);
    writeDataSet(file, path);
}

std::vector<SampleChannel> twelveLeads(double seconds)
{
    std::vector<SampleChannel> channels;
    for (char const* number : {"8", "7", "6", "5", "4", "3", "64", "63", "62", "61", "2", "1"}) {
        SampleChannel channel;
        channel.code = std::string("5.6.3-9-") + number;
        channel.stored.assign(static_cast<std::size_t>(seconds * 500), 0);
        for (std::size_t at = 500; at < 550 && at < channel.stored.size(); ++at)
            channel.stored[at] = 400;
        channels.push_back(std::move(channel));
    }
    return channels;
}

void writeReport(std::filesystem::path const& path, std::string const& charset, Change const& fill)
{
    DcmFileFormat file;
    auto& dataSet = *file.getDataset();
    identify(dataSet, UID_ComprehensiveSRStorage);
    dataSet.putAndInsertString(DCM_Modality, "SR");
    if (!charset.empty())
        dataSet.putAndInsertString(DCM_SpecificCharacterSet, charset.c_str());
    dataSet.putAndInsertString(DCM_ValueType, "CONTAINER");
    dataSet.putAndInsertString(DCM_CompletionFlag, "COMPLETE");
    dataSet.putAndInsertString(DCM_VerificationFlag, "UNVERIFIED");
    addCode(dataSet, DCM_ConceptNameCodeSequence, "18748-4", "LN", "Diagnostic imaging report");
    fill(dataSet);
    writeDataSet(file, path);
}

DcmItem& addItem(DcmItem& parent, char const* relationship, char const* type, std::string const& meaning)
{
    DcmItem* item = nullptr;
    parent.findOrCreateSequenceItem(DCM_ContentSequence, item, -2);
    item->putAndInsertString(DCM_RelationshipType, relationship);
    item->putAndInsertString(DCM_ValueType, type);
    addCode(*item, DCM_ConceptNameCodeSequence, "1", "99TEST", meaning);
    return *item;
}

void writeObject(std::filesystem::path const& path, char const* sopClass, Change const& change)
{
    DcmFileFormat file;
    identify(*file.getDataset(), sopClass);
    if (change)
        change(*file.getDataset());
    writeDataSet(file, path);
}

std::shared_ptr<viewer::ImageAttributes const> load(std::filesystem::path const& path)
{
    auto image = viewer::loadImageAttributes(path);
    if (!image)
        throw std::runtime_error(image.error().message);
    return *image;
}

std::shared_ptr<viewer::Waveform const> waveformOf(std::vector<SampleChannel> const& channels, Change const& change)
{
    TemporaryFolder const folder;
    writeWaveform(folder / "ecg.dcm", channels, change);
    auto read = viewer::loadWaveform(folder / "ecg.dcm");
    if (!read)
        throw std::runtime_error(read.error().message);
    return *read;
}

} // namespace qianli::test
