// What ReadingPage says of its case besides the images: who it is, what is odd about it, whether all of it is here.
#include "viewer/ui/reading_page.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/outgoing.h"
#include "viewer/ui/stack_notice.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/words.h"

namespace qianli::viewer {

namespace {
// Of files, which no gateway has looked at: as their own bytes were read.
std::vector<StudyMark> marksOf(std::vector<Study> const& studies)
{
    std::optional<TextReading> corrected, uncertain;
    for (Study const& study : studies)
        for (Series const& series : study.series)
            for (Stack const& stack : series.stacks)
                for (StackEntry const& entry : stack.entries) {
                    TextReading const& text = entry.image->text;
                    if (!text.certain && !uncertain)
                        uncertain = text;
                    else if (text.corrected && !corrected)
                        corrected = text;
                }
    auto const said = [](TextReading const& text) {
        QString const declared = QString::fromStdString(text.declared);
        return charsetWords(text.rule, declared.isEmpty() ? say("（没有声明）", "(nothing)") : declared,
                            QString::fromStdString(text.used));
    };
    if (uncertain)
        return {charsetMark(false, said(*uncertain))};
    return corrected ? std::vector{charsetMark(true, said(*corrected))} : std::vector<StudyMark>();
}

QString nextWords(model::ReadingTask const& next)
{
    QStringList words{patientName(next), QString::fromStdString(next.modalities).replace('\\', '/'),
                      dateWord(next.studyDate).mid(5)};
    words.removeAll(QString());
    return words.join(' ');
}
} // namespace

void ReadingPage::taskChanged(model::ReadingTask const& task)
{
    if (!task_)
        return;
    if (task_->id != task.id) {
        if (isRelated(*task_, task)) {
            std::erase_if(related_, [&task](auto const& other) { return other.id == task.id; });
            related_.push_back(task);
            refreshIdentityBand();
        }
        return;
    }
    task_ = task;
    identity_->setText(identityLine(task));
    for (Viewport* viewport : grid_->viewports())
        refreshMarks(viewport);
    QStringList words{examination(task), QString::fromStdString(task.siteName),
                      (dateWord(task.studyDate) + " " + timeWord(task.studyTime)).trimmed(), shownId(task.patientId)};
    words.removeAll(QString());
    examination_->setText(words.join(" · "));
    refreshState();
    report_->setTask(task);
    refreshCase();
}

void ReadingPage::refreshState()
{
    auto const entry = workplace_ ? workplace_->outbox().entryOf(task_->id) : std::nullopt;
    auto const outgoing = entry ? std::optional(entry->state) : std::nullopt;
    state_->setText(taskStateLine(*task_, workplace_ ? workplace_->session().user.name : std::string(), outgoing));
    state_->setStyleSheet("color: " + stateColour(shownState(*task_, outgoing)).name() + ";");
    state_->show();
}

void ReadingPage::setNext(std::optional<model::ReadingTask> const& next)
{
    nextTask_ = next;
    fetchAhead();
    next_->setVisible(next.has_value());
    if (next) // two studies of one person are told apart by what they are
        next_->setText(say("下一例  %1 ▸", "Next  %1 ▸").arg(nextWords(*next)));
    next_->setToolTip(say("不签发，去下一例  Ctrl+N", "The next case, without signing  Ctrl+N"));
}

void ReadingPage::setOnline(bool online)
{
    bool const isBack = online && !offline_->isHidden();
    if (isBack && !images_.isLoading() && !images_.isComplete())
        fetchMissing(); // nobody has to ask for what did not come
    if (isBack && !prior_.problem().isEmpty())
        prior_.fetchMissing();
    offline_->setVisible(!online && task_.has_value());
}

void ReadingPage::fetchAhead()
{
    bool const isBusy = !task_ || images_.isLoading() || prior_.isLoading();
    if (!workplace_ || isBusy || !nextTask_)
        return;
    WantedStudy const wanted = wantedStudy(*nextTask_);
    if (ahead_ && ahead_->isOf(wanted))
        return;
    ahead_ = std::make_unique<StudyImages>();
    ahead_->fetch(workplace_->session(), wanted);
}

void ReadingPage::refreshCase()
{
    std::vector<StudyMark> marks;
    if (task_)
        marks = viewer::marksOf(*task_);
    for (StudyMark const& read : marksOf(images_.studies())) // which set was declared only the objects know
        if (auto const same = std::find_if(marks.begin(), marks.end(),
                                           [&read](StudyMark const& mark) { return mark.badge == read.badge; });
            same != marks.end())
            same->meaning = read.meaning;
        else if (!task_)
            marks.push_back(read);
    std::erase_if(marks, [](StudyMark const& mark) { return mark.tone == MarkTone::Danger; }); // the band says it
    refreshBadges(marks);
    refreshIdentityBand();
    refreshCompleteness();
}

void ReadingPage::refreshBadges(std::vector<StudyMark> const& marks)
{
    while (QLayoutItem* item = badges_->layout()->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (StudyMark const& mark : marks) {
        QLabel* badge = newBadge(mark, badges_);
        badges_->layout()->addWidget(badge);
        badge->show(); // now, not when the layout comes to it
    }
    badges_->setVisible(!marks.empty());
}

void ReadingPage::refreshIdentityBand()
{
    QStringList words;
    if (images_.study() != nullptr && images_.study()->patientsDiffer)
        words << say("这个检查里有两位患者的图像。请停止阅片并与基层核对。",
                     "This study holds images of two patients. Stop reading and check with the site.");
    if (task_)
        words << identityConflictWords(*task_, related_);
    words.removeAll(QString());
    identityBand_->show(words.join('\n'));
    report_->setIdentityConflict(identityBand_->words());
}

int ReadingPage::lateImages() const
{
    return task_ && !isOver(task_->state) ? std::max(0, task_->instances - known_) : 0;
}

void ReadingPage::refreshCompleteness()
{
    if (!task_)
        return;
    int const late = lateImages();
    QString words = incompleteWords(*task_);
    if (words.isEmpty())
        words = openedIncomplete_;
    bool const offer = late > 0 && !images_.isLoading();
    if (late > 0)
        words = say("打开以后又到了 %1 幅图像。", "%1 more images came since you opened it. ").arg(late) + words;
    // Said once: what was dismissed stays so until there is something else to say.
    if (std::exchange(saidMissing_, words + (offer ? "+" : "")) == saidMissing_)
        return;
    if (words.isEmpty())
        return completeness_->dismiss();
    completeness_->show(NoticeBar::Weight::Warning, words, offer ? say("取来这些图像", "Fetch them") : QString(),
                        [this] { fetchMissing(); });
}

void ReadingPage::fetchMissing()
{
    if (!workplace_ || !task_ || images_.isLoading())
        return;
    known_ = task_->instances;
    if (incompleteWords(*task_).isEmpty())
        openedIncomplete_.clear(); // by now it is whole
    if (WantedStudy const wanted = wantedStudy(*task_); images_.isOf(wanted)) {
        images_.fetchMissing();
    } else {
        // The task means somebody by other words than when it was opened: nothing of before may stay on the screen.
        clearPictures();
        stackNotice_->forget();
        images_.fetch(workplace_->session(), wanted);
    }
    refreshCase();
}

} // namespace qianli::viewer
