// MainWindow, left: by closing it, by signing out, for another case; what is being signed or on its way is not
// forgotten.
#include "viewer/ui/main_window.h"

#include "viewer/i18n/language.h"

#include <QApplication>
#include <QCloseEvent>
#include <QInputMethodEvent>
#include <QTimer>

namespace qianli::viewer {

namespace {
QString signingWords()
{
    return say("正在签名，签完才能离开这个检查。", "The report is being signed; stay with the case until it is.");
}
// "张昞、李玘 等 5 人"
QString namesOf(QStringList const& patients)
{
    constexpr int most = 3;
    QString const names = QStringList(patients.mid(0, most)).join(say("、", ", "));
    return patients.size() > most ? names + say(" 等 %1 人", " and others, %1 in all").arg(patients.size()) : names;
}

QString unsentWords(qsizetype reports, QString const& whose)
{
    return say("还有 %1 份已签名的报告没有送到网关%2。它们留在本机，您下次在这台电脑登录时自动送出。",
               "%1 signed reports have not reached the gateway%2. They are kept here and go out by themselves when "
               "you sign in on this workstation again.")
        .arg(reports)
        .arg(whose);
}

// Keys, the wheel and the mouse's buttons are work; Alt and F4 are how a window is closed.
bool isWork(QEvent const& event)
{
    switch (event.type()) {
    case QEvent::KeyPress:
    case QEvent::ShortcutOverride: { // of a shortcut no more is seen
        auto const& key = static_cast<QKeyEvent const&>(event);
        constexpr int modifiers[] = {Qt::Key_Alt, Qt::Key_AltGr, Qt::Key_Meta, Qt::Key_Control, Qt::Key_Shift};
        return !key.modifiers().testAnyFlags(Qt::AltModifier | Qt::MetaModifier) &&
               std::find(std::begin(modifiers), std::end(modifiers), key.key()) == std::end(modifiers);
    }
    case QEvent::InputMethod: {
        auto const& input = static_cast<QInputMethodEvent const&>(event);
        return !input.commitString().isEmpty() || !input.preeditString().isEmpty();
    }
    case QEvent::MouseButtonPress:
    case QEvent::Wheel:
        return true;
    default:
        return false;
    }
}
} // namespace

void MainWindow::closeEvent(QCloseEvent* event)
{
    closeAsked_ = mustStay();
    if (closeAsked_) // as soon as it is signed; a failure is to be seen
        return event->ignore();
    if (tellClosing() || reading_->report()->desk().isAnyBeingSigned())
        return event->ignore();
    takeBackClosing();
    rememberWindows();
    reading_->close(); // the draft is flushed
    setTwoWindows(false);
    QMainWindow::closeEvent(event);
}

// Signed, and neither issued nor refused.
QStringList MainWindow::unsentPatients() const
{
    QStringList patients;
    if (workplace_)
        for (OutboxEntry const& entry : workplace_->outbox().entries())
            if (entry.state != OutboxEntry::State::Refused)
                patients << QString::fromStdString(entry.patientName);
    return patients;
}

std::ptrdiff_t MainWindow::refusedReports() const
{
    if (!workplace_)
        return 0;
    auto const entries = workplace_->outbox().entries();
    return std::count_if(entries.begin(), entries.end(),
                         [](OutboxEntry const& entry) { return entry.state == OutboxEntry::State::Refused; });
}

QString MainWindow::closingWords() const
{
    if (reading_->report()->desk().isAnyBeingSigned())
        return say("刚才的报告正在签名，签完并送出，窗口自己关闭；继续操作就不关。",
                   "The last report is being signed; when it is signed and sent the window closes, unless you go on "
                   "working.");
    QStringList const patients = unsentPatients();
    if (patients.isEmpty())
        return {};
    return unsentWords(patients.size(), say("（%1）", " (%1)").arg(namesOf(patients))) +
           (online_ ? say("正在送，送完窗口自己关闭；继续操作就不关。",
                          " They are being sent; the window closes when they are, unless you go on working.")
                    : say("现在连不上网关；连上并送完，窗口自己关闭，继续操作就不关。",
                          " The gateway can't be reached now; when it is and they are sent the window closes, unless "
                          "you go on working."));
}

// Once: whoever closes again is let go.
bool MainWindow::tellClosing()
{
    QString const words = closingWords();
    if (words.isEmpty() || words == saidClosing_ || closesNow_ || qApp->isSavingSession())
        return false;
    takeBackClosing();
    saidClosing_ = words;
    refusedBefore_ = refusedReports();
    qApp->installEventFilter(this);
    bool const mayClose = !reading_->report()->desk().isAnyBeingSigned();
    if (!workplace_)
        signIn_->explain(words);
    else
        (desk_ ? reading_->notices() : seenNotices())
            .insist(NoticeBar::Weight::Warning, words, {mayClose ? say("现在关闭", "Close now") : QString(), [this] {
                                                            closesNow_ = true;
                                                            close();
                                                            closesNow_ = false;
                                                        }});
    return true;
}

// Going on is taking it back: no window closes over another case, or under somebody's hands.
void MainWindow::takeBackClosing(int wordsStay)
{
    QString const said = std::exchange(saidClosing_, {});
    if (said.isEmpty())
        return;
    qApp->removeEventFilter(this);
    auto const withdraw = [this, said] {
        if (said == saidClosing_)
            return; // said anew
        signIn_->takeBack(said);
        for (NoticeBar* notices : {&reading_->notices(), &list_->notices()})
            notices->withdraw(said);
    };
    if (wordsStay > 0)
        QTimer::singleShot(wordsStay, this, withdraw);
    else
        withdraw();
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event)
{
    if (watched->isWidgetType() && isWork(*event)) {
        auto const* mouse = event->isPointerEvent() ? static_cast<QSinglePointEvent const*>(event) : nullptr;
        bool const isAtNotice = mouse != nullptr && [this, at = mouse->globalPosition().toPoint()] {
            for (NoticeBar* notices : {&reading_->notices(), &list_->notices()})
                if (notices->isVisible() && notices->rect().contains(notices->mapFromGlobal(at)))
                    return true;
            return false;
        }();
        // The second press of a double click has to find its row where the first one did.
        if (!isAtNotice)
            takeBackClosing(QApplication::doubleClickInterval());
    }
    return QMainWindow::eventFilter(watched, event);
}

bool MainWindow::isClosingSeen() const
{
    if (!workplace_)
        return true; // nobody dismisses what stands on that page
    for (NoticeBar const* notices : {&reading_->notices(), &list_->notices()})
        if (notices->isVisible() && notices->text() == saidClosing_)
            return true;
    return false;
}

// It closes when nothing is under way. What the gateway had refused before keeps no window open, what it refuses now
// is to be seen.
void MainWindow::closingChanged()
{
    if (saidClosing_.isEmpty() || saidClosing_ == closingWords())
        return;
    bool const stays = !isClosingSeen() || refusedReports() > refusedBefore_;
    takeBackClosing();
    if (!stays && !tellClosing()) // of fewer
        close();
}

void MainWindow::signOut(QString const& why)
{
    if (!workplace_)
        return;
    takeBackClosing();
    signingIsOver();
    QStringList words{why};
    if (auto const unsent = unsentPatients().size(); unsent > 0)
        words << unsentWords(unsent, {}); // nobody's name: whoever passes by reads that page
    words.removeAll(QString());
    saidLeaving_ = words.join('\n');
    rememberWindows();
    reading_->close();
    reading_->notices().clear(); // nothing of this person's is for the next one
    saidRefused_ = {};
    setTwoWindows(false);
    gateway_.signOut();
    online_ = false; // the next one's events have not begun to arrive
    list_->leave();
    workplace_.reset();
    signIn_->explain(saidLeaving_);
    pages_->setCurrentWidget(signIn_);
}

bool MainWindow::mustStay()
{
    if (!reading_->isSigning())
        return false;
    reading_->notices().insist(NoticeBar::Weight::Information, signingWords());
    return true;
}

void MainWindow::signedAndSent()
{
    bool const closes = closeAsked_;
    signingIsOver();
    if (closes)
        return (void)close();
    nextCase();
}

// A failure is to be seen: by whose it is.
void MainWindow::tellUnsigned(Workplace const& whose, QString const& patient, QString const& reason)
{
    QString const words = say("%1的报告没有签成：%2。文字是草稿，还在；请重新打开这个检查签发。",
                              "The report of %1 was not signed: %2. Its words are kept as a draft; open the study "
                              "again to sign.")
                              .arg(patient, reason);
    if (workplace_ && workplace_->settingsFile() == whose.settingsFile()) {
        closeAsked_ = false;
        takeBackClosing();
        return seenNotices().insist(NoticeBar::Weight::Failure, words);
    }
    QStringList& left = leftUnsigned_[whose.settingsFile()];
    left << words;
    if (workplace_)
        return closingChanged(); // of somebody else
    takeBackClosing();
    QString const nobodys = say("刚才签的 %1 份报告没有签成：%2。文字是草稿，还在；登录以后写明是哪一位的。",
                                "%1 reports were not signed: %2. Their words are kept as drafts; sign in to see whose "
                                "they are.")
                                .arg(left.size())
                                .arg(reason);
    signIn_->explain(saidLeaving_.isEmpty() ? nobodys : saidLeaving_ + '\n' + nobodys);
}

void MainWindow::signingIsOver()
{
    closeAsked_ = false;
    reading_->notices().withdraw(signingWords());
}

} // namespace qianli::viewer
