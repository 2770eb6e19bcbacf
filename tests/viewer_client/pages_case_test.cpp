// Cases that are no stack of slices, over a real gateway: electrocardiograms, structured reports, PDFs, clips.
#include "tests/viewer_client/client_steps.h"
#include "tests/viewer_client/written_case.h"
#include "viewer/ui/measure_board.h"
#include "viewer/ui/reading_page.h"

#include <QThreadPool>

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
    data.putAndInsertString(DCM_PatientName, "DENG JIE QIANG"); // as another program spells it
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

// Six frames of 16 x 16.
void fillClip(DcmDataset& data)
{
    data.putAndInsertString(DCM_Modality, "XA");
    data.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME2");
    data.putAndInsertString(DCM_NumberOfFrames, "6");
    data.putAndInsertString(DCM_FrameTime, "100");
    std::pair<DcmTagKey, Uint16> const words[] = {{DCM_SamplesPerPixel, 1},    {DCM_Rows, 16},      {DCM_Columns, 16},
                                                  {DCM_BitsAllocated, 8},      {DCM_BitsStored, 8}, {DCM_HighBit, 7},
                                                  {DCM_PixelRepresentation, 0}};
    for (auto const& [tag, value] : words)
        data.putAndInsertUint16(tag, value);
    std::vector<Uint8> samples(6 * 16 * 16);
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = static_cast<Uint8>(i % 251);
    data.putAndInsertUint8Array(DCM_PixelData, samples.data(), samples.size());
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
    Study const* study = opened.page.images().study();
    REQUIRE(study != nullptr);
    CHECK(study->patient.name == person.name + "=" + person.ideographs);
    CHECK_FALSE(study->patientsDiffer);
    CHECK(opened.page.grid().active().seriesUid() == "2.25.8800.2");
}

SCENARIO("key pictures of a clip are drawn once more when a hand stops changing what is measured, not for each change",
         "[client][pages]")
{
    if (!canRun())
        return;
    TemporaryFolder const folder;
    writePage(folder / "sent" / "clip", person, UID_XRayAngiographicImageStorage, 1, fillClip);
    Opened opened(folder / "sent");
    auto& page = opened.page;
    auto& desk = page.findChild<ReportPanel*>("report")->desk();
    REQUIRE(QTest::qWaitFor([&] { return desk.isWritable(); }, 20'000));
    Viewport& viewport = page.grid().active();
    auto const turnTo = [&](std::size_t index) {
        viewport.change([index](ToolTarget const& target) { target.state.index = index; });
        REQUIRE(QTest::qWaitFor([&] { return viewport.pixels() != nullptr; }, 20'000));
    };
    for (std::size_t frame = 0; frame < 4; ++frame) {
        turnTo(frame);
        QTest::keyClick(&viewport, Qt::Key_K);
    }
    turnTo(5);
    REQUIRE(desk.keyImages().size() == 4);

    // A hand drags the end of a line in the fifth frame, and each of the four has to be drawn anew.
    Measurement line;
    line.studyUid = person.study;
    line.sopInstanceUid = viewport.entry()->image->sopInstanceUid.value();
    line.frame = 5;
    line.points = {{2, 2}, {3, 3}};
    page.measurements().load({line});
    for (int step = 0; step < 60; ++step) {
        line.points[1].setX(3 + step * 0.1);
        page.measurements().replace(0, line);
        QTest::qWait(5);
    }
    REQUIRE(page.measurements().all().front().points[1].x() == Approx(8.9));
    // Drawn for each change, they would draw each other anew: thousands by now, and gigabytes soon.
    CHECK(QThreadPool::globalInstance()->waitForDone(10'000));
    CHECK(QTest::qWaitFor(
        [&] {
            return std::ranges::none_of(desk.keyImages(), [](MarkedImage const& one) { return one.picture.isNull(); });
        },
        20'000));
}
