// MainWindow, left: by closing it, by signing out, for another case; what is being signed or on its way is not
// forgotten.
#include "viewer/ui/main_window.h"

#include "viewer/i18n/language.h"

#include <QCloseEvent>
#include <QGuiApplication>

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
    rememberWindows();
    reading_->close(); // the draft is flushed
    setTwoWindows(false);
    QMainWindow::closeEvent(event);
}

// Signed, and neither issued nor refused.
QString MainWindow::unsentWords() const
{
    QStringList patients;
    if (workplace_)
        for (OutboxEntry const& entry : workplace_->outbox().entries())
            if (entry.state != OutboxEntry::State::Refused)
                patients << QString::fromStdString(entry.patientName);
    if (patients.isEmpty())
        return {};
    return say("还有 %1 份已签名的报告没有送到网关（%2）。它们留在本机，您下次在这台电脑登录时自动送出。",
               "%1 signed reports have not reached the gateway (%2). They are kept here and go out by themselves when "
               "you sign in on this workstation again.")
        .arg(patients.size())
        .arg(namesOf(patients));
}

QString MainWindow::closingWords() const
{
    QString const words = unsentWords();
    if (words.isEmpty())
        return {};
    return words + (online_
                        ? say("正在送，送完窗口自己关闭。", " They are being sent; the window closes when they are.")
                        : say("现在连不上网关。", " The gateway can't be reached now."));
}

// Once: whoever closes again is let go.
bool MainWindow::tellUnsent()
{
    QString const words = closingWords();
    if (words.isEmpty() || words == saidUnsent_ || qApp->isSavingSession())
        return false;
    saidUnsent_ = words;
    auto& notices = desk_ || isReading() ? reading_->notices() : list_->notices();
    notices.show(NoticeBar::Weight::Warning, words, say("现在关闭", "Close now"), [this] { close(); });
    return true;
}

void MainWindow::outboxChanged()
{
    if (saidUnsent_.isEmpty() || saidUnsent_ == closingWords())
        return;
    QString const said = std::exchange(saidUnsent_, {});
    bool isStillSaid = false;
    for (NoticeBar* notices : {&reading_->notices(), &list_->notices()}) {
        isStillSaid = isStillSaid || notices->text() == said;
        notices->withdraw(said);
    }
    if (!isStillSaid || !workplace_) // dismissed: it stays open
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
    QStringList words{why, unsentWords()};
    words.removeAll(QString());
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
    reading_->notices().show(NoticeBar::Weight::Information, signingWords());
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
    if (!workplace_)
        return signIn_->explain(words);
    (isReading() ? reading_->notices() : list_->notices()).show(NoticeBar::Weight::Failure, words);
}

void MainWindow::signingFailed()
{
    closeAsked_ = false;
    reading_->notices().withdraw(signingWords()); // it is over
}

} // namespace qianli::viewer
