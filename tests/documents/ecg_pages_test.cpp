// An electrocardiogram on paper: a millimetre is what speed and gain say, every lead stands where its name is, and
// what is painted is what was reckoned.
#include "tests/documents/sample_documents.h"
#include "tests/support/support.h"
#include "viewer/render/ecg_pages.h"

#include <catch2/catch.hpp>

#include <QGuiApplication>

using namespace qianli;
using namespace qianli::viewer;

namespace {
std::size_t cellOf(EcgPages const& pages, std::size_t page, std::string const& name)
{
    auto const& cells = pages.layout(page).cells;
    for (std::size_t index = 0; index < cells.size(); ++index)
        if (cells[index].name == name)
            return index;
    FAIL("no lead " << name);
    return 0;
}

// Ink around a place: the darkest of the nine pixels.
int darkest(QImage const& image, QPointF millimetres, double scale)
{
    int least = 255;
    QPoint const at = (millimetres * scale).toPoint();
    for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx)
            least = std::min(least, qGray(image.pixel(at + QPoint(dx, dy))));
    return least;
}

// Lead II alone has the millivolt.
std::vector<test::SampleChannel> onlyInTwo()
{
    auto channels = test::twelveLeads();
    for (auto& channel : channels)
        if (channel.code != "5.6.3-9-2")
            channel.stored.assign(channel.stored.size(), 0);
    return channels;
}
} // namespace

TEST_CASE("a millivolt is as high and a second as long as gain and speed say", "[ecg]")
{
    double const speed = GENERATE(25.0, 50.0), gain = GENERATE(5.0, 10.0, 20.0);
    auto const rows = GENERATE(EcgRows::FourColumns, EcgRows::OneColumn);
    EcgPages const pages(test::waveformOf(test::twelveLeads()), {speed, gain, rows, false}, Language::Chinese);
    REQUIRE(pages.count() == 1);
    std::size_t const lead = cellOf(pages, 0, "aVF");
    double const start = pages.layout(0).cells[lead].start;
    auto const before = pages.traceAt(0, lead, start), after = pages.traceAt(0, lead, start + 2);
    REQUIRE((before && after));
    CHECK(after->x() - before->x() == Approx(2 * speed));
    std::size_t const first = cellOf(pages, 0, "I");
    auto const flat = pages.traceAt(0, first, 0.5), high = pages.traceAt(0, first, 1.05);
    REQUIRE((flat && high));
    CHECK(flat->y() - high->y() == Approx(gain));
    CHECK(pages.scale(0) == PaperScale{speed, gain});
    CHECK(pages.layout(0).cells[first].box.right() <= pages.layout(0).paper.right());
    CHECK(pages.layout(0).paper.bottom() <= pages.size(0).height());
}

TEST_CASE("a lead is drawn where its name is, whatever channel it comes from", "[ecg]")
{
    EcgPages const pages(test::waveformOf(onlyInTwo()), {25, 10, EcgRows::OneColumn, false}, Language::Chinese);
    constexpr double scale = 8;
    auto const image = drawPage(pages, 0, scale);
    REQUIRE(image);
    for (char const* name : {"I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"}) {
        INFO(name);
        std::size_t const cell = cellOf(pages, 0, name);
        auto const flat = pages.traceAt(0, cell, 5);
        REQUIRE(flat);
        CHECK(darkest(*image, *flat, scale) < 90);
        // Between the lines of the paper, at the height of the millivolt.
        QPointF const top(pages.layout(0).cells[cell].box.left() + 1.05 * 25, flat->y() - 10);
        CHECK((darkest(*image, top, scale) < 90) == (std::string(name) == "II"));
    }
}

TEST_CASE("what is painted is where the value is, at every size of the page", "[ecg]")
{
    EcgPages const pages(test::waveformOf(test::twelveLeads()), {}, Language::Chinese);
    double const scale = GENERATE(1.5, 3.0, 12.0);
    auto const image = drawPage(pages, 0, scale);
    REQUIRE(image);
    std::size_t const lead = cellOf(pages, 0, "II");
    for (double const time : {0.5, 1.02, 1.08, 1.5}) {
        auto const at = pages.traceAt(0, lead, time);
        REQUIRE(at);
        CHECK(darkest(*image, *at, scale) < 120);
    }
}

TEST_CASE("no peak is lost where many samples share a pixel", "[ecg]")
{
    auto channels = test::twelveLeads();
    for (auto& channel : channels) {
        channel.stored.assign(channel.stored.size(), 0);
        channel.stored[1003] = 400; // a millivolt up, then one down, for one sample of two milliseconds
        channel.stored[2003] = -400;
    }
    EcgPages const pages(test::waveformOf(channels), {25, 10, EcgRows::OneColumn, false}, Language::Chinese);
    constexpr double scale = 2;
    auto const image = drawPage(pages, 0, scale);
    REQUIRE(image);
    auto const& cell = pages.layout(0).cells.at(0);
    double const y = cell.box.center().y();
    auto const x = [&cell](int sample) { return cell.box.left() + sample / 500.0 * 25; };
    CHECK(darkest(*image, {x(1003), y - 7}, scale) < 110);
    CHECK(darkest(*image, {x(2003), y + 7}, scale) < 110);
    CHECK(darkest(*image, {x(1003), y + 7}, scale) > 130);
    CHECK(darkest(*image, {x(2003), y - 7}, scale) > 130);
}

TEST_CASE("each row has its calibration pulse of one millivolt", "[ecg]")
{
    EcgPages const pages(test::waveformOf(test::twelveLeads()), {}, Language::Chinese);
    constexpr double scale = 8;
    auto const image = drawPage(pages, 0, scale);
    REQUIRE(image);
    for (auto const& cell : pages.layout(0).cells) {
        if (!cell.leadsRow)
            continue;
        // 0.2 s wide, and back at the baseline a millimetre before the lead begins.
        double const left = cell.box.left() - 6, y = cell.box.center().y();
        CHECK(darkest(*image, {left + 2.5, y - 10}, scale) < 90);
        CHECK(darkest(*image, {left, y - 5}, scale) < 90);
        CHECK(darkest(*image, {left + 2.5, y - 11.5}, scale) > 120);
    }
}

TEST_CASE("limb leads that are not recorded are reckoned from I and II, and say so", "[ecg]")
{
    std::vector<test::SampleChannel> channels;
    for (auto const& channel : test::twelveLeads())
        if (channel.code.find("-6") == std::string::npos || channel.code == "5.6.3-9-6")
            channels.push_back(channel);
    REQUIRE(channels.size() == 8);
    for (auto& channel : channels) {
        int const steps = channel.code == "5.6.3-9-1" ? 200 : channel.code == "5.6.3-9-2" ? 480 : 0; // 0.5 and 1.2 mV
        channel.stored.assign(channel.stored.size(), steps);
    }
    EcgPages const pages(test::waveformOf(channels), {25, 10, EcgRows::OneColumn, false}, Language::Chinese);
    struct Known {
        char const* lead;
        double millivolts;
    };
    for (Known const& known : {Known{"I", 0.5}, Known{"II", 1.2}, Known{"III", 0.7}, Known{"aVR", -0.85},
                               Known{"aVL", -0.1}, Known{"aVF", 0.95}}) {
        INFO(known.lead);
        std::size_t const cell = cellOf(pages, 0, known.lead);
        auto const at = pages.traceAt(0, cell, 3);
        REQUIRE(at);
        CHECK(pages.layout(0).cells[cell].box.center().y() - at->y() == Approx(known.millivolts * 10));
        CHECK(pages.layout(0).cells[cell].derived == (known.lead[0] == 'a' || std::string(known.lead) == "III"));
    }
}

TEST_CASE("long recordings go on over pages, and a few channels fill a page with lines", "[ecg]")
{
    CHECK(EcgPages(test::waveformOf(test::twelveLeads(25)), {}, Language::Chinese).count() == 3);
    std::vector<test::SampleChannel> const holter(
        3, test::SampleChannel{"5.6.3-9-2", "SCPECG", "II", std::vector<int>(500 * 120, 1)});
    EcgPages const pages(test::waveformOf(holter), {}, Language::Chinese);
    CHECK(pages.count() == 3); // five lines of ten seconds a page
    CHECK(pages.layout(0).cells.size() == 15);
    CHECK(pages.layout(2).cells.size() == 6);
    CHECK(pages.layout(1).start == Approx(50));
}

TEST_CASE("a recording that would have no end of pages is cut, and says so", "[ecg]")
{
    std::vector<test::SampleChannel> const channels(40,
                                                    test::SampleChannel{"77", "99", "slow", std::vector<int>(2000, 1)});
    EcgPages const pages(test::waveformOf(channels,
                                          [](DcmDataset& dataSet) {
                                              test::groupOf(dataSet).putAndInsertString(DCM_SamplingFrequency, "0.001");
                                          }),
                         {}, Language::Chinese);
    CHECK(pages.count() < 10'000);
    CHECK(pages.layout(pages.count() - 1).isLastOfMore);
    CHECK_FALSE(pages.layout(0).isLastOfMore);
}

TEST_CASE("values beyond all paper are drawn at its edge, in no time", "[ecg]")
{
    EcgPages const pages(
        test::waveformOf(test::twelveLeads(),
                         [](DcmDataset& dataSet) {
                             for (unsigned long lead = 0; lead < 12; ++lead)
                                 test::channelOf(dataSet, lead).putAndInsertString(DCM_ChannelBaseline, "1e290");
                         }),
        {}, Language::Chinese);
    CHECK(drawPage(pages, 0, 6));
}

TEST_CASE("without a sensitivity only the shape is shown, and no calipers for its height", "[ecg]")
{
    EcgPages const pages(test::waveformOf({{"5.6.3-9-2", "SCPECG", "II", {0, 100, 200, 100, 0}}},
                                          [](DcmDataset& dataSet) {
                                              test::channelOf(dataSet, 0).findAndDeleteElement(DCM_ChannelSensitivity);
                                          }),
                         {}, Language::Chinese);
    REQUIRE(pages.count() == 1);
    CHECK(pages.scale(0) == PaperScale{25, 0});
    CHECK_FALSE(pages.words(0).contains("mV"));
    CHECK(drawPage(pages, 0, 3));
}

TEST_CASE("each choice of an electrocardiogram makes pages of that choice", "[ecg]")
{
    EcgPages const pages(test::waveformOf(test::twelveLeads()), {}, Language::Chinese);
    std::shared_ptr<PageSource const> shown;
    for (PageChoices const& choices : pages.choices()) {
        CHECK(std::count_if(choices.begin(), choices.end(), [](auto const& choice) { return choice.current; }) == 1);
        for (PageChoice const& choice : choices)
            if (choice.name == "ecg.gain.20")
                shown = choice.make();
    }
    REQUIRE(shown);
    CHECK(shown->scale(0) == PaperScale{25, 20});
    CHECK(shown->words(0) == "25 mm/s  20 mm/mV");
}

TEST_CASE("a millivolt is as high in whatever unit of voltage it is written", "[ecg]")
{
    struct Unit {
        char const *unit, *millivolt;
    };
    auto const known = GENERATE(values<Unit>({{"mV", "1"}, {"uV", "1000"}, {"nV", "1000000"}, {"V", "0.001"}}));
    CAPTURE(known.unit);
    EcgPages const pages(test::waveformOf({{"5.6.3-9-2", "SCPECG", "II", std::vector<int>(100, 1)}},
                                          [&known](DcmDataset& dataSet) {
                                              DcmItem& channel = test::channelOf(dataSet, 0);
                                              channel.putAndInsertString(DCM_ChannelSensitivity, known.millivolt);
                                              channel.findAndDeleteElement(DCM_ChannelSensitivityUnitsSequence);
                                              test::addCode(channel, DCM_ChannelSensitivityUnitsSequence, known.unit,
                                                            "UCUM", "a unit");
                                          }),
                         {}, Language::Chinese);
    auto const at = pages.traceAt(0, 0, 0.1);
    REQUIRE(at);
    CHECK(pages.layout(0).cells[0].box.center().y() - at->y() == Approx(10));
}

TEST_CASE("a lead that begins later is painted later, where its values are reckoned to be", "[ecg]")
{
    auto const channels = test::twelveLeads();
    double const skew = GENERATE(0.0, 0.5);
    EcgPages const pages(test::waveformOf(channels,
                                          [skew](DcmDataset& dataSet) {
                                              for (unsigned long lead = 0; lead < 12; ++lead)
                                                  test::channelOf(dataSet, lead)
                                                      .putAndInsertString(DCM_ChannelTimeSkew,
                                                                          std::to_string(skew).c_str());
                                          }),
                         {25, 10, EcgRows::OneColumn, false}, Language::Chinese);
    constexpr double scale = 8;
    auto const image = drawPage(pages, 0, scale);
    REQUIRE(image);
    auto const& box = pages.layout(0).cells.at(0).box;
    for (double const later : {0.0, 0.5}) { // the millivolt of 1.0 to 1.1 s
        QPointF const top(box.left() + (1.05 + later) * 25, box.center().y() - 10);
        CHECK((darkest(*image, top, scale) < 90) == (later == skew));
    }
}

TEST_CASE("right and posterior leads stand on a page behind the twelve", "[ecg]")
{
    auto channels = test::twelveLeads();
    for (char const* name : {"V3R", "V4R", "V5R", "V7", "V8", "V9"})
        channels.push_back({"0", "99LOCAL", name, channels.front().stored});
    channels.push_back(channels.back());
    channels.back().code = "5.6.3-9-2"; // lead II once more
    channels.back().scheme = "SCPECG";
    auto const rows = GENERATE(EcgRows::FourColumns, EcgRows::OneColumn);
    EcgPages const pages(test::waveformOf(channels), {25, 10, rows, false}, Language::Chinese);
    REQUIRE(pages.count() == 2);
    REQUIRE(pages.layout(1).cells.size() == 7);
    CHECK(pages.layout(1).start == 0);
    for (char const* name : {"V3R", "V4R", "V5R", "V7", "V8", "V9", "II #19"}) {
        INFO(name);
        std::size_t const cell = cellOf(pages, 1, name);
        auto const flat = pages.traceAt(1, cell, 0.5), high = pages.traceAt(1, cell, 1.05);
        REQUIRE((flat && high));
        CHECK(flat->y() - high->y() == Approx(10));
    }
}

TEST_CASE("leads that begin at different moments have no difference", "[ecg]")
{
    std::vector<test::SampleChannel> channels;
    for (auto const& channel : test::twelveLeads())
        if (channel.code.find("-6") == std::string::npos || channel.code == "5.6.3-9-6")
            channels.push_back(channel);
    bool const apart = GENERATE(true, false);
    EcgPages const pages(test::waveformOf(channels,
                                          [apart](DcmDataset& dataSet) {
                                              for (unsigned long i = 0; i < 8; ++i)
                                                  test::channelOf(dataSet, i)
                                                      .putAndInsertString(DCM_ChannelTimeSkew,
                                                                          apart && i == 7 ? "0.2" : "0.0005");
                                          }),
                         {25, 10, EcgRows::OneColumn, false}, Language::Chinese);
    CHECK(pages.layout(0).cells[cellOf(pages, 0, "III")].parts.empty() == apart);
}

TEST_CASE("all that the device said stands above the paper, in as many lines as it needs", "[ecg]")
{
    auto const said = [](int sentences) {
        return test::waveformOf(test::twelveLeads(), [sentences](DcmDataset& dataSet) {
            for (int i = 0; i < sentences; ++i) {
                DcmItem* item = nullptr;
                dataSet.findOrCreateSequenceItem(DCM_WaveformAnnotationSequence, item, -2);
                item->putAndInsertString(DCM_UnformattedTextValue, "probable inferior infarct of unknown age");
            }
        });
    };
    EcgPages const one(said(1), {}, Language::Chinese), many(said(12), {}, Language::Chinese),
        endless(said(9'000), {}, Language::Chinese);
    CHECK(many.layout(0).paper.top() > one.layout(0).paper.top() + 4);
    CHECK(many.layout(0).paper.height() == one.layout(0).paper.height());
    CHECK(endless.layout(0).paper.top() < 120);
    // The last line has ink, and ends above the paper.
    constexpr double scale = 8;
    auto const image = drawPage(many, 0, scale);
    REQUIRE(image);
    auto const ink = [&](double from, double to) {
        int found = 0;
        for (int y = static_cast<int>(from * scale); y < static_cast<int>(to * scale); ++y)
            for (int x = 0; x < image->width(); ++x)
                found += qGray(image->pixel(x, y)) < 130 ? 1 : 0;
        return found;
    };
    double const top = many.layout(0).paper.top();
    CHECK(ink(top - 6, top - 2) > 50);
    CHECK(ink(top - 1, top) == 0);
}

TEST_CASE("groups share what an object may have of pages", "[ecg]")
{
    auto waveform = std::make_shared<Waveform>(*test::waveformOf({{"77", "99", "slow", std::vector<int>(2000, 1)}}));
    waveform->groups.front().frequency = 1e-4;
    std::vector<WaveformGroup> const thirty(30, waveform->groups.front());
    waveform->groups = thirty;
    EcgPages const pages(waveform, {}, Language::Chinese);
    CHECK(pages.count() < 20'000);
    CHECK(pages.layout(pages.count() - 1).group == 29);
}

TEST_CASE("gain is said as soon as one lead has a voltage; calipers need all of them", "[ecg]")
{
    EcgPages const pages(test::waveformOf({{"5.6.3-9-1", "SCPECG", "I", {0, 1}}, {"77", "99", "pressure", {0, 1}}},
                                          [](DcmDataset& dataSet) {
                                              test::channelOf(dataSet, 1).findAndDeleteElement(DCM_ChannelSensitivity);
                                          }),
                         {}, Language::Chinese);
    CHECK(pages.words(0) == "25 mm/s  10 mm/mV");
    CHECK(pages.scale(0) == PaperScale{25, 0});
}
