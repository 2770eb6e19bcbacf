// ReadingPage's pictures: what hangs where as they arrive, and the series bar beside them.
#include "viewer/ui/reading_page.h"

#include "viewer/i18n/language.h"
#include "viewer/model/hanging.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/words.h"

#include <algorithm>
#include <utility>

namespace qianli::viewer {

void ReadingPage::imagesChanged()
{
    auto const& studies = images_.studies();
    if (studies.empty())
        return;
    bool const settles = settles_ && !images_.isLoading() && !hasBegun();
    if (!images_.isLoading())
        settles_ = false;
    if (settles)
        leadWithNewest();
    showSeries();
    if (!task_)
        showWhoFromFiles();
    growInPlace();
    if (!hung_)
        hang();
    if (settles)
        for (Viewport* viewport : grid_->viewports())
            viewport->settle();
    for (Viewport* viewport : grid_->viewports())
        refreshMarks(viewport); // whose case it is may have changed with what came
    refreshCase();
    refreshPriorMenu();
    markSeries();
}

std::vector<Study> ReadingPage::allStudies() const
{
    std::vector<Study> all = images_.studies();
    all.insert(all.end(), prior_.studies().begin(), prior_.studies().end());
    return all;
}

// The reader has turned to something: it stays.
bool ReadingPage::hasBegun() const
{
    return priorWanted_ || mprWish_ || beforeMpr_ || board_.pending() || !report_->desk().keyImages().empty() ||
           std::ranges::any_of(grid_->viewports(), [](Viewport const* viewport) { return viewport->isTouched(); });
}

// Files may be of many studies. What was read first hangs at once; when all is there, the newest one, unless the reader
// has turned to something.
void ReadingPage::leadWithNewest()
{
    auto const& studies = images_.studies();
    auto const newest =
        std::ranges::find_if(studies, [](Study const& study) { return !hangingOrder(study, true).empty(); });
    if (task_ || newest == studies.end() || &*newest == images_.study())
        return;
    images_.lead(*newest);
    grid_->clear();
    grid_->setLayoutKind(ViewportGrid::Layout::One);
    hung_ = false;
}

// Files have no case: whose they are is whose picture the reader has turned to.
void ReadingPage::followPatient()
{
    StackEntry const* entry = grid_->active().entry();
    Study const* before = images_.study();
    if (task_ || entry == nullptr || before == nullptr || isSamePatient(entry->image->patient, before->patient))
        return;
    auto const& studies = images_.studies();
    auto const found = std::ranges::find_if(
        studies, [&](Study const& study) { return study.identity.uid == entry->image->study.uid; });
    if (found == studies.end() || &*found == before)
        return;
    images_.lead(*found);
    showSeries();
    showWhoFromFiles();
    for (Viewport* viewport : grid_->viewports())
        refreshMarks(viewport);
    refreshCase();
    refreshPriorMenu();
}

void ReadingPage::showSeries()
{
    auto const& studies = images_.studies();
    bool const several = !task_ && studies.size() > 1;
    series_->show(allStudies(), several ? 0 : studies.size(), [this, several](ImageAttributes const& image) {
        bool const isOther = bandOf(image).kind == ViewportBand::Kind::OtherPatient;
        QString const name = QString::fromStdString(displayName(image.patient.name)), date = dateWord(image.study.date);
        if (isOther)
            return SeriesBar::Standing{true, say("他人 %1", "Other: %1").arg(name) + '\n' + date};
        bool const isOwn = several && images_.study() != nullptr && image.study.uid == images_.study()->identity.uid;
        return SeriesBar::Standing{
            false, isOwn ? name + '\n' + date : briefOrderWords({image.study.date, image.study.time}, momentOfCase())};
    });
}

void ReadingPage::showWhoFromFiles()
{
    if (images_.study() == nullptr)
        return;
    Study const& first = *images_.study();
    QStringList who{QString::fromStdString(displayName(first.patient.name)), sexWord(first.patient.sex),
                    QString::fromStdString(displayAge(first.patient, first.identity.date))};
    who.removeAll(QString());
    identity_->setText(who.join(' '));
    QStringList words{QString::fromStdString(first.identity.description),
                      QString::fromStdString(first.identity.institution), dateWord(first.identity.date),
                      shownId(first.patient.id)};
    words.removeAll(QString());
    examination_->setText(words.join(" · "));
}

// What is on screen grows in place, and only by its own study's objects: two sites may use the same UIDs.
void ReadingPage::growInPlace()
{
    std::vector<Study> const studies = allStudies();
    for (Viewport* viewport : grid_->viewports()) {
        if (viewport->isEmpty() || viewport->showsPlane())
            continue;
        bool const earlier = prior_.holds(*viewport->stack().entries.front().image);
        for (std::size_t index = 0; index < studies.size(); ++index)
            for (Series const& series : studies[index].series)
                for (Stack const& stack : series.stacks)
                    if ((index >= images_.studies().size()) == earlier &&
                        series.identity.uid.value() == viewport->seriesUid() && viewport->entry() != nullptr &&
                        stack.holds(*viewport->entry()) &&
                        (stack.kind != viewport->stack().kind ||
                         stack.entries.size() != viewport->stack().entries.size() ||
                         stack.geometry != viewport->stack().geometry))
                        viewport->showStack(stack, series.identity);
    }
}

// The first hanging: radiographs side by side, cross sections one large.
void ReadingPage::hang()
{
    Study const* study = images_.study();
    if (study == nullptr || study->series.empty())
        return;
    bool const settled = !images_.isLoading();
    auto const order = hangingOrder(*study, settled);
    settles_ = settles_ || !settled; // what opens while more comes opens with what came first
    if (order.empty())
        return;
    bool const pair = order.size() >= 2 && isRadiograph(order[0]) && isRadiograph(order[1]);
    if (pair)
        grid_->setLayoutKind(ViewportGrid::Layout::Two);
    for (std::size_t index = 0; index < (pair ? 2 : 1); ++index)
        grid_->viewports()[index]->showStack(*order[index].stack, order[index].series->identity);
    // Radiographs may still change from one to two; what only came first may give way to what is read.
    hung_ = settled || pair || (order[0].isMain && !isRadiograph(order[0]));
    refreshWaiting();
    markSeries();
}

QString ReadingPage::noCaseWord(std::size_t viewport) const
{
    return reportInside_ || viewport > 0 ? QString() : say("请在列表里选择检查", "Choose a study in the list");
}

void ReadingPage::refreshWaiting()
{
    bool const nothing = !images_.isLoading() && images_.studies().empty();
    for (std::size_t index = 0; index < grid_->viewports().size(); ++index)
        grid_->viewports()[index]->setWaitingText(
            index == 1 && priorWanted_                   ? priorWaitingWord()
            : files_ == Files::Sought && index == 0      ? say("正在查找文件……", "Looking for files …")
            : !task_ && nothing && files_ == Files::None ? noCaseWord(index)
            : nothing                                    ? say("没有可显示的图像", "No image to show")
            : index > 0 || !images_.isLoading()          ? QString()
                                                         : say("正在接收图像……", "Images are arriving …"));
}

void ReadingPage::showProgress()
{
    int const arrived = images_.arrived(), expected = images_.expected();
    bool const loading = images_.isLoading();
    progress_->setText(loading && expected > 0 ? say("接收 %1/%2", "Loading %1/%2").arg(arrived).arg(expected)
                       : loading               ? say("连接中……", "Connecting …")
                                               : QString());
    double const part = !loading ? 0 : expected > 0 ? static_cast<double>(arrived) / expected : 0.02;
    loadLine_->setPart(part);
}

void ReadingPage::putStack(std::size_t study, std::size_t series, std::size_t stack)
{
    auto const studies = allStudies();
    if (study >= studies.size() || series >= studies[study].series.size() ||
        stack >= studies[study].series[series].stacks.size())
        return;
    Series const& chosen = studies[study].series[series];
    Viewport& viewport = grid_->active();
    viewport.showStack(chosen.stacks[stack], chosen.identity);
    hung_ = true; // the reader's choice stands, whatever else arrives
    settles_ = false;
    if (std::exchange(mprWish_, std::nullopt))
        showProgress(); // of planes of what was shown before
    followPatient();
    markSeries();
    viewport.setFocus();
}

void ReadingPage::stepSeries(int by)
{
    struct Place {
        std::size_t study, series, stack;
    };
    std::vector<Place> places;
    std::ptrdiff_t current = -1;
    auto const studies = allStudies();
    for (std::size_t study = 0; study < studies.size(); ++study)
        for (std::size_t series = 0; series < studies[study].series.size(); ++series)
            for (std::size_t stack = 0; stack < studies[study].series[series].stacks.size(); ++stack) {
                Series const& candidate = studies[study].series[series];
                Viewport const& viewport = grid_->active();
                if (candidate.identity.uid.value() == viewport.seriesUid() && !viewport.isEmpty() &&
                    candidate.stacks[stack].holds(viewport.stack().entries.front()))
                    current = static_cast<std::ptrdiff_t>(places.size());
                places.push_back({study, series, stack});
            }
    std::ptrdiff_t const target = current + by;
    if (target < 0 || target >= static_cast<std::ptrdiff_t>(places.size()))
        return;
    Place const place = places[static_cast<std::size_t>(target)];
    putStack(place.study, place.series, place.stack);
    series_->reveal(place.study, place.series, place.stack);
}

void ReadingPage::markSeries()
{
    std::vector<std::pair<std::string, Stack const*>> shown;
    for (std::size_t index = 0; index < grid_->visibleCount(); ++index)
        shown.emplace_back(grid_->viewports()[index]->seriesUid(), &grid_->viewports()[index]->stack());
    series_->mark(shown);
}

} // namespace qianli::viewer
