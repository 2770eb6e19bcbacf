// ReadingPage's earlier studies: beside the case in the second viewport, and named as what they are.
#include "viewer/ui/reading_page.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/words.h"

#include <QMenu>

namespace qianli::viewer {

namespace {
constexpr std::size_t priorPlace = 1; // the second viewport
constexpr std::size_t mostInMenu = 12;

QString bandWords(QString const& order, QStringList words)
{
    words.removeAll(QString());
    return order + "  " + words.join(" · ");
}
} // namespace

StudyMoment ReadingPage::momentOfCase() const
{
    if (task_)
        return {task_->studyDate, task_->studyTime};
    Study const* study = images_.study();
    return study == nullptr ? StudyMoment() : StudyMoment{study->identity.date, study->identity.time};
}

bool ReadingPage::isOfOtherStudy(ImageAttributes const& image) const
{
    if (prior_.holds(image) || (task_ && image.study.uid.value() != task_->studyUid))
        return true;
    // Of files: another, older study than the first of them.
    Study const* study = images_.study();
    return !task_ && study != nullptr && image.study.uid != study->identity.uid &&
           image.study.date <= study->identity.date;
}

ViewportBand ReadingPage::bandOf(ImageAttributes const& image) const
{
    PatientIdentity const* patient = patientOfCase();
    PriorStudy const* prior = prior_.holds(image) ? prior_.chosen() : nullptr;
    // Under another ID at another site, but whom the gateway has found to be the same person.
    bool const linked =
        prior != nullptr && image.patient.id == prior->patientId && image.patient.name == prior->patientName;
    bool const isOther = patient != nullptr ? !isSamePatient(image.patient, *patient)
                         : task_            ? image.patient.id != task_->patientId ||
                                       displayName(image.patient.name) != displayName(task_->patientName)
                                 : false; // without a picture of the case there is still its name
    if (!linked && isOther)
        return {ViewportBand::Kind::OtherPatient, say("▲ 不是本例患者：", "▲ Not the patient of this case: ") +
                                                      QString::fromStdString(displayName(image.patient.name)) + " " +
                                                      shownId(image.patient.id)};
    if (!isOfOtherStudy(image))
        return {};
    QString const site = QString::fromStdString(prior != nullptr ? prior->siteName : image.study.institution);
    return {ViewportBand::Kind::Prior,
            bandWords(orderWords({image.study.date, image.study.time}, momentOfCase()),
                      {dateWord(image.study.date), QString::fromStdString(image.series.modality), site})};
}

KnownOfCase ReadingPage::knownOf(Viewport const& viewport) const
{
    KnownOfCase known;
    StackEntry const* entry = viewport.entry();
    if (entry != nullptr && prior_.holds(*entry->image) && prior_.chosen() != nullptr)
        known.site = QString::fromStdString(prior_.chosen()->siteName);
    else if (task_)
        // Of somebody else's picture in this study the gateway knows where it came from, not how old they are.
        known = {QString::fromStdString(task_->siteName),
                 viewport.band().kind == ViewportBand::Kind::OtherPatient ? QString() : patientAge(*task_)};
    known.link = link_->wordsFor(viewport);
    return known;
}

void ReadingPage::priorsArrived(std::vector<PriorStudy> priors)
{
    prior_.setPriors(std::move(priors));
    refreshPriorMenu();
}

void ReadingPage::priorChanged()
{
    fetchAhead();
    showSeries();
    growInPlace();
    if (priorWanted_)
        hangPrior();
    // Only who looks at it is told, and it takes no other answer's place.
    if (priorWanted_ && !prior_.problem().isEmpty() && !prior_.studies().empty() && !notices_->isAnswering())
        notices_->show(NoticeBar::Weight::Warning,
                       say("既往图像没有收全：", "Not all images of the earlier study are here: ") + prior_.problem());
    refreshWaiting();
    for (Viewport* viewport : grid_->viewports())
        refreshMarks(viewport);
    markSeries();
}

void ReadingPage::togglePrior()
{
    if (beforeMpr_)
        toggleMpr(); // the planes take all four places
    if (!priorWanted_)
        return showPrior();
    priorWanted_ = false;
    priorButton_->setChecked(false);
    Viewport& place = *grid_->viewports()[priorPlace];
    place.clear();
    if (auto const before = std::exchange(beforePrior_, std::nullopt)) {
        grid_->setLayoutKind(before->layout);
        if (!before->stack.empty()) {
            place.showStack(before->stack, before->identity);
            place.setState(before->state);
            growInPlace(); // with what has come since
        }
    }
    refreshWaiting();
    markSeries();
}

void ReadingPage::showPrior()
{
    priorButton_->setChecked(false);
    if (!prior_.chosen() && priorOfFiles() == nullptr)
        return notices_->show(NoticeBar::Weight::Information,
                              say("没有可以打开的既往图像。", "There is no earlier study with images."));
    priorWanted_ = true;
    priorButton_->setChecked(true);
    if (!prior_.problem().isEmpty())
        prior_.fetchMissing();
    Viewport& place = *grid_->viewports()[priorPlace];
    beforePrior_ = BeforePrior{grid_->layoutKind(), {}, {}, place.state()};
    if (StackEntry const* entry = place.entry(); entry != nullptr && !isOfOtherStudy(*entry->image)) {
        beforePrior_->stack = place.stack();
        beforePrior_->identity = entry->image->series;
    }
    if (grid_->layoutKind() == ViewportGrid::Layout::One)
        grid_->setLayoutKind(ViewportGrid::Layout::Two);
    place.clear();
    hangPrior();
    refreshWaiting();
    markSeries();
}

// As soon as there is a picture of it; once.
void ReadingPage::hangPrior()
{
    Viewport& place = *grid_->viewports()[priorPlace];
    Viewport const& beside = *grid_->viewports()[0];
    Study const* study = task_ ? prior_.study() : priorOfFiles();
    if (study == nullptr || beside.isEmpty() || (!place.isEmpty() && isOfOtherStudy(*place.entry()->image)))
        return;
    ComparedStack const found = comparableStack(*study, beside.stack(), beside.entry()->image->series);
    if (found.stack == nullptr)
        return;
    place.showStack(*found.stack, found.series->identity);
    // As far through the body as the case.
    std::size_t const mine = beside.stack().entries.size(), theirs = found.stack->entries.size();
    if (found.stack->kind == StackKind::Slices && mine > 1)
        place.change(
            [&](ToolTarget const& target) { target.state.index = beside.state().index * (theirs - 1) / (mine - 1); });
    markSeries();
}

// Where files of several studies were opened: the newest earlier one of the same patient.
Study const* ReadingPage::priorOfFiles() const
{
    if (task_ || images_.study() == nullptr)
        return nullptr;
    for (Study const& candidate : images_.studies())
        if (&candidate != images_.study() && isSamePatient(candidate.patient, images_.study()->patient) &&
            candidate.identity.date <= images_.study()->identity.date)
            return &candidate;
    return nullptr;
}

void ReadingPage::refreshPriorMenu()
{
    priorButton_->setEnabled(!prior_.order().empty() || priorOfFiles() != nullptr);
    QMenu* menu = priorButton_->menu();
    menu->clear();
    for (std::size_t place = 0; place < std::min(prior_.order().size(), mostInMenu); ++place) {
        std::size_t const index = prior_.order()[place];
        QString line = priorLine(prior_.priors()[index], momentOfCase().date);
        QAction* action = menu->addAction(line.replace('&', "&&"), this, [this, index] {
            if (prior_.index() != index) {
                if (beforeMpr_)
                    toggleMpr();
                mprWish_.reset();
                for (Viewport* viewport : grid_->viewports())
                    if (StackEntry const* entry = viewport->entry(); entry != nullptr && isOfOtherStudy(*entry->image))
                        viewport->clear();
                prior_.choose(index);
            }
            if (!priorWanted_)
                showPrior();
            refreshPriorMenu();
        });
        action->setCheckable(true);
        action->setChecked(prior_.index() == index);
    }
}

QString ReadingPage::priorWaitingWord() const
{
    if (!prior_.hasBegun() && task_)
        return say("既往图像在本例收全以后接收", "The earlier study comes after this case's own images");
    if (!prior_.problem().isEmpty())
        return say("既往图像没有收到：", "The earlier study did not come: ") + prior_.problem();
    if (!prior_.isLoading())
        return say("没有可显示的图像", "No image to show");
    return prior_.expected() > 0 ? say("正在接收既往图像 %1/%2", "The earlier study is arriving, %1 of %2")
                                       .arg(prior_.arrived())
                                       .arg(prior_.expected())
                                 : say("正在接收既往图像……", "The earlier study is arriving …");
}

} // namespace qianli::viewer
