// EcgPages' marks on the paper: what the device says of a moment, or of one beat, stands at that moment.
#include "viewer/render/ecg_pages.h"
#include "viewer/render/page_text.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace qianli::viewer {
namespace {

constexpr std::size_t mostMarks = 200'000; // a day has 100,000 beats
constexpr double markHeight = 3.5, markWordsHeight = 2.4, leastRoom = 3;

// What an annotation is of in one group.
struct Target {
    std::size_t group = 0;
    bool isOfAllLeads = false;
    std::vector<std::size_t> channels;
};

// Of the groups that there are. What names none is of all of them.
std::vector<Target> targetsOf(Waveform const& waveform, WaveformAnnotation const& annotation)
{
    std::vector<Target> targets;
    for (std::size_t group = 0; group < waveform.groups.size(); ++group) {
        Target target{group, annotation.channels.empty(), {}};
        for (auto const& [of, channel] : annotation.channels)
            if (of == static_cast<int>(group) + 1 && channel == 0)
                target.isOfAllLeads = true;
            else if (of == static_cast<int>(group) + 1)
                target.channels.push_back(static_cast<std::size_t>(channel) - 1);
        std::sort(target.channels.begin(), target.channels.end());
        target.channels.erase(std::unique(target.channels.begin(), target.channels.end()), target.channels.end());
        if (target.isOfAllLeads || !target.channels.empty())
            targets.push_back(std::move(target));
    }
    return targets;
}

bool hasMoment(WaveformGroup const& group, double seconds)
{
    return seconds >= 0 && seconds < group.seconds();
}

bool holds(EcgCell const& cell, double seconds)
{
    return seconds >= cell.start && seconds < cell.start + cell.seconds;
}

// Of the cells that have this moment: the lowest, where the rhythm is.
std::optional<std::uint32_t> lowestAt(EcgPage const& page, double seconds)
{
    std::optional<std::uint32_t> lowest;
    for (std::uint32_t cell = 0; cell < page.cells.size(); ++cell)
        if (holds(page.cells[cell], seconds) &&
            (!lowest || page.cells[cell].box.bottom() > page.cells[*lowest].box.bottom()))
            lowest = cell;
    return lowest;
}

} // namespace

// Puts each mark into the cells of its leads, and one of all leads into the lowest cell of a page. A lead has few
// seconds in a column of four: where none of its cells has the moment, the lowest one has its mark, with its name.
class EcgPages::MarkPlacer {
public:
    MarkPlacer(std::vector<EcgPage> const& pages, std::vector<Mark>& marks) : pages_(pages), marks_(marks) {}

    void place(std::uint32_t annotation, Target const& target, double seconds)
    {
        // Pages of the same seconds, one of the twelve leads and those beside them, follow each other.
        auto const ofGroup = std::equal_range(pages_.begin(), pages_.end(), target.group, ByGroup());
        auto const end = std::upper_bound(ofGroup.first, ofGroup.second, seconds,
                                          [](double at, EcgPage const& page) { return at < page.start; });
        if (end == ofGroup.first)
            return;
        auto const begin = std::lower_bound(ofGroup.first, end, (end - 1)->start,
                                            [](EcgPage const& page, double at) { return page.start < at; });
        auto const first = static_cast<std::uint32_t>(begin - pages_.begin());
        auto const last = static_cast<std::uint32_t>(end - pages_.begin());
        Mark const mark{0, 0, annotation, false, seconds};
        if (target.isOfAllLeads)
            for (std::uint32_t page = first; page < last; ++page)
                add(mark, page, lowestAt(pages_[page], seconds), false);
        else if (placeAtLeads(mark, target, first, last) < target.channels.size())
            add(mark, first, lowestAt(pages_[first], seconds), true);
    }

private:
    struct ByGroup {
        bool operator()(EcgPage const& page, std::size_t group) const { return page.group < group; }
        bool operator()(std::size_t group, EcgPage const& page) const { return group < page.group; }
    };

    // How many of the leads have a cell with this moment.
    std::size_t placeAtLeads(Mark const& mark, Target const& target, std::uint32_t first, std::uint32_t last)
    {
        std::vector<std::size_t> shown;
        for (std::uint32_t page = first; page < last; ++page)
            for (std::uint32_t cell = 0; cell < pages_[page].cells.size(); ++cell) {
                auto const& parts = pages_[page].cells[cell].parts;
                if (parts.size() != 1 || !holds(pages_[page].cells[cell], mark.seconds) ||
                    !std::binary_search(target.channels.begin(), target.channels.end(), parts.front().channel))
                    continue;
                add(mark, page, cell, false);
                shown.push_back(parts.front().channel);
            }
        std::sort(shown.begin(), shown.end());
        return static_cast<std::size_t>(std::unique(shown.begin(), shown.end()) - shown.begin());
    }

    void add(Mark mark, std::uint32_t page, std::optional<std::uint32_t> cell, bool namesLeads)
    {
        if (!cell)
            return;
        mark.page = page;
        mark.cell = *cell;
        mark.namesLeads = namesLeads;
        marks_.push_back(mark);
    }

    std::vector<EcgPage> const& pages_;
    std::vector<Mark>& marks_;
};

void EcgPages::placeMarks()
{
    MarkPlacer placer(pages_, marks_);
    for (std::uint32_t index = 0; index < waveform_->annotations.size() && !marksCut_; ++index) {
        auto const& annotation = waveform_->annotations[index];
        auto const targets = targetsOf(*waveform_, annotation);
        for (double const seconds : annotation.seconds) {
            marksCut_ = marks_.size() >= mostMarks;
            if (marksCut_)
                break;
            for (Target const& target : targets)
                if (hasMoment(waveform_->groups[target.group], seconds))
                    placer.place(index, target, seconds);
        }
    }
    std::stable_sort(marks_.begin(), marks_.end(), [](Mark const& a, Mark const& b) {
        return std::tie(a.page, a.cell, a.seconds) < std::tie(b.page, b.cell, b.seconds);
    });
}

QString EcgPages::markWords(WaveformAnnotation const& annotation) const
{
    QString words = QString::fromStdString(annotation.text.empty() ? annotation.name : annotation.text);
    if (!annotation.value.empty())
        words += QStringLiteral(" ") + QString::fromStdString(annotation.value) + QStringLiteral(" ") +
                 QString::fromStdString(annotation.unit);
    return words.simplified();
}

// Of an annotation with a moment that the paper doesn't have: a time of the day, beyond the samples, of no group.
QString EcgPages::unplacedWords(WaveformAnnotation const& annotation) const
{
    auto const targets = targetsOf(*waveform_, annotation);
    auto const isPlaced = [&](double seconds) {
        return std::any_of(targets.begin(), targets.end(),
                           [&](Target const& target) { return hasMoment(waveform_->groups[target.group], seconds); });
    };
    auto const& moments = annotation.seconds;
    auto const placed = std::count_if(moments.begin(), moments.end(), isPlaced);
    if (placed > 0 && placed == static_cast<std::ptrdiff_t>(moments.size()))
        return {};
    QString const words = markWords(annotation);
    return (words.isEmpty() ? say("无名标记", "nameless mark") : words) + leadsOf(annotation) +
           (placed == 0 ? say("（时刻标不出）", " (its moment can't be marked)")
                        : say("（有的时刻标不出）", " (some of its moments can't be marked)"));
}

void EcgPages::paintMarks(QPainter& painter, std::size_t page, QColor const& colour) const
{
    QPen pen(colour);
    pen.setCosmetic(true);
    painter.setPen(pen);
    auto mark = std::partition_point(marks_.begin(), marks_.end(), [page](Mark const& one) { return one.page < page; });
    while (mark != marks_.end() && mark->page == page) {
        auto const end = std::find_if(
            mark, marks_.end(), [&mark](Mark const& one) { return one.page != mark->page || one.cell != mark->cell; });
        paintMarksOf(painter, pages_[page].cells[mark->cell], {mark, end}, colour);
        mark = end;
    }
}

// Of marks that share a line: those of three, each annotation once.
QString EcgPages::wordsAtLine(std::span<Mark const> marks) const
{
    QStringList words;
    for (std::size_t i = 0; i < marks.size(); ++i) {
        if (i + 1 < marks.size() && marks[i + 1].annotation == marks[i].annotation)
            continue;
        if (words.size() == 3) {
            words << QStringLiteral("…");
            break;
        }
        auto const& annotation = waveform_->annotations[marks[i].annotation];
        QString const leads = marks[i].namesLeads ? leadsOf(annotation).trimmed() + QStringLiteral(" ") : QString();
        words << leads + markWords(annotation);
    }
    return words.join(QStringLiteral(" · "));
}

// Words only where the next mark leaves room for them; one line for those that nothing could tell apart.
void EcgPages::paintMarksOf(QPainter& painter, EcgCell const& cell, std::span<Mark const> marks,
                            QColor const& colour) const
{
    constexpr double leastBetween = 0.05; // millimetres
    auto const at = [&](Mark const& mark) { return cell.box.left() + (mark.seconds - cell.start) * settings_.speed; };
    double const foot = cell.box.bottom() - 0.3;
    for (std::size_t next = 0; next < marks.size();) {
        std::size_t const first = next;
        double const x = at(marks[first]);
        while (next < marks.size() && at(marks[next]) - x < leastBetween)
            ++next;
        double const end = next < marks.size() ? at(marks[next]) : cell.box.right();
        painter.drawLine(QPointF(x, foot - markHeight), QPointF(x, foot));
        if (end - x >= leastRoom)
            paintPageText(painter, QRectF(x + 0.5, foot - markHeight, end - x - 1, markHeight),
                          Qt::AlignLeft | Qt::AlignVCenter, wordsAtLine(marks.subspan(first, next - first)),
                          pageFont(markWordsHeight), colour);
    }
}

} // namespace qianli::viewer
