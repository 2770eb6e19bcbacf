// What the device says of a beat or of one lead stands at that beat and names that lead.
#include "tests/documents/sample_documents.h"
#include "tests/support/support.h"
#include "viewer/render/ecg_pages.h"

#include <catch2/catch.hpp>

#include <QGuiApplication>

using namespace qianli;
using namespace qianli::viewer;

namespace {
std::shared_ptr<Waveform const> waveformOf(std::vector<test::SampleChannel> const& channels,
                                           test::Change const& change = {})
{
    test::TemporaryFolder const folder;
    test::writeWaveform(folder / "ecg.dcm", channels, change);
    auto read = loadWaveform(folder / "ecg.dcm");
    REQUIRE(read);
    return *read;
}
} // namespace

TEST_CASE("what the device says of a moment or a lead stands there", "[ecg]")
{
    auto const marked = [](std::vector<Uint16> const& channels, bool isOfMoment, Uint32 position = 1251) {
        return waveformOf(test::twelveLeads(), [&](DcmDataset& dataSet) {
            DcmItem* item = nullptr;
            dataSet.findOrCreateSequenceItem(DCM_WaveformAnnotationSequence, item, -2);
            item->putAndInsertUint16Array(DCM_ReferencedWaveformChannels, channels.data(), channels.size());
            item->putAndInsertString(DCM_UnformattedTextValue, "ventricular premature beat");
            if (isOfMoment)
                item->putAndInsertUint32Array(DCM_ReferencedSamplePositions, &position, 1);
        });
    };
    EcgSettings const rows{25, 10, EcgRows::OneColumn, false};
    constexpr double scale = 6;
    EcgPages const plain(waveformOf(test::twelveLeads()), rows, Language::Chinese);
    auto const without = drawPage(plain, 0, scale);
    // The millimetres in which a page differs from that without a mark.
    auto const changed = [&](EcgPages const& pages) {
        auto const with = drawPage(pages, 0, scale);
        REQUIRE((with && without && with->size() == without->size()));
        QRect found;
        for (int y = 0; y < with->height(); ++y)
            for (int x = 0; x < with->width(); ++x)
                if (with->pixel(x, y) != without->pixel(x, y))
                    found |= QRect(x, y, 1, 1);
        return QRectF(found.left() / scale, found.top() / scale, found.width() / scale, found.height() / scale);
    };
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

    CHECK(changed(EcgPages(marked({1, 0}, true, 4'000'000), rows, Language::Chinese)).isEmpty());
    CHECK(changed(EcgPages(marked({2, 0}, true), rows, Language::Chinese)).isEmpty()); // a group that is none

    // Of a lead as such: in words above the paper, with its name.
    EcgPages const said(marked({1, 2}, false), rows, Language::Chinese);
    CHECK(said.layout(0).paper.top() > plain.layout(0).paper.top() + 2);
}
