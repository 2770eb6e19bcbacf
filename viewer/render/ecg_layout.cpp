#include "viewer/render/ecg_layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace qianli::viewer {
namespace {

constexpr double pageSeconds = 10, columnSeconds = 2.5;
constexpr std::size_t mostCells = 200'000, rowsOfDisclosure = 15; // of an object: a day of twelve leads has 112,000
constexpr double leastWidth = 170;                                // of a sheet, for the words above the paper

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
    // Samples of two moments have no difference.
    if (std::abs(group.channels[*one].skew - group.channels[*two].skew) * group.frequency > 1)
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
    // `left`: how many cells the object may still have.
    Planner(WaveformGroup const& group, std::size_t index, EcgSettings const& settings, EcgHeader const& header,
            std::size_t& left)
        : group_(group), index_(index), settings_(settings), header_(header), left_(left)
    {
    }

    std::vector<EcgPage> pages()
    {
        if (!isTwelveLead(group_))
            return generalPages();
        std::vector<EcgPage> pages;
        auto const beside = channelsBeside();
        double start = 0;
        for (; start < group_.seconds() && (pages.empty() || left_ > 0); start += pageSeconds) {
            pages.push_back(settings_.rows == EcgRows::FourColumns ? fourColumnPage(start) : oneColumnPage(start));
            for (std::size_t first = 0; first < beside.size(); first += rowsOfDisclosure)
                pages.push_back(
                    pageOf(std::span(beside).subspan(first, std::min(rowsOfDisclosure, beside.size() - first)), start));
        }
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
        double const across = std::ceil((width + 3) / 5) * 5, down = std::ceil(height / 5) * 5;
        double const sheet = std::max(across + 2 * ecgMargin, leastWidth);
        double const top = header_(sheet - 2 * ecgMargin);
        page.paper = QRectF(ecgMargin, top, across, down);
        page.size = QSizeF(sheet, top + down + ecgMargin);
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
        left_ -= std::min<std::size_t>(left_, 1);
    }

    // Right and posterior leads, and a second channel of one of the twelve.
    std::vector<std::size_t> channelsBeside() const
    {
        std::vector<std::size_t> beside;
        for (std::size_t index = 0; index < group_.channels.size(); ++index)
            if (auto const lead = group_.channels[index].lead; !lead || group_.channelOf(*lead) != index)
                beside.push_back(index);
        return beside;
    }

    EcgCell ownCell(std::size_t channel) const
    {
        EcgCell cell;
        cell.parts = {{channel, 1}};
        cell.name = group_.channels[channel].name;
        if (auto const lead = group_.channels[channel].lead; lead && group_.channelOf(*lead) != channel)
            cell.name += " #" + std::to_string(channel + 1);
        return cell;
    }

    EcgPage pageOf(std::span<std::size_t const> channels, double start)
    {
        bool const areFew = channels.size() <= 8;
        double const height = pitch(areFew ? 12 : 8, areFew ? 1.5 : 1);
        EcgPage page = emptyPage(start, paperSeconds(), channels.size(), height);
        for (std::size_t row = 0; row < channels.size(); ++row)
            add(page, ownCell(channels[row]), start, paperSeconds(), 0, height * static_cast<double>(row), height);
        return page;
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
        while (start < group_.seconds() && (pages.empty() || left_ > 0)) {
            EcgPage page = emptyPage(start, paperSeconds(), lines * channels, height);
            std::size_t row = 0;
            for (std::size_t line = 0; line < lines; ++line, start += paperSeconds())
                for (std::size_t channel = 0; channel < channels && start < group_.seconds(); ++channel, ++row)
                    add(page, ownCell(channel), start, paperSeconds(), 0, height * static_cast<double>(row), height);
            page.seconds = std::min(start, group_.seconds()) - page.start;
            pages.push_back(std::move(page));
        }
        pages.back().isLastOfMore = start < group_.seconds();
        return pages;
    }

    WaveformGroup const& group_;
    std::size_t index_;
    EcgSettings const& settings_;
    EcgHeader const& header_;
    std::size_t& left_;
};

} // namespace

std::vector<EcgPage> layOutEcg(Waveform const& waveform, EcgSettings const& settings, EcgHeader const& header)
{
    std::vector<EcgPage> pages;
    std::size_t left = mostCells;
    for (std::size_t index = 0; index < waveform.groups.size(); ++index)
        for (EcgPage& page : Planner(waveform.groups[index], index, settings, header, left).pages())
            pages.push_back(std::move(page));
    return pages;
}

} // namespace qianli::viewer
