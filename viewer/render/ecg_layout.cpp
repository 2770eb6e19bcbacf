#include "viewer/render/ecg_layout.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace qianli::viewer {
namespace {

constexpr double pageSeconds = 10, columnSeconds = 2.5;
constexpr std::size_t mostCells = 300'000, rowsOfDisclosure = 15; // of one group: a day of three leads has 26,000

// As the leads stand on paper, column by column.
constexpr std::array<std::array<EcgLead, 4>, 3> fourColumns{{{EcgLead::I, EcgLead::AVR, EcgLead::V1, EcgLead::V4},
                                                             {EcgLead::II, EcgLead::AVL, EcgLead::V2, EcgLead::V5},
                                                             {EcgLead::III, EcgLead::AVF, EcgLead::V3, EcgLead::V6}}};

bool inVolts(WaveformGroup const& group, std::optional<std::size_t> channel)
{
    return channel && group.channels[*channel].isVoltage();
}

// The limb leads follow from any two of I, II and III.
EcgCell cellOf(WaveformGroup const& group, EcgLead lead)
{
    EcgCell cell;
    cell.name = leadName(lead);
    if (auto const own = group.channelOf(lead)) {
        cell.parts = {{*own, 1}};
        return cell;
    }
    auto const one = group.channelOf(EcgLead::I), two = group.channelOf(EcgLead::II);
    if (!inVolts(group, one) || !inVolts(group, two))
        return cell;
    struct Rule {
        EcgLead lead;
        double ofOne, ofTwo;
    };
    for (Rule const& rule : {Rule{EcgLead::III, -1, 1}, Rule{EcgLead::AVR, -0.5, -0.5}, Rule{EcgLead::AVL, 1, -0.5},
                             Rule{EcgLead::AVF, -0.5, 1}})
        if (rule.lead == lead) {
            cell.parts = {{*one, rule.ofOne}, {*two, rule.ofTwo}};
            cell.derived = true;
        }
    return cell;
}

bool isTwelveLead(WaveformGroup const& group)
{
    int found = 0;
    for (auto const& channel : group.channels)
        found += channel.lead && channel.isVoltage() ? 1 : 0;
    return found >= 8 && group.channelOf(EcgLead::I) && group.channelOf(EcgLead::II);
}

class Planner {
public:
    Planner(WaveformGroup const& group, std::size_t index, EcgSettings const& settings, double header)
        : group_(group), index_(index), settings_(settings), header_(header)
    {
    }

    std::vector<EcgPage> pages()
    {
        if (!isTwelveLead(group_))
            return generalPages();
        std::vector<EcgPage> pages;
        double start = 0;
        for (; start < group_.seconds() && pages.size() < mostCells / 13; start += pageSeconds)
            pages.push_back(settings_.rows == EcgRows::FourColumns ? fourColumnPage(start) : oneColumnPage(start));
        pages.back().isLastOfMore = start < group_.seconds();
        return pages;
    }

private:
    // The last page of a recording may be shorter, its paper is not; a single averaged beat has paper for itself.
    double paperSeconds() const { return std::min(pageSeconds, std::max(columnSeconds, std::ceil(group_.seconds()))); }
    double pitch(double least, double perGain) const { return least + perGain * settings_.gain; }

    EcgPage emptyPage(double start, double seconds, std::size_t rows, double rowHeight)
    {
        EcgPage page;
        page.group = index_;
        page.start = start;
        page.seconds = seconds;
        double const width = ecgPulseSpace + seconds * settings_.speed;
        double const height = static_cast<double>(rows) * rowHeight;
        // Whole squares of 5 mm, so that the frame is a line of the paper.
        double const whole = std::ceil(height / 5) * 5;
        page.paper = QRectF(ecgMargin, header_, std::ceil((width + 3) / 5) * 5, whole);
        page.size = QSizeF(page.paper.width() + 2 * ecgMargin, header_ + whole + ecgMargin);
        return page;
    }

    void add(EcgPage& page, EcgCell cell, double start, double seconds, double x, double y, double height)
    {
        cell.start = start;
        cell.seconds = seconds;
        cell.leadsRow = x == 0;
        cell.box =
            QRectF(page.paper.left() + ecgPulseSpace + x, page.paper.top() + y, seconds * settings_.speed, height);
        page.cells.push_back(std::move(cell));
    }

    EcgPage fourColumnPage(double start)
    {
        bool const isBeat = group_.seconds() <= columnSeconds;
        double const height = pitch(12, 2);
        EcgPage page = emptyPage(start, pageSeconds, isBeat ? 3 : 4, height);
        page.twelveLeads = true;
        for (std::size_t row = 0; row < fourColumns.size(); ++row)
            for (std::size_t column = 0; column < fourColumns[row].size(); ++column) {
                double const at = columnSeconds * static_cast<double>(column);
                add(page, cellOf(group_, fourColumns[row][column]), start + (isBeat ? 0 : at), columnSeconds,
                    at * settings_.speed, height * static_cast<double>(row), height);
            }
        if (!isBeat)
            add(page, cellOf(group_, EcgLead::II), start, pageSeconds, 0, 3 * height, height);
        return page;
    }

    EcgPage oneColumnPage(double start)
    {
        double const height = pitch(8, 1);
        EcgPage page = emptyPage(start, paperSeconds(), ecgLeads, height);
        page.twelveLeads = true;
        for (int lead = 0; lead < ecgLeads; ++lead)
            add(page, cellOf(group_, static_cast<EcgLead>(lead)), start, paperSeconds(), 0, height * lead, height);
        return page;
    }

    // Any other recording: its channels below each other; a few channels for long are written in lines of ten seconds.
    std::vector<EcgPage> generalPages()
    {
        std::size_t const channels = group_.channels.size();
        bool const isLong = group_.seconds() > 2 * pageSeconds;
        std::size_t const lines = isLong ? std::max<std::size_t>(1, rowsOfDisclosure / channels) : 1;
        double const height = pitch(6, 1);
        std::vector<EcgPage> pages;
        double start = 0;
        while (start < group_.seconds() && pages.size() <= mostCells / (lines * channels)) {
            EcgPage page = emptyPage(start, paperSeconds(), lines * channels, height);
            std::size_t row = 0;
            for (std::size_t line = 0; line < lines; ++line, start += paperSeconds())
                for (std::size_t channel = 0; channel < channels && start < group_.seconds(); ++channel, ++row) {
                    EcgCell cell;
                    cell.parts = {{channel, 1}};
                    cell.name = group_.channels[channel].name;
                    add(page, std::move(cell), start, paperSeconds(), 0, height * static_cast<double>(row), height);
                }
            page.seconds = std::min(start, group_.seconds()) - page.start;
            pages.push_back(std::move(page));
        }
        pages.back().isLastOfMore = start < group_.seconds();
        return pages;
    }

    WaveformGroup const& group_;
    std::size_t index_;
    EcgSettings const& settings_;
    double header_;
};

// One line of words above the paper, and two more for what the device measured and said.
double headerOf(Waveform const& waveform)
{
    bool const hasWords = std::any_of(waveform.annotations.begin(), waveform.annotations.end(),
                                      [](auto const& annotation) { return annotation.isGlobal(); });
    return hasWords ? 22 : 10;
}

} // namespace

std::vector<EcgPage> layOutEcg(Waveform const& waveform, EcgSettings const& settings)
{
    std::vector<EcgPage> pages;
    for (std::size_t index = 0; index < waveform.groups.size(); ++index)
        for (EcgPage& page : Planner(waveform.groups[index], index, settings, headerOf(waveform)).pages())
            pages.push_back(std::move(page));
    return pages;
}

} // namespace qianli::viewer
