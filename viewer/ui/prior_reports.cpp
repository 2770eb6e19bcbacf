#include "viewer/ui/prior_reports.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/study_order.h"
#include "viewer/ui/words.h"

namespace qianli::viewer {

namespace {
constexpr std::size_t mostShown = 5;

QString paragraph(QString const& title, std::string const& text)
{
    return text.empty() ? QString()
                        : QString("<p style='margin:0 0 6px 0'><span style='color:#8B929D'>%1</span><br>%2</p>")
                              .arg(title, QString::fromStdString(text).toHtmlEscaped().replace('\n', "<br>"));
}

// By the day: the gateway tells no hour of them.
StudyOrder orderOf(PriorStudy const& prior, std::string const& studyDate)
{
    return viewer::orderOf({prior.studyDate, {}}, {studyDate, {}});
}
} // namespace

PriorReports::PriorReports(QWidget* parent)
    : QWidget(parent), toggle_(new QToolButton(this)), body_(new QWidget(this)), list_(new QVBoxLayout),
      text_(new QTextEdit(body_))
{
    toggle_->setObjectName("report.priors");
    toggle_->setCheckable(true);
    toggle_->setFocusPolicy(Qt::NoFocus);
    toggle_->setStyleSheet("QToolButton, QToolButton:checked { background: transparent; border: 0; padding: 2px "
                           "0; color: #8B929D; } QToolButton:hover { color: #E8EBF0; }");
    list_->setSpacing(2);
    text_->setObjectName("report.priorText");
    text_->setReadOnly(true);
    text_->setFixedHeight(130);
    auto* body = new QVBoxLayout(body_);
    body->setContentsMargins(0, 2, 0, 0);
    body->setSpacing(4);
    body->addLayout(list_);
    body->addWidget(text_);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(toggle_, 0, Qt::AlignLeft);
    layout->addWidget(body_);
    connect(toggle_, &QToolButton::toggled, body_, &QWidget::setVisible);
    body_->hide();
}

QString priorLine(PriorStudy const& prior)
{
    QStringList words{dateWord(prior.studyDate), QString::fromStdString(prior.modality).replace('\\', '/'),
                      bodyPartWord(prior.bodyPart)};
    if (!prior.sameSite)
        words << "· " + QString::fromStdString(prior.siteName);
    words.removeAll(QString());
    return words.join(' ');
}

QString priorLine(PriorStudy const& prior, std::string const& studyDate)
{
    StudyOrder const order = orderOf(prior, studyDate);
    return (order == StudyOrder::Later     ? say("之后  ", "Later  ")
            : order == StudyOrder::SameDay ? say("同日  ", "Same day  ")
                                           : QString()) +
           priorLine(prior);
}

QString priorsTitle(std::vector<PriorStudy> const& priors, std::string const& studyDate)
{
    auto const count = [&](StudyOrder order) {
        return std::count_if(priors.begin(), priors.end(),
                             [&](auto const& prior) { return orderOf(prior, studyDate) == order; });
    };
    auto const sameDay = count(StudyOrder::SameDay), later = count(StudyOrder::Later);
    auto const earlier = static_cast<std::ptrdiff_t>(priors.size()) - sameDay - later;
    if (priors.empty())
        return say("无既往检查", "No earlier studies");
    QStringList words;
    if (earlier > 0)
        words << say("既往检查 %1", "Earlier studies %1").arg(earlier);
    if (sameDay > 0)
        words << (words.isEmpty() ? say("同日另有检查 %1", "Others of the same day %1") : say("同日 %1", "same day %1"))
                     .arg(sameDay);
    if (later > 0)
        words << (words.isEmpty() ? say("之后的检查 %1", "Later studies %1") : say("之后 %1", "later %1")).arg(later);
    return words.join(say("，", ", "));
}

void PriorReports::clear()
{
    show(std::vector<PriorStudy>(), {});
    toggle_->setChecked(false);
}

void PriorReports::show(Result<std::vector<PriorStudy>> const& priors, std::string const& studyDate)
{
    while (QLayoutItem* item = list_->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    text_->clear();
    priors_ = priors ? *priors : std::vector<PriorStudy>();
    bool const any = !priors_.empty();
    toggle_->setText(!priors ? say("既往检查：读取失败", "Earlier studies: not available")
                             : priorsTitle(priors_, studyDate) + (any ? "  ▾" : ""));
    toggle_->setEnabled(any);
    for (std::size_t index = 0; index < std::min(priors_.size(), mostShown); ++index) {
        PriorStudy const& prior = priors_[index];
        auto* button = new QToolButton(body_);
        button->setObjectName(QString("report.prior.%1").arg(index));
        button->setFocusPolicy(Qt::NoFocus);
        button->setText(priorLine(prior, studyDate) +
                        (prior.report ? QString() : say("  （无报告）", "  (no report)")));
        list_->addWidget(button);
        connect(button, &QToolButton::clicked, this, [this, index] { choose(index); });
    }
    if (!any)
        return;
    auto const withReport =
        std::find_if(priors_.begin(), priors_.end(), [](auto const& prior) { return prior.report.has_value(); });
    choose(withReport == priors_.end() ? 0 : static_cast<std::size_t>(withReport - priors_.begin()));
    toggle_->setChecked(withReport != priors_.end());
}

void PriorReports::choose(std::size_t index)
{
    PriorStudy const& prior = priors_[index];
    QString html =
        QString("<p style='margin:0 0 6px 0'>%1 %2 %3 · %4</p>")
            .arg(dateWord(prior.studyDate), QString::fromStdString(prior.modality).toHtmlEscaped(),
                 bodyPartWord(prior.bodyPart).toHtmlEscaped(), QString::fromStdString(prior.siteName).toHtmlEscaped());
    if (prior.report) {
        html += paragraph(say("检查所见", "Findings"), prior.report->text.findings);
        html += paragraph(say("影像诊断", "Impression"), prior.report->text.impression);
        html += paragraph(say("建议", "Recommendation"), prior.report->text.recommendation);
        html += paragraph(say("报告医师", "Radiologist"), prior.report->author);
    } else {
        html += say("这次检查没有已发布的报告。", "This study has no issued report.");
    }
    text_->setHtml(html);
}

} // namespace qianli::viewer
