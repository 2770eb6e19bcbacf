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
    void signingFailed();
    // Says what is signed and not sent; false when there is nothing new to say.
    bool tellUnsent();
    // `wordsStay`: milliseconds for which they are seen yet.
    void takeBackClosing(int wordsStay = 0);
    QStringList unsentPatients() const;
    QString closingWords() const;
    void outboxChanged();
    void tellUnsigned(QString const& patient, QString const& reason);
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
    bool closeAsked_ = false; // while a report was being signed
    bool closesNow_ = false;  // whatever is unsent
    QString saidUnsent_;      // when it was to be closed; it closes when that is sent
    struct {
        std::string user;
        QString words; // of a report that was not signed, after that person had left
    } leftUnsigned_;
    int openings_ = 0; // what was begun before is not wanted any more
};

} // namespace qianli::viewer
