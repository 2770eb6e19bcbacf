// EcgPages' marks on the paper: what the device says of a moment, or of one beat, stands at that moment.
#include "viewer/render/ecg_pages.h"
#include "viewer/render/page_text.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {
namespace {

constexpr std::size_t mostMarks = 200'000; // a day has 100,000 beats
constexpr double markHeight = 3.5, markWordsHeight = 2.4, leastRoom = 3;

bool isOfGroup(WaveformAnnotation const& annotation, std::size_t group)
{
    auto const& of = annotation.channels;
    return of.empty() || std::any_of(of.begin(), of.end(),
                                     [group](auto const& one) { return one.first == static_cast<int>(group) + 1; });
}

bool isOfAllLeads(WaveformAnnotation const& annotation, std::size_t group)
{
    auto const& of = annotation.channels;
    return of.empty() || std::any_of(of.begin(), of.end(), [group](auto const& one) {
               return one.first == static_cast<int>(group) + 1 && one.second == 0;
           });
}

bool isOfCell(WaveformAnnotation const& annotation, std::size_t group, EcgCell const& cell)
{
    auto const& of = annotation.channels;
    return cell.parts.size() == 1 && std::any_of(of.begin(), of.end(), [&](auto const& one) {
               return one.first == static_cast<int>(group) + 1 &&
                      one.second == static_cast<int>(cell.parts.front().channel) + 1;
           });
}

bool holds(EcgCell const& cell, double seconds)
{
    return seconds >= cell.start && seconds < cell.start + cell.seconds;
}

// Of the cells that have this moment: the lowest, where the rhythm is.
EcgCell const* lowestAt(EcgPage const& page, double seconds)
{
    EcgCell const* lowest = nullptr;
    for (EcgCell const& cell : page.cells)
        if (holds(cell, seconds) && (lowest == nullptr || cell.box.bottom() > lowest->box.bottom()))
            lowest = &cell;
    return lowest;
}

} // namespace

void EcgPages::gatherMarks()
{
    for (std::size_t index = 0; index < waveform_->annotations.size(); ++index)
        for (double const seconds : waveform_->annotations[index].seconds) {
            if (marks_.size() == mostMarks) {
                marksCut_ = true;
                break;
            }
            if (std::isfinite(seconds))
                marks_.push_back({seconds, index});
        }
    std::stable_sort(marks_.begin(), marks_.end(), [](Mark const& a, Mark const& b) { return a.seconds < b.seconds; });
}

QString EcgPages::markWords(WaveformAnnotation const& annotation) const
{
    QString words = QString::fromStdString(annotation.text.empty() ? annotation.name : annotation.text);
    if (!annotation.value.empty())
        words += QStringLiteral(" ") + QString::fromStdString(annotation.value) + QStringLiteral(" ") +
                 QString::fromStdString(annotation.unit);
    return words.simplified();
}

// Words only where the next mark leaves room for them.
void EcgPages::paintMarksOf(QPainter& painter, EcgPage const& page, EcgCell const& cell, QColor const& colour) const
{
    auto const first = std::lower_bound(marks_.begin(), marks_.end(), cell.start,
                                        [](Mark const& mark, double seconds) { return mark.seconds < seconds; });
    std::vector<Mark> own;
    for (auto mark = first; mark != marks_.end() && holds(cell, mark->seconds); ++mark) {
        auto const& annotation = waveform_->annotations[mark->annotation];
        if (isOfCell(annotation, page.group, cell) ||
            (isOfGroup(annotation, page.group) && isOfAllLeads(annotation, page.group) &&
             lowestAt(page, mark->seconds) == &cell))
            own.push_back(*mark);
    }
    auto const at = [&](Mark const& mark) { return cell.box.left() + (mark.seconds - cell.start) * settings_.speed; };
    double const foot = cell.box.bottom() - 0.3;
    for (std::size_t i = 0; i < own.size(); ++i) {
        double const x = at(own[i]), end = i + 1 < own.size() ? at(own[i + 1]) : cell.box.right();
        painter.drawLine(QPointF(x, foot - markHeight), QPointF(x, foot));
        if (end - x >= leastRoom)
            paintPageText(painter, QRectF(x + 0.5, foot - markHeight, end - x - 1, markHeight),
                          Qt::AlignLeft | Qt::AlignVCenter, markWords(waveform_->annotations[own[i].annotation]),
                          pageFont(markWordsHeight), colour);
    }
}

} // namespace qianli::viewer
