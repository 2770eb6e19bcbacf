// What the device says of a beat or of one lead stands at that beat and names that lead.
#include "tests/documents/sample_documents.h"
#include "tests/support/support.h"
#include "viewer/render/ecg_pages.h"

#include <catch2/catch.hpp>

#include <QGuiApplication>
#include <QPicture>

using namespace qianli;
using namespace qianli::viewer;

namespace {
DcmItem& addAnnotation(DcmDataset& dataSet, std::vector<Uint16> const& channels)
{
    DcmItem* item = nullptr;
    dataSet.findOrCreateSequenceItem(DCM_WaveformAnnotationSequence, item, -2);
    item->putAndInsertUint16Array(DCM_ReferencedWaveformChannels, channels.data(), channels.size());
    item->putAndInsertString(DCM_UnformattedTextValue, "ventricular premature beat");
    return *item;
}

std::shared_ptr<Waveform const> marked(std::vector<Uint16> const& channels, bool isOfMoment, Uint32 position = 1251)
{
    return test::waveformOf(test::twelveLeads(), [&](DcmDataset& dataSet) {
        DcmItem& item = addAnnotation(dataSet, channels);
        if (isOfMoment)
            item.putAndInsertUint32Array(DCM_ReferencedSamplePositions, &position, 1);
    });
}

// The millimetres in which two first pages differ.
QRectF difference(EcgPages const& a, EcgPages const& b)
{
    constexpr double scale = 6;
    auto const with = drawPage(a, 0, scale), without = drawPage(b, 0, scale);
    REQUIRE((with && without && with->size() == without->size()));
    QRect found;
    for (int y = 0; y < with->height(); ++y)
        for (int x = 0; x < with->width(); ++x)
            if (with->pixel(x, y) != without->pixel(x, y))
                found |= QRect(x, y, 1, 1);
    return QRectF(found.left() / scale, found.top() / scale, found.width() / scale, found.height() / scale);
}

int bytesToPaint(std::size_t annotations)
{
    EcgPages const pages(test::waveformOf(test::twelveLeads(),
                                          [annotations](DcmDataset& dataSet) {
                                              std::vector<Uint32> positions(16'000);
                                              for (std::size_t i = 0; i < positions.size(); ++i)
                                                  positions[i] = static_cast<Uint32>(i % 5'000 + 1);
                                              for (std::size_t i = 0; i < annotations; ++i)
                                                  addAnnotation(dataSet, {1, 0})
                                                      .putAndInsertUint32Array(DCM_ReferencedSamplePositions,
                                                                               positions.data(), positions.size());
                                          }),
                         EcgSettings{}, Language::Chinese);
    QPicture record;
    QPainter painter(&record);
    pages.paint(painter, 0);
    painter.end();
    return static_cast<int>(record.size());
}
} // namespace

TEST_CASE("what the device says of a moment or a lead stands there", "[ecg]")
{
    EcgSettings const rows{25, 10, EcgRows::OneColumn, false};
    EcgPages const plain(test::waveformOf(test::twelveLeads()), rows, Language::Chinese);
    auto const changed = [&plain](EcgPages const& pages) { return difference(pages, plain); };
    auto const& cells = plain.layout(0).cells;
    auto const atMark = [&](std::size_t cell) { return cells[cell].box.left() + 2.5 * rows.speed; };

    // Leads are written in the reverse of their order: the first channel is V6, the second V5.
    QRectF const ofLead = changed(EcgPages(marked({1, 2}, true), rows, Language::Chinese));
    auto const found = std::find_if(cells.begin(), cells.end(), [](EcgCell const& cell) { return cell.name == "V5"; });
    REQUIRE(found != cells.end());
    auto const lead = static_cast<std::size_t>(found - cells.begin());
    CHECK(ofLead.left() == Approx(atMark(lead)).margin(0.5));
    CHECK(ofLead.width() > 8); // its words, too
    CHECK(cells[lead].box.contains(ofLead));

    QRectF const ofAll = changed(EcgPages(marked({1, 0}, true), rows, Language::Chinese));
    CHECK(ofAll.left() == Approx(atMark(cells.size() - 1)).margin(0.5));
    CHECK(cells.back().box.contains(ofAll));

    // Of a lead as such: in words above the paper, with its name.
    EcgPages const said(marked({1, 2}, false), rows, Language::Chinese);
    CHECK(said.layout(0).paper.top() > plain.layout(0).paper.top() + 2);
}

TEST_CASE("a lead's mark stands below when its lead has no place for that moment", "[ecg]")
{
    EcgPages const plain(test::waveformOf(test::twelveLeads()), EcgSettings{}, Language::Chinese);
    auto const changed = [&plain](std::vector<Uint16> const& channels, double seconds) {
        auto const position = static_cast<Uint32>(seconds * 500) + 1;
        return difference(EcgPages(marked(channels, true, position), EcgSettings{}, Language::Chinese), plain);
    };
    auto const& cells = plain.layout(0).cells;
    EcgCell const& rhythm = cells.back();
    auto const v5 = std::find_if(cells.begin(), cells.end(), [](EcgCell const& cell) { return cell.name == "V5"; });
    REQUIRE((v5 != cells.end() && v5->start == 7.5));

    QRectF const ofAll = changed({1, 0}, 1), early = changed({1, 2}, 1);
    REQUIRE(rhythm.box.contains(early));
    CHECK(early.left() == Approx(rhythm.box.left() + 25).margin(0.5));
    CHECK(early.width() > ofAll.width() + 3); // and says of which lead it is
    CHECK(v5->box.contains(changed({1, 2}, 8)));
    // Of two leads: one has a cell at that moment, the other one has its name below.
    QRectF const ofTwo = changed({1, 2, 1, 12}, 1);
    CHECK(ofTwo.top() < cells.front().box.bottom());
    CHECK(ofTwo.bottom() > rhythm.box.bottom() - 2);
    CHECK(changed({1, 99}, 1).width() > ofAll.width() + 3); // a channel that is none
}

TEST_CASE("what the device says of a moment that the paper doesn't have is said above it", "[ecg]")
{
    EcgSettings const settings;
    double const top =
        EcgPages(test::waveformOf(test::twelveLeads()), settings, Language::Chinese).layout(0).paper.top();
    auto const isSaid = [&](std::shared_ptr<Waveform const> const& waveform) {
        return EcgPages(waveform, settings, Language::Chinese).layout(0).paper.top() > top + 2;
    };
    CHECK_FALSE(isSaid(marked({1, 0}, true, 5'000)));
    CHECK(isSaid(marked({1, 0}, true, 5'001))); // beyond the last sample
    CHECK(isSaid(marked({1, 0}, true, 4'000'000)));
    CHECK(isSaid(marked({2, 0}, true))); // a group that is none
    CHECK(isSaid(test::waveformOf(test::twelveLeads(), [](DcmDataset& dataSet) {
        addAnnotation(dataSet, {1, 0}).putAndInsertString(DCM_ReferencedDateTime, "20260102030405");
    })));
    Uint32 const positions[] = {501, 5'001};
    CHECK(isSaid(test::waveformOf(test::twelveLeads(), [&positions](DcmDataset& dataSet) {
        addAnnotation(dataSet, {1, 0}).putAndInsertUint32Array(DCM_ReferencedSamplePositions, positions, 2);
    })));
}

TEST_CASE("two marks of one moment both have their words", "[ecg]")
{
    Uint32 const position = 501;
    auto const both = test::waveformOf(test::twelveLeads(), [&position](DcmDataset& dataSet) {
        for (Uint16 const channel : {Uint16{2}, Uint16{0}})
            addAnnotation(dataSet, {1, channel}).putAndInsertUint32Array(DCM_ReferencedSamplePositions, &position, 1);
    });
    EcgPages const plain(test::waveformOf(test::twelveLeads()), EcgSettings{}, Language::Chinese);
    EcgPages const one(marked({1, 0}, true, position), EcgSettings{}, Language::Chinese);
    EcgPages const two(both, EcgSettings{}, Language::Chinese);
    CHECK(difference(two, plain).width() > difference(one, plain).width() + 20);
}

TEST_CASE("more leads than are named end in an ellipsis", "[ecg]")
{
    std::vector<Uint16> leads;
    for (int i = 0; i < 12; ++i)
        leads.insert(leads.end(), {1, 1});
    EcgPages const twelve(marked(leads, false), EcgSettings{}, Language::Chinese);
    leads.insert(leads.end(), {1, 2});
    EcgPages const more(marked(leads, false), EcgSettings{}, Language::Chinese);
    CHECK_FALSE(difference(more, twelve).isEmpty());
}

TEST_CASE("a flood of marks is painted no oftener than there is room for them", "[ecg]")
{
    CHECK(bytesToPaint(10) < bytesToPaint(0) + 1'000'000);
}
