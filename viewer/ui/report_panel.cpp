#include "viewer/ui/report_panel.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/study_marks.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/words.h"

#include <QScrollBar>

namespace qianli::viewer {

namespace {
constexpr int leastWritten = 100; // pixels: the findings and their title
}

ReportPanel::ReportPanel(QWidget* parent)
    : QFrame(parent), desk_(new ReportDesk(this)), identity_(new QLabel(this)),
      conflict_(new QLabel(identityConflictWord(), this)), examination_(new QLabel(this)), readOnly_(new QLabel(this)),
      scroll_(new QScrollArea(this)), fields_(new ReportFields(this)), priors_(new PriorReports(this)),
      foot_(new SigningFoot(this))
{
    setObjectName("report");
    setProperty("role", "panel");
    setMinimumWidth(300);
    identity_->setObjectName("report.identity");
    for (QLabel* fromTheWire : {identity_, examination_})
        fromTheWire->setTextFormat(Qt::PlainText);
    setRole(identity_, "title");
    identity_->setWordWrap(true); // a long name is whole
    conflict_->setObjectName("report.conflict");
    setRole(conflict_, "mark-danger");
    conflict_->hide();
    setRole(examination_, "quiet");
    examination_->setWordWrap(true);
    readOnly_->setObjectName("report.state");
    readOnly_->setWordWrap(true);
    setRole(readOnly_, "warning");
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(14, 10, 14, 12);
    layout->setSpacing(6);
    auto* person = new QHBoxLayout;
    person->addWidget(identity_, 1);
    person->addWidget(conflict_);
    layout->addLayout(person);
    layout->addWidget(examination_);
    layout->addWidget(readOnly_);
    // On a small screen it scrolls; who it is and the signature always stand where they are.
    auto* inside = new QWidget;
    auto* written = new QVBoxLayout(inside);
    written->setContentsMargins(0, 0, 0, 0);
    written->setSpacing(6);
    written->addWidget(fields_, 1);
    written->addWidget(priors_);
    scroll_->setFrameShape(QFrame::NoFrame);
    scroll_->setWidgetResizable(true);
    scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll_->setFocusPolicy(Qt::NoFocus);
    scroll_->setMinimumHeight(leastWritten);
    scroll_->setWidget(inside);
    layout->addWidget(scroll_, 1);
    layout->addWidget(foot_);
    connect(desk_, &ReportDesk::loaded, this, [this](model::ReportText const& text) {
        fields_->show(text);
        applyWritable();
    });
    connect(desk_, &ReportDesk::draftStateChanged, foot_, &SigningFoot::showDraftState);
    connect(desk_, &ReportDesk::keyImagesChanged, this, [this] { fields_->showKeyImages(desk_->keyImages()); });
    connect(desk_, &ReportDesk::signingFailed, this, [this](QString const& reason, bool wrongPin) {
        foot_->showFailure(reason, wrongPin);
        applyWritable();
    });
    connect(desk_, &ReportDesk::signedAndSent, this, [this] {
        foot_->rest();
        emit signedAndSent();
    });
    connect(desk_, &ReportDesk::leftUnsigned, this, [this] {
        if (desk_->isOpen())
            setTask(desk_->task()); // it may be open again, and can be written on now
    });
    connect(fields_, &ReportFields::edited, this, &ReportPanel::textEdited);
    connect(fields_, &ReportFields::keyImageClicked, this, [this](std::size_t index) {
        if (desk_->isWritable() && !desk_->isSigning() && index < desk_->keyImages().size())
            (void)desk_->toggleKeyImage(MarkedImage(desk_->keyImages()[index]));
    });
    connect(foot_, &SigningFoot::signAsked, this, &ReportPanel::beginSigning);
    connect(foot_, &SigningFoot::keyMade, this, &ReportPanel::beginSigning);
    connect(foot_, &SigningFoot::confirmed, this, &ReportPanel::confirmSigning);
    connect(foot_, &SigningFoot::reopenAsked, this, &ReportPanel::reopenRefused);
    connect(foot_, &SigningFoot::discardAsked, this, &ReportPanel::discardRefused);
    connect(foot_, &SigningFoot::sendAgainAsked, this, [this] { workplace_->outbox().retry(desk_->task().id); });
}

void ReportPanel::focusFindings()
{
    scroll_->verticalScrollBar()->setValue(0);
    fields_->focusFindings();
}

void ReportPanel::setImages(std::function<ReportDesk::ImagesRead()> read, std::function<QString()> incomplete)
{
    read_ = std::move(read);
    incomplete_ = std::move(incomplete);
}

void ReportPanel::open(std::shared_ptr<Workplace> workplace, model::ReadingTask const& task)
{
    workplace_ = workplace;
    fields_->show({});
    foot_->rest();
    desk_->open(std::move(workplace), task);
    connect(&workplace_->outbox(), &ReportOutbox::changed, this, [this] { setTask(desk_->task()); });
    setTask(task);
    priors_->clear();
    auto const failed = std::make_shared<bool>(false);
    auto const ask = [this, id = task.id, failed] {
        workplace_->gateway().priors(this, id, [this, id, failed](Result<std::vector<PriorStudy>> priors) {
            if (!desk_->isOpen() || desk_->task().id != id)
                return;
            *failed = !priors;
            priors_->show(priors, desk_->task().studyDate);
            emit priorsArrived(priors.value_or(std::vector<PriorStudy>()));
        });
    };
    connect(&workplace_->gateway(), &GatewayClient::onlineChanged, this, [ask, failed](bool online) {
        if (online && std::exchange(*failed, false))
            ask();
    });
    ask();
}

void ReportPanel::close()
{
    if (workplace_) {
        workplace_->outbox().disconnect(this);
        workplace_->gateway().disconnect(this);
    }
    desk_->close();
    workplace_.reset();
    foot_->rest();
    fields_->show({});
    applyWritable();
}

void ReportPanel::setIdentityConflict(QString const& words)
{
    conflict_->setVisible(!words.isEmpty());
    conflict_->setToolTip(plainTip(words));
    if (std::exchange(conflictWords_, words) != words)
        askAgain();
}

// Who began to sign before it was said, or before it was said otherwise, starts again: the tick was for something else.
void ReportPanel::askAgain()
{
    if (foot_->page() == SigningFoot::PinEntry && !desk_->isSigning())
        foot_->rest();
}

void ReportPanel::setTask(model::ReadingTask const& task)
{
    desk_->setTask(task);
    if (QString const who = identityLine(task) + "\n" + QString::fromStdString(task.patientId);
        std::exchange(whoIsSigned_, who) != who)
        askAgain();
    identity_->setText(identityLine(task));
    examination_->setText(examination(task) +
                          (task.siteName.empty() ? QString() : " · " + QString::fromStdString(task.siteName)));
    applyWritable();
}

QString ReportPanel::readOnlyReason() const
{
    auto const& task = desk_->task();
    if (desk_->isWritable() || !workplace_)
        return {};
    if (auto const entry = workplace_->outbox().entryOf(task.id))
        return entry->state == OutboxEntry::State::Refused
                   ? say("已签名，没有发布。", "Signed, not issued.")
                   : say("已签名，在发件箱等待网关确认。", "Signed; waits in the outbox for the gateway.");
    if (isOver(task.state))
        return stateWord(task.state);
    if (!task.claimedBy.empty() && task.claimedBy != workplace_->session().user.name)
        return say("%1 正在书写，只能阅读。", "%1 is writing; read only.")
            .arg(QString::fromStdString(task.claimedByName));
    return say("尚未领取，只能阅读。", "Not claimed; read only.");
}

void ReportPanel::applyWritable()
{
    bool const writable = desk_->isWritable();
    fields_->setReadOnly(!writable || desk_->isSigning()); // what is being signed stays as it is
    foot_->setSignEnabled(writable && !desk_->isSigning());
    QString const why = readOnlyReason();
    readOnly_->setText(why);
    readOnly_->setVisible(!why.isEmpty());
    auto const entry = workplace_ ? workplace_->outbox().entryOf(desk_->task().id) : std::nullopt;
    if (entry && entry->state == OutboxEntry::State::Refused)
        foot_->showRefused(entry->lastProblem, isOver(desk_->task().state));
    else if (foot_->page() == SigningFoot::RefusedReport)
        foot_->rest();
}

void ReportPanel::textEdited(model::ReportText const& text)
{
    if (foot_->page() == SigningFoot::PinEntry && !desk_->isSigning())
        foot_->rest(); // what is signed is what was there when signing began
    desk_->setText(text);
}

// Nothing is signed by accident: first the checks, then the PIN, in place.
void ReportPanel::beginSigning()
{
    if (!desk_->isOpen() || !desk_->isWritable() || desk_->isSigning())
        return;
    if (foot_->page() == SigningFoot::PinEntry)
        return foot_->confirm();
    if (!workplace_->keys().hasKey())
        return foot_->askForKey(workplace_->keys());
    if (auto const checked = desk_->prepare(read_()); !checked)
        return foot_->showMessage(sentence(checked.error()), "error");
    QString const missing = incomplete_();
    foot_->askPin(say("将以 %1 的名义签发，发布后机构可见。", "You sign as %1; the site sees it once issued.")
                          .arg(QString::fromStdString(workplace_->session().user.displayName)) +
                      (missing.isEmpty() ? QString() : "\n" + missing),
                  missing.isEmpty() ? "quiet" : "warning", doubtfulIdentity());
}

// What a person has to have compared with the request before a report goes out under a doubtful identity.
QString ReportPanel::doubtfulIdentity() const
{
    if (conflict_->isHidden())
        return {};
    auto const& task = desk_->task();
    QStringList who{identityLine(task), dateWord(task.birthDate)};
    who.removeAll(QString());
    return say("身份冲突：这份报告写的是 %1，编号 %2。", "Identity conflict: this report is about %1, ID %2.")
        .arg(who.join(' '), shownId(task.patientId));
}

void ReportPanel::confirmSigning(QString const& pin)
{
    foot_->showBusy();
    desk_->sign(pin, read_());
    applyWritable();
}

void ReportPanel::reopenRefused()
{
    workplace_->reopen(desk_->task(), this, [this](Result<model::ReadingTask> claimed) {
        if (!claimed)
            return foot_->showMessage(
                say("现在不能修改：%1。文字仍在这里，没有丢。", "Not now: %1. The text is still here; nothing is lost.")
                    .arg(sentence(claimed.error())),
                "error");
        if (!workplace_ || desk_->task().id != claimed->id)
            return; // another case is on the desk by now; the draft waits in the journal
        foot_->rest();
        desk_->open(workplace_, *claimed);
        setTask(*claimed);
        fields_->focusFindings();
    });
}

void ReportPanel::discardRefused()
{
    if (auto const done = workplace_->outbox().discard(desk_->task().id); !done)
        foot_->showMessage(sentence(done.error()), "error");
}

} // namespace qianli::viewer
