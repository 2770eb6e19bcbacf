// Cases that are no pictures, or not only: electrocardiograms, structured reports and PDFs, over a real gateway.
#include "tests/viewer_client/client_steps.h"
#include "tests/viewer_client/written_case.h"
#include "viewer/ui/reading_page.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {

// Of the same study as a written case, without pixels.
void writePage(std::filesystem::path const& file, WrittenCase const& one, char const* sopClass, int series,
               std::function<void(DcmDataset&)> const& fill)
{
    DcmFileFormat written;
    auto& data = *written.getDataset();
    std::string const uid = one.study + "." + std::to_string(series);
    std::pair<DcmTagKey, std::string> const values[] = {{DCM_SpecificCharacterSet, "ISO_IR 192"},
                                                        {DCM_SOPClassUID, sopClass},
                                                        {DCM_SOPInstanceUID, uid + ".1"},
                                                        {DCM_StudyInstanceUID, one.study},
                                                        {DCM_SeriesInstanceUID, uid},
                                                        {DCM_StudyDate, one.date},
                                                        {DCM_PatientName, one.name + "=" + one.ideographs},
                                                        {DCM_PatientID, one.id},
                                                        {DCM_PatientSex, one.sex},
                                                        {DCM_PatientBirthDate, one.birthDate},
                                                        {DCM_SeriesNumber, std::to_string(series)},
                                                        {DCM_InstanceNumber, "1"}};
    for (auto const& [tag, value] : values)
        data.putAndInsertOFStringArray(tag, value.c_str());
    fill(data);
    std::filesystem::create_directories(file.parent_path());
    REQUIRE(written.saveFile(file.c_str(), EXS_LittleEndianExplicit).good());
}

void fillEcg(DcmDataset& data)
{
    data.putAndInsertString(DCM_Modality, "ECG");
    DcmItem *group = nullptr, *channel = nullptr, *source = nullptr;
    data.findOrCreateSequenceItem(DCM_WaveformSequence, group);
    group->putAndInsertString(DCM_WaveformOriginality, "ORIGINAL");
    group->putAndInsertUint16(DCM_NumberOfWaveformChannels, 1);
    group->putAndInsertUint32(DCM_NumberOfWaveformSamples, 500);
    group->putAndInsertString(DCM_SamplingFrequency, "500");
    group->findOrCreateSequenceItem(DCM_ChannelDefinitionSequence, channel);
    channel->findOrCreateSequenceItem(DCM_ChannelSourceSequence, source);
    source->putAndInsertString(DCM_CodeValue, "5.6.3-9-1");
    source->putAndInsertString(DCM_CodingSchemeDesignator, "SCPECG");
    source->putAndInsertString(DCM_CodeMeaning, "Lead I");
    channel->putAndInsertUint16(DCM_WaveformBitsStored, 16);
    group->putAndInsertUint16(DCM_WaveformBitsAllocated, 16);
    group->putAndInsertString(DCM_WaveformSampleInterpretation, "SS");
    std::vector<Uint16> const samples(500, 3);
    group->putAndInsertUint16Array(DCM_WaveformData, samples.data(), samples.size());
}

void fillReport(DcmDataset& data)
{
    data.putAndInsertString(DCM_Modality, "SR");
    data.putAndInsertString(DCM_ValueType, "CONTAINER");
    data.putAndInsertString(DCM_ContinuityOfContent, "SEPARATE");
    data.putAndInsertString(DCM_CompletionFlag, "COMPLETE");
    data.putAndInsertString(DCM_VerificationFlag, "UNVERIFIED");
}

void fillPdf(DcmDataset& data)
{
    data.putAndInsertString(DCM_Modality, "DOC");
    data.putAndInsertString(DCM_MIMETypeOfEncapsulatedDocument, "application/pdf");
    std::string const pdf = "%PDF-1.4\n%%EOF ";
    data.putAndInsertUint8Array(DCM_EncapsulatedDocument, reinterpret_cast<Uint8 const*>(pdf.data()), pdf.size());
}

void fillRaw(DcmDataset& data)
{
    data.putAndInsertString(DCM_Modality, "CT");
}

struct Opened {
    explicit Opened(std::filesystem::path const& sent)
    {
        REQUIRE(gateway.start());
        REQUIRE(gateway.send(sent));
        REQUIRE(signIn(client, gateway));
        auto const ready = readyTask(client);
        REQUIRE(ready);
        auto const task = wait<model::ReadingTask>([&](auto then) { client.claim(&client, ready->id, then); }).value();
        workplace = openWorkplace(client);
        page.resize(1366, 768);
        page.show();
        page.openTask(workplace, task, task, {});
        REQUIRE(QTest::qWaitFor([&] { return page.images().isComplete() && !page.images().isLoading(); }, 30'000));
    }
    // What is in the study, by its SOP classes, in the order of the series.
    std::vector<std::string> classes()
    {
        std::vector<std::string> found;
        for (Study const& study : page.images().studies())
            for (Series const& series : study.series)
                for (Stack const& stack : series.stacks)
                    found.push_back(stack.entries.front().image->sopClassUid.value());
        return found;
    }
    RunningGateway gateway;
    GatewayClient client;
    std::shared_ptr<Workplace> workplace;
    ReadingPage page;
};

WrittenCase const person{.study = "2.25.8800", .name = "Deng^Jieqiang", .ideographs = "邓^杰强", .id = "E1"};

} // namespace

SCENARIO("an electrocardiogram of the list opens as a page", "[client][pages]")
{
    if (!canRun())
        return;
    TemporaryFolder const folder;
    writePage(folder / "sent" / "ecg", person, UID_TwelveLeadECGWaveformStorage, 1, fillEcg);
    Opened opened(folder / "sent");
    CHECK(opened.classes() == std::vector<std::string>{UID_TwelveLeadECGWaveformStorage});
    Viewport const& viewport = opened.page.grid().active();
    CHECK(viewport.seriesUid() == "2.25.8800.1");
    CHECK(viewport.stack().kind == StackKind::Document);
}

SCENARIO("reports and PDFs of a case come after its pictures; raw data stays where it is", "[client][pages]")
{
    if (!canRun())
        return;
    TemporaryFolder const folder;
    for (int slice = 1; slice <= 4; ++slice)
        writeSlice(folder / "sent", person, slice, 'x'); // series 2
    writePage(folder / "sent" / "sr", person, UID_BasicTextSRStorage, 1, fillReport);
    writePage(folder / "sent" / "pdf", person, UID_EncapsulatedPDFStorage, 3, fillPdf);
    writePage(folder / "sent" / "raw", person, UID_RawDataStorage, 4, fillRaw);
    Opened opened(folder / "sent");
    CHECK(opened.classes() ==
          std::vector<std::string>{UID_BasicTextSRStorage, UID_CTImageStorage, UID_EncapsulatedPDFStorage});
    CHECK(opened.page.images().arrived() == 6);
    CHECK(opened.page.grid().active().seriesUid() == "2.25.8800.2");
}
