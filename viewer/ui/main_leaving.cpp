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
    if (mustStay() || reading_->report()->desk().isAnyBeingSigned()) {
        closeAsked_ = true; // as soon as it is signed; a failure is to be seen
        return event->ignore();
    }
    closeAsked_ = false;
    if (tellUnsent())
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

QString MainWindow::closingWords() const
{
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
bool MainWindow::tellUnsent()
{
    QString const words = closingWords();
    if (words.isEmpty() || words == saidUnsent_ || closesNow_ || qApp->isSavingSession())
        return false;
    takeBackClosing();
    saidUnsent_ = words;
    qApp->installEventFilter(this);
    auto& notices = desk_ || isReading() ? reading_->notices() : list_->notices();
    notices.insist(NoticeBar::Weight::Warning, words, {say("现在关闭", "Close now"), [this] {
                                                           closesNow_ = true;
                                                           close();
                                                           closesNow_ = false;
                                                       }});
    return true;
}

// Going on is taking it back: no window closes over another case, or under somebody's hands.
void MainWindow::takeBackClosing(int wordsStay)
{
    QString const said = std::exchange(saidUnsent_, {});
    if (said.isEmpty())
        return;
    qApp->removeEventFilter(this);
    auto const withdraw = [this, said] {
        if (said == saidUnsent_)
            return; // said anew
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

void MainWindow::outboxChanged()
{
    if (saidUnsent_.isEmpty() || saidUnsent_ == closingWords())
        return;
    bool isSeen = false;
    for (NoticeBar const* notices : {&reading_->notices(), &list_->notices()})
        isSeen = isSeen || (notices->isVisible() && notices->text() == saidUnsent_);
    takeBackClosing();
    if (!isSeen || !workplace_) // dismissed: it stays open
        return;
    if (!workplace_->outbox().entries().empty())
        tellUnsent(); // of fewer; a refusal is to be seen
    else
        close();
}

void MainWindow::signOut(QString const& why)
{
    if (!workplace_)
        return;
    takeBackClosing();
    QStringList words{why};
    if (auto const unsent = unsentPatients().size(); unsent > 0)
        words << unsentWords(unsent, {}); // nobody's name: whoever passes by reads that page
    words.removeAll(QString());
    leftUnsigned_ = {workplace_->session().user.name, {}};
    rememberWindows();
    reading_->close();
    setTwoWindows(false);
    gateway_.signOut();
    list_->leave();
    workplace_.reset();
    signIn_->explain(words.join('\n'));
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
    if (closeAsked_)
        return (void)close();
    nextCase();
}

void MainWindow::tellUnsigned(QString const& patient, QString const& reason)
{
    closeAsked_ = false;
    QString const words = say("%1的报告没有签成：%2。文字是草稿，还在；请重新打开这个检查签发。",
                              "The report of %1 was not signed: %2. Its words are kept as a draft; open the study "
                              "again to sign.")
                              .arg(patient, reason);
    if (!workplace_) {
        leftUnsigned_.words = words;
        return signIn_->explain(say("刚才签的一份报告没有签成：%1。文字是草稿，还在；登录以后写明是哪一位的。",
                                    "A report was not signed: %1. Its words are kept as a draft; sign in to see whose "
                                    "it is.")
                                    .arg(reason));
    }
    (isReading() ? reading_->notices() : list_->notices()).show(NoticeBar::Weight::Failure, words);
}

void MainWindow::signingFailed()
{
    closeAsked_ = false;
    reading_->notices().withdraw(signingWords()); // it is over
}

} // namespace qianli::viewer
