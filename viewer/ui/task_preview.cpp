#include "viewer/ui/task_preview.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/outgoing.h"
#include "viewer/ui/prior_reports.h"
#include "viewer/ui/study_marks.h"
#include "viewer/ui/words.h"

#include <QGridLayout>
#include <QScrollArea>

namespace qianli::viewer {

namespace {
constexpr int valueCount = 9;

// What stands here comes from the wire, and is no markup.
QLabel* plain(QString const& text = {}, QWidget* parent = nullptr)
{
    auto* label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    return label;
}

QLabel* quiet(QString const& text, QWidget* parent)
{
    auto* label = plain(text, parent);
    label->setProperty("role", "quiet");
    return label;
}

QString strange(model::ReadingTask const& task)
{
    QStringList lines{incompleteWords(task)};
    lines.removeAll(QString());
    if (!task.deliveryNote.empty())
        lines << QString::fromStdString(task.deliveryNote);
    return lines.join('\n');
}
} // namespace

TaskPreview::TaskPreview(GatewayClient& gateway, QWidget* parent)
    : QFrame(parent), gateway_(gateway), name_(plain()), urgency_(new QLabel(urgencyWord())), examination_(plain()),
      warning_(plain()), priorsTitle_(quiet({}, nullptr)), linked_(quiet({}, nullptr)),
      empty_(quiet(say("选中一行，这里显示检查详情。", "Select a row to see its details here."), this)),
      content_(new QWidget(this)), open_(new QPushButton(say("打开  Enter", "Open  Enter"))),
      release_(new QPushButton(say("退回列表", "Give back")))
{
    setProperty("role", "panel");
    setObjectName("preview");
    name_->setObjectName("preview.name");
    name_->setStyleSheet("color: #E8EBF0; font-size: 20px; font-weight: bold;");
    urgency_->setObjectName("preview.urgency");
    urgency_->setProperty("role", "urgent");
    examination_->setProperty("role", "strong");
    examination_->setWordWrap(true);
    warning_->setProperty("role", "warning");
    warning_->setWordWrap(true);
    open_->setProperty("role", "primary");
    open_->setObjectName("preview.open");
    release_->setObjectName("preview.release");
    open_->setFocusPolicy(Qt::NoFocus);
    release_->setFocusPolicy(Qt::NoFocus);
    linked_->setWordWrap(true);
    linked_->setObjectName("preview.linked");
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(14);
    grid->setVerticalSpacing(7);
    grid->setColumnStretch(1, 1);
    QString const keys[] = {say("患者编号", "Patient ID"), say("出生日期", "Born"),     say("检查号", "Accession"),
                            say("医疗机构", "Site"),       say("检查时间", "Examined"), say("到达", "Arrived"),
                            say("图像", "Images"),         say("状态", "State"),        say("签发", "Issued")};
    for (int row = 0; row < valueCount; ++row) {
        values_[row] = plain();
        values_[row]->setTextInteractionFlags(Qt::TextSelectableByMouse);
        values_[row]->setWordWrap(true);
        grid->addWidget(quiet(keys[row], nullptr), row, 0, Qt::AlignTop);
        grid->addWidget(values_[row], row, 1);
    }
    marks_ = new QVBoxLayout;
    marks_->setSpacing(8);
    priors_ = new QVBoxLayout;
    priors_->setSpacing(6);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(open_, 1);
    buttons->addWidget(release_);
    auto* told = new QWidget;
    auto* column = new QVBoxLayout(told);
    column->setContentsMargins(20, 18, 20, 10);
    column->setSpacing(10);
    column->addWidget(name_);
    column->addWidget(examination_);
    column->addWidget(urgency_, 0, Qt::AlignLeft);
    column->addWidget(warning_);
    column->addLayout(marks_);
    column->addSpacing(4);
    column->addLayout(grid);
    column->addSpacing(8);
    column->addWidget(priorsTitle_);
    column->addWidget(linked_);
    column->addLayout(priors_);
    column->addStretch();
    auto* scroll = new QScrollArea; // many marks and priors on a small screen: the buttons stay
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(told);
    buttons->setContentsMargins(20, 8, 20, 18);
    auto* whole = new QVBoxLayout(content_);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    whole->addWidget(scroll, 1);
    whole->addLayout(buttons);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(content_);
    layout->addWidget(empty_, 0, Qt::AlignCenter);
    connect(open_, &QPushButton::clicked, this, &TaskPreview::openAsked);
    connect(release_, &QPushButton::clicked, this, &TaskPreview::releaseAsked);
    delay_.setSingleShot(true);
    delay_.setInterval(250); // scrolling through the list asks for nothing
    connect(&delay_, &QTimer::timeout, this, &TaskPreview::askPriors);
    clear();
}

void TaskPreview::clear()
{
    task_.reset();
    content_->hide();
    empty_->show();
}

void TaskPreview::show(model::ReadingTask const& task, std::string const& me,
                       std::vector<model::ReadingTask> const& known, std::optional<OutboxEntry::State> outgoing)
{
    bool const same = task_ && task_->id == task.id;
    task_ = task;
    TimePoint const now = SystemClock().now();
    name_->setText(identityLine(task));
    urgency_->setVisible(isPressing(task));
    examination_->setText(examination(task));
    warning_->setText(strange(task));
    warning_->setVisible(!warning_->text().isEmpty());
    showMarks(known);
    QString const sites = QString::fromStdString(task.linkedSites).replace('\\', say("、", ", "));
    linked_->setText(say("同一人也在%1检查过", "The same person is known at %1").arg(sites));
    linked_->setVisible(!sites.isEmpty());
    QString const texts[] = {
        shownId(task.patientId),
        dateWord(task.birthDate),
        QString::fromStdString(task.accessionNumber),
        QString::fromStdString(task.siteName),
        (dateWord(task.studyDate) + " " + timeWord(task.studyTime)).trimmed(),
        clockWord(task.receivedAt, now) +
            (isOver(task.state) ? QString() : "   " + say("已等待 ", "waiting ") + waitingWord(task.receivedAt, now)),
        say("%1 个序列 · %2 幅", "%1 series · %2 images").arg(task.series).arg(task.instances),
        taskStateLine(task, me, outgoing),
        task.issuedAt ? clockWord(*task.issuedAt, now) : QString()};
    for (int row = 0; row < valueCount; ++row)
        values_[row]->setText(texts[row].isEmpty() ? QString("—") : texts[row]);
    // What is signed can't be issued for a study that was given back.
    release_->setVisible(task.claimedBy == me && isUnderway(task.state) && !outgoing);
    empty_->hide();
    content_->show();
    if (!same) {
        showPriors({});
        priorsTitle_->setText(say("既往检查", "Earlier studies"));
        delay_.start();
    }
}

void TaskPreview::showMarks(std::vector<model::ReadingTask> const& known)
{
    while (QLayoutItem* item = marks_->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (StudyMark const& mark : marksOf(*task_)) {
        auto* line = new QWidget;
        auto* column = new QVBoxLayout(line);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(3);
        column->addWidget(newBadge(mark, line), 0, Qt::AlignLeft);
        bool const danger = mark.tone == MarkTone::Danger;
        auto* words = quiet(danger ? identityConflictWords(*task_, known) : mark.meaning, line);
        if (danger)
            words->setProperty("role", "strong");
        words->setWordWrap(true);
        column->addWidget(words);
        marks_->addWidget(line);
    }
}

void TaskPreview::askPriors()
{
    if (!task_ || !gateway_.isSignedIn())
        return;
    gateway_.priors(this, task_->id, [this, id = task_->id](Result<std::vector<PriorStudy>> priors) {
        if (!task_ || task_->id != id)
            return;
        if (!priors)
            return priorsTitle_->setText(say("既往检查：读取失败", "Earlier studies: not available"));
        priorsTitle_->setText(viewer::priorsTitle(*priors, task_->studyDate));
        showPriors(*priors);
    });
}

void TaskPreview::showPriors(std::vector<PriorStudy> const& priors)
{
    while (QLayoutItem* item = priors_->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    std::size_t shown = 0;
    for (PriorStudy const& prior : priors) {
        if (++shown > 6)
            break;
        auto* line = plain(priorLine(prior, task_->studyDate));
        line->setWordWrap(true);
        priors_->addWidget(line);
        if (prior.report && !prior.report->text.impression.empty()) {
            QString text = QString::fromStdString(prior.report->text.impression).simplified();
            if (text.size() > 80)
                text = text.left(80) + "…";
            auto* impression = quiet(text, nullptr);
            impression->setWordWrap(true);
            priors_->addWidget(impression);
        }
    }
}

} // namespace qianli::viewer
