// Leaving a case, the window, or the session while a report is being signed: what was signed goes out, or it is said
// that it doesn't.
#include "common/base/file.h"
#include "tests/viewer_client/between.h"
#include "tests/viewer_client/client_steps.h"
#include "tests/viewer_client/written_case.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/words.h"

#include <QLineEdit>
#include <QPlainTextEdit>
#include <QThreadPool>

#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {
// The reader's key can't be read while it lives: what is being signed stays so.
class HeldKey {
public:
    HeldKey()
    {
        for (auto const& entry : std::filesystem::recursive_directory_iterator(std::getenv("XDG_DATA_HOME")))
            if (entry.path().filename() == "signing.p12")
                key_ = entry.path();
        bytes_ = readFile(key_, 1 << 20).value();
        std::filesystem::rename(key_, kept());
        REQUIRE(::mkfifo(key_.c_str(), 0600) == 0);
    }
    ~HeldKey()
    {
        int const pipe = ::open(key_.c_str(), O_RDWR | O_CLOEXEC); // whoever waits for it reads from here
        std::filesystem::rename(kept(), key_);
        bool const written = ::write(pipe, bytes_.data(), bytes_.size()) == static_cast<ssize_t>(bytes_.size());
        int unread = static_cast<int>(bytes_.size());
        for (int round = 0; written && unread > 0 && round < 200; ++round) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            ::ioctl(pipe, FIONREAD, &unread);
        }
        ::close(pipe);
    }
    HeldKey(HeldKey const&) = delete;
    HeldKey& operator=(HeldKey const&) = delete;

private:
    std::filesystem::path kept() const { return key_.string() + ".kept"; }
    std::filesystem::path key_;
    std::string bytes_;
};

bool hasTicket()
{
    for (auto const& entry : std::filesystem::recursive_directory_iterator(std::getenv("XDG_DATA_HOME")))
        if (entry.path().filename() == "ticket.json")
            return true;
    return false;
}

struct Desk {
    // `hasProxy`: it is signed in through `between`.
    explicit Desk(int cases, bool hasProxy = false)
    {
        forget();
        for (int number = 1; number <= cases; ++number)
            writeSlice(folder / "images",
                       {studyOf(number), fmt::format("Bing^Li{}", number), fmt::format("病^{}", number),
                        fmt::format("P{}", number)},
                       1);
        REQUIRE(gateway.start());
        REQUIRE(gateway.send(folder / "images"));
        GatewayClient counting;
        REQUIRE(test::signIn(counting, gateway));
        REQUIRE(QTest::qWaitFor([&] { return count("\"ready\"") == cases; }, 30'000));
        StartOptions options;
        if (hasProxy)
            between = std::make_unique<Between>(gateway);
        options.gateway = QString::fromStdString(between ? between->url() : gateway.url());
        options.user = RunningGateway::user;
        window = std::make_unique<MainWindow>(std::move(options));
        window->resize(1366, 768);
        window->show();
        window->activateWindow();
        REQUIRE(QTest::qWaitForWindowActive(window.get()));
        signIn();
        REQUIRE(QTest::qWaitFor([&] { return table().model()->rowCount() == cases; }, 30'000));
    }
    ~Desk()
    {
        window.reset();
        forget();
    }
    // Nobody's key or draft of before, and not how many windows there were.
    static void forget()
    {
        for (char const* place : {"XDG_DATA_HOME", "XDG_CONFIG_HOME"})
            std::filesystem::remove_all(std::getenv(place));
    }
    Desk(Desk const&) = delete;
    Desk& operator=(Desk const&) = delete;
    static std::string studyOf(int number) { return fmt::format("2.25.76{:02}", number); }
    int count(char const* words) const
    {
        return static_cast<int>(
            QString::fromStdString(gateway.command({"reading", "list", "--json"}).output).count(words));
    }
    template <typename Widget>
    Widget& find(char const* name) const
    {
        for (QWidget* top : QApplication::topLevelWidgets())
            if (auto* widget = top->findChild<Widget*>(name))
                return *widget;
        FAIL("no " << name);
        std::abort();
    }
    QTableView& table() const { return find<QTableView>("list.table"); }
    void signIn(char const* user = RunningGateway::user) const
    {
        find<QLineEdit>("signIn.user").setText(user);
        find<QLineEdit>("signIn.password").setText(RunningGateway::password);
        QTest::keyClick(&find<QLineEdit>("signIn.password"), Qt::Key_Return);
        auto& pin = find<QLineEdit>("pin.new");
        REQUIRE(QTest::qWaitFor([&] { return pin.isVisible() || window->list().isVisible(); }, 30'000));
        if (pin.isVisible()) {
            pin.setText(RunningGateway::pin);
            find<QLineEdit>("pin.repeat").setText(RunningGateway::pin);
            QTest::keyClick(&find<QLineEdit>("pin.repeat"), Qt::Key_Return);
        }
        REQUIRE(QTest::qWaitFor([&] { return window->list().isVisible(); }, 30'000));
    }
    std::string open() const { return window->reading().task() ? window->reading().task()->studyUid : std::string(); }
    void choose(int number) const
    {
        for (int row = 0; row < table().model()->rowCount(); ++row) {
            auto const id = table().model()->index(row, 0).data(TaskModel::TaskRole).toLongLong();
            if (auto const* task = window->list().tasks().task(id);
                task != nullptr && task->studyUid == studyOf(number)) {
                table().selectRow(row);
                QTest::keyClick(&table(), Qt::Key_Return);
                return;
            }
        }
        FAIL("no case " << number);
    }
    bool waitForCase(int number) const
    {
        return QTest::qWaitFor(
            [&] {
                return open() == studyOf(number) && window->reading().grid().active().pixels() != nullptr &&
                       !window->reading().images().isLoading();
            },
            30'000);
    }
    // Up to the PIN.
    void write() const
    {
        auto& findings = find<QPlainTextEdit>("report.findings");
        REQUIRE(QTest::qWaitFor([&] { return !findings.isReadOnly(); }, 30'000));
        findings.setPlainText("Clear.");
        find<QPlainTextEdit>("report.impression").setPlainText("Normal.");
        find<QPushButton>("report.sign").click();
        REQUIRE(find<QLineEdit>("report.pin").isVisible());
    }
    // Another case comes after its report began to be signed: it is signed behind.
    void leaveSigning(int number, char const* pin = RunningGateway::pin) const
    {
        for (auto const& task : window->list().tasks().tasks())
            if (task.studyUid == studyOf(number)) {
                emit window->list().openAsked(model::ReadingTask(task)); // the gateway is asked
                break;
            }
        confirm(pin);
        REQUIRE(QTest::qWaitFor([&] { return open() == studyOf(number); }, 30'000));
        REQUIRE(window->reading().report()->desk().isAnyBeingSigned());
    }
    // Enters it, and comes back before anything else happens.
    void confirm(char const* pin = RunningGateway::pin) const
    {
        find<QLineEdit>("report.pin").setText(pin);
        QTest::keyClick(&find<QLineEdit>("report.pin"), Qt::Key_Return);
        REQUIRE(window->reading().isSigning());
    }
    // Back in the list, because the next one can't be opened.
    void signWithoutGateway(int number)
    {
        choose(number);
        REQUIRE(waitForCase(number));
        write();
        gateway.kill();
        confirm();
        REQUIRE(QTest::qWaitFor([&] { return window->list().isVisible(); }, 60'000));
        REQUIRE(hasTicket());
    }
    bool isIssued(int number) const
    {
        GatewayClient client;
        if (!test::signIn(client, gateway))
            return false;
        return QTest::qWaitFor(
            [&] {
                auto const tasks =
                    wait<std::vector<model::ReadingTask>>([&](auto then) { client.tasks(&client, then); });
                for (auto const& task : tasks.value_or(std::vector<model::ReadingTask>()))
                    if (task.studyUid == studyOf(number) && isOver(task.state))
                        return true;
                return false;
            },
            20'000);
    }

    TemporaryFolder folder;
    RunningGateway gateway;
    std::unique_ptr<Between> between;
    std::unique_ptr<MainWindow> window;
};
} // namespace

SCENARIO("nobody leaves a report while it is being signed", "[client][leaving]")
{
    if (!canRun())
        return;
    Desk desk(4);
    auto& reading = desk.window->reading();
    desk.choose(1);
    REQUIRE(desk.waitForCase(1));
    desk.write();
    {
        HeldKey const held;
        desk.confirm();
        desk.find<QAbstractButton>("reading.back").click();
        CHECK(desk.open() == Desk::studyOf(1));
        CHECK(reading.notices().text().contains("正在签名"));
        QTest::keyClick(&reading.grid().active(), Qt::Key_N, Qt::ControlModifier);
        CHECK(desk.open() == Desk::studyOf(1));
        emit desk.window->list().openAsked(*desk.window->list().tasks().task(reading.task()->id));
        CHECK(desk.open() == Desk::studyOf(1));
        emit desk.window->list().signOutAsked();
        CHECK(desk.window->list().tasks().tasks().size() == 4);
        // Nor are other pictures put into it.
        auto const before = reading.report()->desk().keyImages().size();
        QTest::keyClick(&reading.grid().active(), Qt::Key_K);
        CHECK(reading.report()->desk().keyImages().size() == before);
        CHECK_FALSE(desk.window->close());
        CHECK(desk.window->isVisible());
    }
    // As soon as it is signed the window closes, as it was told.
    CHECK(QTest::qWaitFor([&] { return !desk.window->isVisible(); }, 30'000));
    CHECK(desk.isIssued(1));

    desk.window->show();
    desk.choose(2);
    REQUIRE(desk.waitForCase(2));
    desk.write();
    desk.confirm("246810");
    CHECK_FALSE(desk.window->close());
    REQUIRE(QTest::qWaitFor([&] { return !reading.isSigning(); }, 30'000));
    // What went wrong is to be seen, and nothing closes later.
    CHECK(desk.window->isVisible());
    CHECK(desk.find<QLabel>("report.message").text() == "签名口令不正确");
    CHECK_FALSE(reading.notices().isVisible()); // "is being signed" is over
    desk.confirm();
    REQUIRE(QTest::qWaitFor([&] { return desk.open() != Desk::studyOf(2); }, 30'000));
    CHECK(desk.window->isVisible());
    CHECK(desk.isIssued(2));

    // What is out is opened to be read: nobody is told that it can't be claimed.
    auto const issued = [&] {
        for (auto const& task : desk.window->list().tasks().tasks())
            if (task.studyUid == Desk::studyOf(2) && isOver(task.state))
                return std::optional(task);
        return std::optional<model::ReadingTask>();
    };
    REQUIRE(QTest::qWaitFor([&] { return issued().has_value(); }, 30'000));
    emit desk.window->list().openAsked(*issued());
    REQUIRE(desk.waitForCase(2));
    CHECK_FALSE(reading.notices().isVisible());
}

SCENARIO("a case that opens late takes no report from the one that is being signed", "[client][leaving]")
{
    if (!canRun())
        return;
    Desk desk(5);
    auto& reading = desk.window->reading();
    desk.window->setTwoWindows(true);
    desk.choose(1);
    REQUIRE(desk.waitForCase(1));
    desk.window->activateWindow();
    REQUIRE(QTest::qWaitForWindowActive(desk.window.get()));
    desk.write();
    // Asked for from the images' window; what is typed now is no window preset.
    CHECK(QTest::qWaitFor([&] { return reading.report()->window()->isActiveWindow(); }, 10'000));
    CHECK(QApplication::focusWidget() == &desk.find<QLineEdit>("report.pin"));
    {
        HeldKey const held;
        desk.choose(3); // the gateway is asked
        desk.confirm();
        REQUIRE(QTest::qWaitFor([&] { return desk.open() == Desk::studyOf(3); }, 30'000));
        CHECK_FALSE(reading.isSigning());
        CHECK_FALSE(desk.window->close()); // the other one is not out
    }
    CHECK(QTest::qWaitFor([&] { return !desk.window->isVisible(); }, 30'000));
    CHECK(desk.isIssued(1));
    desk.window->show();
    desk.window->setTwoWindows(true);

    // The other one's PIN was wrong: it is said, wherever one is.
    desk.choose(2);
    REQUIRE(desk.waitForCase(2));
    desk.write();
    {
        HeldKey const held;
        desk.choose(4);
        desk.confirm("246810");
        REQUIRE(QTest::qWaitFor([&] { return desk.open() == Desk::studyOf(4); }, 30'000));
    }
    REQUIRE(QTest::qWaitFor([&] { return reading.notices().text().contains("没有签成"); }, 30'000));
    CHECK(reading.notices().text().startsWith("病2"));
    CHECK(desk.open() == Desk::studyOf(4));

    // Where the next one can't be opened nothing says that it is being opened.
    REQUIRE(desk.waitForCase(4));
    desk.gateway.kill();
    reading.askForNext();
    REQUIRE(QTest::qWaitFor([&] { return desk.window->list().notices().text().contains("打不开"); }, 30'000));
    CHECK(desk.open().empty());
    auto const seen = reading.grid().viewports()[0]->grab().toImage();
    emit reading.backAsked();
    CHECK(reading.grid().viewports()[0]->grab().toImage() == seen);
}

SCENARIO("a session that ends takes no report that is being signed", "[client][leaving]")
{
    if (!canRun())
        return;
    Desk desk(2);
    auto const endSession = [&] {
        desk.gateway.kill();
        // The same password, and no session is known any more.
        REQUIRE(desk.gateway
                    .command({"user", "password", RunningGateway::user}, std::string(RunningGateway::password) + "\n")
                    .exitCode == 0);
        REQUIRE(desk.gateway.start());
        REQUIRE(QTest::qWaitFor([&] { return desk.find<QLineEdit>("signIn.password").isVisible(); }, 60'000));
    };
    desk.choose(1);
    REQUIRE(desk.waitForCase(1));
    desk.write();
    {
        HeldKey const held;
        desk.confirm("246810");
        endSession();
    }
    auto& message = desk.find<QLabel>("signIn.message");
    CHECK(QTest::qWaitFor([&] { return message.text().contains("报告没有签成：签名口令不正确"); }, 30'000));
    CHECK_FALSE(message.text().contains("病")); // whoever passes by reads it
    desk.signIn();
    CHECK(desk.window->list().notices().text().contains("病1的报告没有签成：签名口令不正确"));
    REQUIRE(QTest::qWaitFor([&] { return desk.table().model()->rowCount() == 2; }, 30'000));
    desk.choose(1);
    REQUIRE(desk.waitForCase(1));
    CHECK(desk.find<QPlainTextEdit>("report.findings").toPlainText() == "Clear.");
    desk.write();
    {
        HeldKey const held;
        desk.confirm();
        endSession();
    }
    // On disk before anybody has signed in again.
    CHECK(QTest::qWaitFor([] { return hasTicket(); }, 30'000));
    desk.signIn();
    CHECK(desk.isIssued(1));
}

SCENARIO("who closes the window over signed reports that are not out yet is told so", "[client][leaving]")
{
    if (!canRun())
        return;
    Desk desk(3);
    auto& notices = desk.window->list().notices();
    desk.signWithoutGateway(1);
    CHECK_FALSE(desk.window->close());
    CHECK(notices.text().contains("还有 1 份已签名的报告没有送到网关（病1）"));
    // It goes out, and the window closes as it was told.
    REQUIRE(desk.gateway.start());
    CHECK(QTest::qWaitFor([&] { return !desk.window->isVisible(); }, 60'000));
    CHECK_FALSE(hasTicket());
    CHECK(desk.isIssued(1));

    desk.window->show();
    desk.signWithoutGateway(2);
    CHECK_FALSE(desk.window->close());
    CHECK(notices.text().contains("（病2）"));
    CHECK(desk.window->close()); // once is enough
    CHECK(hasTicket());

    desk.window->show();
    emit desk.window->list().signOutAsked();
    CHECK(desk.find<QLabel>("signIn.message").text().contains("还有 1 份已签名的报告没有送到网关。"));
    CHECK_FALSE(desk.find<QLabel>("signIn.message").text().contains("病"));
    REQUIRE(desk.gateway.start());
    desk.signIn();
    CHECK(desk.isIssued(2));
}

SCENARIO("whoever goes on after closing keeps the window: it closes over no other case", "[client][leaving]")
{
    if (!canRun())
        return;
    Desk desk(4);
    auto& notices = desk.window->list().notices();
    auto const isLeft = [&] { return QTest::qWaitFor([] { return !hasTicket(); }, 60'000); };
    desk.choose(2); // one's own: it opens without the gateway, too
    REQUIRE(desk.waitForCase(2));
    emit desk.window->reading().backAsked();
    auto const signWithoutGateway = [&](int number) {
        desk.signWithoutGateway(number);
        CHECK_FALSE(desk.window->close());
        REQUIRE(notices.text().contains("窗口自己关闭"));
    };
    GIVEN("another case, opened by itself and not by the keyboard")
    {
        signWithoutGateway(1);
        for (auto const& task : desk.window->list().tasks().tasks())
            if (task.studyUid == Desk::studyOf(2)) {
                auto const id = task.id;
                emit desk.window->list().openAsked(*desk.window->list().tasks().task(id));
                break;
            }
        REQUIRE(desk.gateway.start());
        REQUIRE(isLeft());
        QTest::qWait(0);
        CHECK(desk.window->isVisible());
        CHECK_FALSE(notices.text().contains("窗口自己关闭"));
        CHECK_FALSE(desk.window->reading().notices().text().contains("窗口自己关闭"));
    }
    GIVEN("a key in the list")
    {
        signWithoutGateway(1);
        QTest::keyClick(&desk.table(), Qt::Key_Down);
        // The row under the mouse stays there for the second press of a double click.
        CHECK(notices.isVisible());
        CHECK(QTest::qWaitFor([&] { return !notices.text().contains("窗口自己关闭"); }, 30'000));
        REQUIRE(desk.gateway.start());
        REQUIRE(isLeft());
        QTest::qWait(0);
        CHECK(desk.window->isVisible());
        CHECK(desk.isIssued(1));
    }
    GIVEN("a look at the words only, and the button beside them")
    {
        signWithoutGateway(1);
        QTest::mouseClick(&desk.find<QLabel>("list.notice.text"), Qt::LeftButton);
        QTest::keyPress(&desk.table(), Qt::Key_Alt); // half of Alt+F4
        QTest::keyRelease(&desk.table(), Qt::Key_Alt);
        CHECK(notices.text().contains("窗口自己关闭"));
        QTest::mouseClick(&desk.find<QPushButton>("list.notice.action"), Qt::LeftButton);
        CHECK_FALSE(desk.window->isVisible());
        CHECK(hasTicket());
    }
}

SCENARIO("who left reports that were not signed after all is told of each, and nobody else is", "[client][leaving]")
{
    if (!canRun())
        return;
    // Two of its threads are held.
    QThreadPool::globalInstance()->setMaxThreadCount(std::max(4, QThreadPool::globalInstance()->maxThreadCount()));
    Desk desk(3);
    REQUIRE(desk.gateway
                .command({"user", "add", "chenqiang", "--role", "radiologist", "--display-name", "陈强"},
                         std::string(RunningGateway::password) + "\n")
                .exitCode == 0);
    auto& list = desk.window->list();
    auto const isSigned = [&] { return !desk.window->reading().report()->desk().isAnyBeingSigned(); };
    desk.choose(1);
    REQUIRE(desk.waitForCase(1));
    desk.write();
    {
        HeldKey const held;
        desk.leaveSigning(2, "246810");
        REQUIRE(desk.waitForCase(2));
        desk.write();
        desk.leaveSigning(3, "246810");
        emit list.signOutAsked();
        desk.signIn("chenqiang");
    }
    REQUIRE(QTest::qWaitFor(isSigned, 30'000));
    CHECK_FALSE(list.notices().isVisible());
    emit list.signOutAsked();
    CHECK_FALSE(desk.find<QLabel>("signIn.message").text().contains("病"));
    desk.signIn();
    QString said;
    for (int times = 0; times < 2; ++times) {
        said += list.notices().text();
        list.notices().dismiss();
    }
    CHECK(said.contains("病1的报告没有签成"));
    CHECK(said.contains("病2的报告没有签成"));
    CHECK_FALSE(list.notices().text().contains("没有签成"));
}

SCENARIO("closing waits for a report that is signed behind another case, and says so", "[client][leaving]")
{
    if (!canRun())
        return;
    Desk desk(3);
    auto& notices = desk.window->reading().notices();
    desk.choose(1);
    REQUIRE(desk.waitForCase(1));
    desk.write();
    auto const waits = [&] { return notices.text().contains("正在签名") && notices.text().contains("窗口自己关闭"); };
    {
        HeldKey const held;
        desk.leaveSigning(2);
        REQUIRE(desk.waitForCase(2));
        // A case that is on its way when the window is to close takes it back, and so does who goes on.
        for (auto const& task : desk.window->list().tasks().tasks())
            if (task.studyUid == Desk::studyOf(3)) {
                emit desk.window->list().openAsked(model::ReadingTask(task));
                break;
            }
        CHECK_FALSE(desk.window->close());
        CHECK(waits());
        REQUIRE(desk.waitForCase(3));
        CHECK_FALSE(waits());
        CHECK_FALSE(desk.window->close());
        CHECK(waits());
        QTest::keyClick(&desk.window->reading().grid().active(), Qt::Key_I);
        CHECK(QTest::qWaitFor([&] { return !waits(); }, 30'000));
    }
    REQUIRE(desk.isIssued(1));
    QTest::qWait(0);
    CHECK(desk.window->isVisible());

    desk.write();
    {
        HeldKey const held;
        desk.leaveSigning(2);
        REQUIRE(desk.waitForCase(2));
        CHECK_FALSE(desk.window->close());
        CHECK_FALSE(desk.window->close()); // it would be lost
        CHECK(waits());
    }
    CHECK(QTest::qWaitFor([&] { return !desk.window->isVisible(); }, 60'000));
    CHECK_FALSE(hasTicket());
    CHECK(desk.isIssued(3));
}

SCENARIO("a report that was refused long ago keeps no window open that was to close", "[client][leaving]")
{
    if (!canRun())
        return;
    Desk desk(2);
    auto& notices = desk.window->list().notices();
    std::filesystem::path outbox;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(std::getenv("XDG_DATA_HOME")))
        if (entry.path().filename() == "outbox")
            outbox = entry.path();
    REQUIRE_FALSE(outbox.empty());
    emit desk.window->list().signOutAsked();
    std::filesystem::create_directories(outbox / "2.25.1");
    REQUIRE(writeFileDurably(outbox / "2.25.1" / "ticket.json",
                             R"({"task": 9999, "studyUid": "2.25.9", "patientName": "从前", "srUid": "2.25.1",
                                 "pdfUid": "2.25.2", "refused": "别人发布了"})"));
    desk.signIn();
    CHECK(notices.text().contains("网关没有接受从前的报告"));
    // It can still be mended, whatever is said, and over other cases.
    notices.show(NoticeBar::Weight::Information, "a word");
    notices.dismiss();
    CHECK(notices.text().contains("网关没有接受从前的报告"));
    REQUIRE(QTest::qWaitFor([&] { return desk.table().model()->rowCount() == 2; }, 30'000));
    desk.signWithoutGateway(1);
    CHECK_FALSE(desk.window->close());
    REQUIRE(notices.text().contains("窗口自己关闭"));
    REQUIRE(desk.gateway.start());
    CHECK(QTest::qWaitFor([&] { return !desk.window->isVisible(); }, 60'000));
    CHECK(desk.isIssued(1));
    CHECK(std::filesystem::exists(outbox / "2.25.1" / "ticket.json"));
}

SCENARIO("whoever signs in is offline until the gateway's events arrive", "[client][leaving]")
{
    if (!canRun())
        return;
    Desk desk(1, true);
    auto& online = desk.find<QLabel>("top.online");
    REQUIRE(QTest::qWaitFor([&] { return online.text().contains("在线"); }, 30'000));
    emit desk.window->list().signOutAsked();
    desk.between->eventsWait = true;
    desk.signIn();
    REQUIRE(QTest::qWaitFor([&] { return desk.table().model()->rowCount() == 1; }, 30'000));
    desk.choose(1);
    REQUIRE(desk.waitForCase(1));
    CHECK(online.text().contains("离线"));
    CHECK(desk.find<QLabel>("reading.offline").isVisible());
    emit desk.window->reading().backAsked();
}

SCENARIO("a signed report that waits for the gateway is not called one that is being written", "[client][leaving]")
{
    if (!canRun())
        return;
    Desk desk(2);
    desk.signWithoutGateway(1);
    auto const state = [&] {
        for (int row = 0; row < desk.table().model()->rowCount(); ++row)
            if (desk.table().model()->index(row, TaskModel::Name).data() == "病1")
                return desk.table().model()->index(row, TaskModel::State).data().toString();
        return QString();
    };
    CHECK(QTest::qWaitFor([&] { return state() == "已签名 待发送"; }, 30'000));
    // Nobody gives back what is signed.
    for (int row = 0; row < desk.table().model()->rowCount(); ++row)
        if (desk.table().model()->index(row, TaskModel::Name).data() == "病1")
            desk.table().selectRow(row);
    CHECK(desk.find<QPushButton>("preview.release").isHidden());
    REQUIRE(desk.gateway.start());
    CHECK(QTest::qWaitFor([&] { return !hasTicket(); }, 60'000));
    CHECK(QTest::qWaitFor([&] { return !state().startsWith("已签名"); }, 30'000));
}
