// MainWindow: sign-in, list, reading: one window, one of them at a time. It composes; it does not decide.
#pragma once

#include "viewer/ui/desk_window.h"
#include "viewer/ui/list_page.h"
#include "viewer/ui/reading_page.h"
#include "viewer/ui/screen_memory.h"
#include "viewer/ui/sign_in_page.h"

#include <QMainWindow>

namespace qianli::viewer {

struct StartOptions {
    QString gateway, user;
    std::string studyUid;                     // opened as soon as the list holds it
    std::vector<std::filesystem::path> paths; // not empty: files only, no gateway
};

class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    explicit MainWindow(StartOptions options, QWidget* parent = nullptr);
    ~MainWindow() override;

    ListPage& list() { return *list_; }
    ReadingPage& reading() { return *reading_; }
    // List and report in a window of their own, images in this one.
    void setTwoWindows(bool two);
    bool hasTwoWindows() const { return desk_ != nullptr; }

protected:
    void closeEvent(QCloseEvent* event) override;
    // Of the whole program, while the window is to close by itself.
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void signedIn(std::shared_ptr<Workplace> workplace);
    void signOut(QString const& why);
    void openTask(model::ReadingTask const& task);
    // `listed`: as it stood in the list, where claiming has changed that.
    void showTask(model::ReadingTask const& task, QString const& notice,
                  std::optional<model::ReadingTask> const& listed = {});
    void refreshNext();
    void nextCase();
    // Nobody leaves a report while it is being signed: it would not be sent. Says so.
    bool mustStay();
    void backToList();
    void signedAndSent();
    // Nothing is being signed in this window any more: neither is it said, nor does the window wait for it.
    void signingIsOver();
    // Says what is being signed, or signed and not sent; false when there is nothing new to say.
    bool tellClosing();
    // `wordsStay`: milliseconds for which they are seen yet.
    void takeBackClosing(int wordsStay = 0);
    QStringList unsentPatients() const;
    std::ptrdiff_t refusedReports() const;
    QString closingWords() const;
    bool isClosingSeen() const;
    void closingChanged();
    void tellUnsigned(Workplace const& whose, QString const& patient, QString const& reason);
    NoticeBar& seenNotices() { return isReading() ? reading_->notices() : list_->notices(); }
    void showList();
    void showReading();
    bool isReading() const;
    void chooseWindows(bool two);
    void rememberWindows();
    // The screens are others than before: windows go where they were with these.
    void screensChanged();
    void openAskedStudy();
    void tidyJournals();
    // The first report that the gateway has refused, and what can be done about it; on the page that is seen.
    void showRefused();
    // Whoever has answered elsewhere is not asked any more.
    void withdrawRefused();
    void reopenRefused(model::TaskId id);

    StartOptions options_;
    GatewayClient gateway_;
    std::shared_ptr<Workplace> workplace_;
    QStackedWidget* pages_;
    SignInPage* signIn_ = nullptr;
    ListPage* list_ = nullptr;
    ReadingPage* reading_;
    ScreenMemory screens_;
    std::unique_ptr<DeskWindow> desk_;
    bool opening_ = false, online_ = false;
    bool closeAsked_ = false;          // while a report was being signed
    bool closesNow_ = false;           // whatever is unsent
    QString saidClosing_;              // when it was to be closed; it closes when that is signed and sent
    std::ptrdiff_t refusedBefore_ = 0; // reports, when that was said
    QString saidLeaving_;              // on the page where one signs in
    // Reports that were not signed after all, by the profile of who had signed them and left.
    std::map<std::filesystem::path, QStringList> leftUnsigned_;
    struct {
        model::TaskId task = 0;
        QString words;
    } saidRefused_;
    int openings_ = 0; // what was begun before is not wanted any more
};

} // namespace qianli::viewer
