#include "viewer/ui/report_panel.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/report_edit.h"
#include "viewer/ui/words.h"

#include <QStyle>

namespace qianli::viewer {

namespace {
QLabel* section(QString const& text, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setProperty("role", "section");
    return label;
}

QPlainTextEdit* field(char const* name, int minimumHeight, QWidget* parent)
{
    auto* edit = new ReportEdit(parent);
    edit->setObjectName(name);
    edit->setTabChangesFocus(true);
    edit->setMinimumHeight(minimumHeight);
    QFont font = edit->font();
    font.setPixelSize(14);
    edit->setFont(font);
    return edit;
}

void setRole(QWidget* widget, char const* role)
{
    widget->setProperty("role", role);
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
}
} // namespace

ReportPanel::ReportPanel(QWidget* parent)
    : QFrame(parent), desk_(new ReportDesk(this)), identity_(new QLabel(this)), examination_(new QLabel(this)),
      draftState_(new QLabel(this)), footMessage_(new QLabel(this)), keyTitle_(section({}, this)),
      readOnly_(new QLabel(this)), findings_(field("report.findings", 96, this)),
      impression_(field("report.impression", 64, this)), recommendation_(field("report.recommendation", 42, this))
{
    setObjectName("report");
    setProperty("role", "panel");
    setMinimumWidth(300);
    identity_->setObjectName("report.identity");
    setRole(identity_, "title");
    setRole(examination_, "quiet");
    examination_->setWordWrap(true);
    draftState_->setObjectName("report.saved");
    footMessage_->setObjectName("report.message");
    footMessage_->setWordWrap(true);
    footMessage_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    readOnly_->setObjectName("report.state");
    readOnly_->setWordWrap(true);
    setRole(readOnly_, "warning");
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(14, 10, 14, 12);
    layout->setSpacing(6);
    layout->addWidget(identity_);
    layout->addWidget(examination_);
    layout->addWidget(readOnly_);
    layout->addWidget(buildFields(), 1);
    layout->addWidget(buildPriors());
    layout->addWidget(buildFoot());
    connect(desk_, &ReportDesk::loaded, this, &ReportPanel::showText);
    connect(desk_, &ReportDesk::draftStateChanged, this, &ReportPanel::showDraftState);
    connect(desk_, &ReportDesk::keyImagesChanged, this, &ReportPanel::showKeyImages);
    connect(desk_, &ReportDesk::signingFailed, this, [this](QString const& reason, bool wrongPin) {
        confirm_->setEnabled(true);
        cancel_->setEnabled(true);
        pin_->setEnabled(true);
        applyWritable();
        showFootMessage(reason, "error");
        if (wrongPin) {
            pin_->selectAll();
            pin_->setFocus();
        } else {
            showFoot(SignButton);
        }
    });
    connect(desk_, &ReportDesk::signedAndSent, this, [this] {
        endSigning();
        emit signedAndSent();
    });
}

QWidget* ReportPanel::buildFields()
{
    auto* fields = new QWidget(this);
    auto* layout = new QVBoxLayout(fields);
    layout->setContentsMargins(0, 4, 0, 0);
    layout->setSpacing(4);
    auto add = [&](QString const& title, QPlainTextEdit* edit, int stretch) {
        layout->addWidget(section(title, fields));
        layout->addWidget(edit, stretch);
        layout->addSpacing(3);
        connect(edit, &QPlainTextEdit::textChanged, this, &ReportPanel::textEdited);
    };
    add(say("检查所见", "Findings"), findings_, 5);
    add(say("影像诊断", "Impression"), impression_, 3);
    add(say("建议", "Recommendation"), recommendation_, 1);
    keyRow_ = new QWidget(fields);
    auto* row = new QVBoxLayout(keyRow_);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    row->addWidget(keyTitle_);
    keyImages_ = new QHBoxLayout;
    keyImages_->setSpacing(6);
    keyImages_->addStretch();
    row->addLayout(keyImages_);
    layout->addWidget(keyRow_);
    return fields;
}

QWidget* ReportPanel::buildPriors()
{
    auto* priors = new QWidget(this);
    priorsToggle_ = new QToolButton(priors);
    priorsToggle_->setObjectName("report.priors");
    priorsToggle_->setCheckable(true);
    priorsToggle_->setFocusPolicy(Qt::NoFocus);
    priorsToggle_->setStyleSheet("QToolButton, QToolButton:checked { background: transparent; border: 0; padding: 2px "
                                 "0; color: #8B929D; } QToolButton:hover { color: #E8EBF0; }");
    priorsBody_ = new QWidget(priors);
    priorsList_ = new QVBoxLayout;
    priorsList_->setSpacing(2);
    priorText_ = new QTextEdit(priorsBody_);
    priorText_->setObjectName("report.priorText");
    priorText_->setReadOnly(true);
    priorText_->setFixedHeight(130);
    auto* body = new QVBoxLayout(priorsBody_);
    body->setContentsMargins(0, 2, 0, 0);
    body->setSpacing(4);
    body->addLayout(priorsList_);
    body->addWidget(priorText_);
    auto* layout = new QVBoxLayout(priors);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(priorsToggle_, 0, Qt::AlignLeft);
    layout->addWidget(priorsBody_);
    connect(priorsToggle_, &QToolButton::toggled, priorsBody_, &QWidget::setVisible);
    priorsBody_->hide();
    return priors;
}

QWidget* ReportPanel::buildFoot()
{
    auto* foot = new QWidget(this);
    auto* first = new QWidget(foot);
    sign_ = new QPushButton(say("签发  Ctrl+Enter", "Sign  Ctrl+Enter"), first);
    sign_->setObjectName("report.sign");
    sign_->setProperty("role", "primary");
    auto* row = new QHBoxLayout(first);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(draftState_, 1);
    row->addWidget(sign_);
    auto* second = new QWidget(foot);
    pin_ = new QLineEdit(second);
    pin_->setObjectName("report.pin");
    pin_->setEchoMode(QLineEdit::Password);
    pin_->setPlaceholderText(say("签名口令 (PIN)", "PIN"));
    confirm_ = new QPushButton(say("确认签发", "Sign now"), second);
    confirm_->setObjectName("report.confirm");
    confirm_->setProperty("role", "primary");
    cancel_ = new QPushButton(say("取消", "Cancel"), second);
    cancel_->setObjectName("report.cancel");
    auto* pinRow = new QHBoxLayout(second);
    pinRow->setContentsMargins(0, 0, 0, 0);
    pinRow->addWidget(pin_, 1);
    pinRow->addWidget(confirm_);
    pinRow->addWidget(cancel_);
    pinSetup_ = new PinSetup("report.pinSetup", foot);
    // Only the page in use takes space: the fields above get the rest.
    footPages_ = {first, second, pinSetup_};
    auto* layout = new QVBoxLayout(foot);
    layout->setContentsMargins(0, 6, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(footMessage_);
    for (QWidget* page : footPages_)
        layout->addWidget(page);
    showFoot(SignButton);
    connect(sign_, &QPushButton::clicked, this, &ReportPanel::beginSigning);
    connect(confirm_, &QPushButton::clicked, this, &ReportPanel::confirmSigning);
    connect(pin_, &QLineEdit::returnPressed, this, &ReportPanel::confirmSigning);
    connect(cancel_, &QPushButton::clicked, this, &ReportPanel::endSigning);
    connect(pinSetup_, &PinSetup::done, this, [this] {
        showFoot(SignButton);
        beginSigning();
    });
    return foot;
}

void ReportPanel::showFoot(FootPage page)
{
    footPage_ = page;
    for (std::size_t index = 0; index < footPages_.size(); ++index)
        footPages_[index]->setVisible(index == static_cast<std::size_t>(page));
}

void ReportPanel::setImages(std::function<ReportDesk::ImagesRead()> read, std::function<QString()> incomplete)
{
    read_ = std::move(read);
    incomplete_ = std::move(incomplete);
}

void ReportPanel::open(std::shared_ptr<Workplace> workplace, model::ReadingTask const& task)
{
    workplace_ = workplace;
    showText({});
    endSigning();
    desk_->open(std::move(workplace), task);
    setTask(task);
    showPriors(std::vector<PriorStudy>());
    priorsToggle_->setChecked(false);
    workplace_->gateway().priors(this, task.id, [this, id = task.id](Result<std::vector<PriorStudy>> priors) {
        if (desk_->isOpen() && desk_->task().id == id)
            showPriors(priors);
    });
}

void ReportPanel::close()
{
    desk_->close();
    workplace_.reset();
    endSigning();
    showText({});
}

void ReportPanel::setTask(model::ReadingTask const& task)
{
    desk_->setTask(task);
    identity_->setText(identityLine(task));
    examination_->setText(examination(task) +
                          (task.siteName.empty() ? QString() : " · " + QString::fromStdString(task.siteName)));
    applyWritable();
}

void ReportPanel::applyWritable()
{
    bool const writable = desk_->isWritable();
    for (QPlainTextEdit* edit : {findings_, impression_, recommendation_})
        edit->setReadOnly(!writable || desk_->isSigning()); // what is being signed stays as it is
    sign_->setEnabled(writable && !desk_->isSigning());
    QString why;
    auto const& task = desk_->task();
    if (!writable && workplace_) {
        if (workplace_->outbox().holds(task.id))
            why = say("已签名，在发件箱等待网关确认。", "Signed; waits in the outbox for the gateway.");
        else if (isOver(task.state))
            why = stateWord(task.state);
        else if (!task.claimedBy.empty() && task.claimedBy != workplace_->session().user.name)
            why = say("%1 正在书写，只能阅读。", "%1 is writing; read only.")
                      .arg(QString::fromStdString(task.claimedByName));
        else
            why = say("尚未领取，只能阅读。", "Not claimed; read only.");
    }
    readOnly_->setText(why);
    readOnly_->setVisible(!why.isEmpty());
}

void ReportPanel::showText(model::ReportText const& text)
{
    showing_ = true;
    findings_->setPlainText(QString::fromStdString(text.findings));
    impression_->setPlainText(QString::fromStdString(text.impression));
    recommendation_->setPlainText(QString::fromStdString(text.recommendation));
    findings_->moveCursor(QTextCursor::End);
    showing_ = false;
    applyWritable();
}

void ReportPanel::textEdited()
{
    if (showing_)
        return;
    if (footPage_ == PinEntry && !desk_->isSigning())
        endSigning(); // what is signed is what was there when signing began
    desk_->setText({findings_->toPlainText().toStdString(), impression_->toPlainText().toStdString(),
                    recommendation_->toPlainText().toStdString()});
}

void ReportPanel::showDraftState(DraftState state, QString const& detail)
{
    switch (state) {
    case DraftState::Empty:
        setRole(draftState_, "quiet");
        draftState_->clear();
        break;
    case DraftState::Unsaved:
        setRole(draftState_, "quiet");
        draftState_->setText(say("已存本机 …", "Kept here …"));
        break;
    case DraftState::LocalOnly:
        setRole(draftState_, "warning");
        draftState_->setText(say("△ 只存本机", "△ Only kept here"));
        break;
    case DraftState::Saved:
        setRole(draftState_, "quiet");
        draftState_->setText(say("暂存 ✓ ", "Saved ✓ ") + detail);
        break;
    }
    draftState_->setToolTip(detail);
    if (state == DraftState::LocalOnly && !detail.isEmpty())
        showFootMessage(detail, "warning");
    else if (state == DraftState::Saved && footMessage_->property("role") == "warning")
        showFootMessage({}, "quiet");
}

void ReportPanel::showFootMessage(QString const& text, char const* role)
{
    setRole(footMessage_, role);
    footMessage_->setText(text);
    footMessage_->setVisible(!text.isEmpty());
}

void ReportPanel::showKeyImages()
{
    while (keyImages_->count() > 1) {
        QLayoutItem* item = keyImages_->takeAt(0);
        item->widget()->hide();
        item->widget()->deleteLater(); // it may be the one that was clicked
        delete item;
    }
    auto const& images = desk_->keyImages();
    keyTitle_->setText(images.empty()
                           ? say("关键图：在图像上按 K 标记", "Key images: press K on a picture")
                           : say("关键图 %1/%2", "Key images %1/%2").arg(images.size()).arg(maximumKeyImages));
    for (std::size_t index = 0; index < images.size(); ++index) {
        auto* key = new QToolButton(keyRow_);
        key->setObjectName(QString("report.key.%1").arg(index));
        key->setFixedSize(56, 56);
        key->setIconSize({54, 54});
        key->setFocusPolicy(Qt::NoFocus);
        key->setStyleSheet("QToolButton { background: #000; border: 1px solid #2A2E34; padding: 0; }");
        if (!images[index].picture.isNull())
            key->setIcon(QPixmap::fromImage(
                images[index].picture.scaled(54, 54, Qt::KeepAspectRatio, Qt::SmoothTransformation)));
        key->setToolTip(QString::fromStdString(images[index].caption) + "\n" +
                        say("点击取消标记", "Click to take the mark away"));
        connect(key, &QToolButton::clicked, this, [this, index] {
            if (desk_->isWritable() && !desk_->isSigning() && index < desk_->keyImages().size())
                (void)desk_->toggleKeyImage(MarkedImage(desk_->keyImages()[index]));
        });
        keyImages_->insertWidget(static_cast<int>(index), key);
    }
}

void ReportPanel::showPriors(Result<std::vector<PriorStudy>> const& priors)
{
    while (QLayoutItem* item = priorsList_->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    priorText_->clear();
    priors_ = priors ? *priors : std::vector<PriorStudy>();
    bool const any = !priors_.empty();
    priorsToggle_->setText(!priors ? say("既往检查：读取失败", "Earlier studies: not available")
                           : any   ? say("既往检查 %1  ▾", "Earlier studies %1  ▾").arg(priors_.size())
                                   : say("无既往检查", "No earlier studies"));
    priorsToggle_->setEnabled(any);
    std::size_t shown = 0;
    for (std::size_t index = 0; index < priors_.size() && shown < 5; ++index, ++shown) {
        PriorStudy const& prior = priors_[index];
        auto* button = new QToolButton(priorsBody_);
        button->setObjectName(QString("report.prior.%1").arg(index));
        button->setFocusPolicy(Qt::NoFocus);
        button->setText(QString("%1  %2 %3%4")
                            .arg(dateWord(prior.studyDate), QString::fromStdString(prior.modality),
                                 bodyPartWord(prior.bodyPart),
                                 prior.report ? QString() : say("  （无报告）", "  (no report)")));
        priorsList_->addWidget(button);
        connect(button, &QToolButton::clicked, this, [this, index] { choosePrior(index); });
    }
    if (any) {
        auto const withReport =
            std::find_if(priors_.begin(), priors_.end(), [](auto const& prior) { return prior.report.has_value(); });
        choosePrior(withReport == priors_.end() ? 0 : static_cast<std::size_t>(withReport - priors_.begin()));
        priorsToggle_->setChecked(withReport != priors_.end());
    }
}

void ReportPanel::choosePrior(std::size_t index)
{
    PriorStudy const& prior = priors_[index];
    auto paragraph = [](QString const& title, std::string const& text) {
        return text.empty() ? QString()
                            : QString("<p style='margin:0 0 6px 0'><span style='color:#8B929D'>%1</span><br>%2</p>")
                                  .arg(title, QString::fromStdString(text).toHtmlEscaped().replace('\n', "<br>"));
    };
    QString html = paragraph({}, "");
    html +=
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
    priorText_->setHtml(html);
}

void ReportPanel::focusFindings()
{
    findings_->setFocus();
}

// Nothing is signed by accident: first the checks, then the PIN, in place.
void ReportPanel::beginSigning()
{
    if (!desk_->isOpen() || !desk_->isWritable() || desk_->isSigning())
        return;
    if (footPage_ == PinEntry)
        return confirmSigning();
    if (!workplace_->keys().hasKey()) {
        showFoot(KeySetup);
        pinSetup_->start(workplace_->keys());
        return showFootMessage(say("签发前先设定签名口令。", "Set up your signing PIN first."), "warning");
    }
    if (auto const checked = desk_->prepare(read_()); !checked)
        return showFootMessage(sentence(checked.error()), "error");
    showFoot(PinEntry);
    QString const missing = incomplete_();
    showFootMessage(say("将以 %1 的名义签发，发布后机构可见。", "You sign as %1; the site sees it once issued.")
                            .arg(QString::fromStdString(workplace_->session().user.displayName)) +
                        (missing.isEmpty() ? QString() : "\n" + missing),
                    missing.isEmpty() ? "quiet" : "warning");
    pin_->clear();
    pin_->setEnabled(true);
    confirm_->setEnabled(true);
    pin_->setFocus();
}

void ReportPanel::confirmSigning()
{
    if (pin_->text().isEmpty() || !confirm_->isEnabled())
        return;
    confirm_->setEnabled(false);
    pin_->setEnabled(false);
    cancel_->setEnabled(false); // from here on only an answer ends it
    showFootMessage(say("正在签名……", "Signing …"), "quiet");
    desk_->sign(pin_->text(), read_());
    applyWritable();
}

void ReportPanel::endSigning()
{
    pin_->clear();
    pin_->setEnabled(true);
    confirm_->setEnabled(true);
    cancel_->setEnabled(true);
    showFoot(SignButton);
    showFootMessage({}, "quiet");
}

} // namespace qianli::viewer
