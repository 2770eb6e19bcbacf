// qianli-picture-driver: brings the viewer's own main window into the states that a radiologist meets and takes a
// picture of each, for docs/pictures. The gateway's process is stopped or killed where a state needs that. Password and
// PIN are the first two lines of standard input.
#include "viewer/client/background.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/theme.h"

#include <QCommandLineParser>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTableView>
#include <QtTest/QTest>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <stdexcept>

namespace {

using namespace qianli::viewer;

// At the very moment at which the list is shown for the first time.
class AtFirstSight : public QObject {
public:
    AtFirstSight(QWidget& list, std::function<void()> act) : list_(list), act_(std::move(act))
    {
        list_.installEventFilter(this);
    }
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::Show && act_)
            std::exchange(act_, nullptr)();
        return QObject::eventFilter(watched, event);
    }

private:
    QWidget& list_;
    std::function<void()> act_;
};

class Photographer {
public:
    Photographer(MainWindow& window, QString folder, pid_t gateway)
        : window_(window), folder_(std::move(folder)), gateway_(gateway)
    {
    }

    void signIn(std::string const& password, std::string const& pin, std::function<void()> atFirstSight = {})
    {
        window_.show();
        waitUntil("the window", [&] { return window_.isVisible(); });
        AtFirstSight const sight(window_.list(), std::move(atFirstSight));
        find<QLineEdit>("signIn.password").setText(QString::fromStdString(password));
        QTest::keyClick(&find<QLineEdit>("signIn.password"), Qt::Key_Return);
        auto& first = find<QLineEdit>("pin.new");
        waitUntil("sign-in", [&] { return first.isVisible() || window_.list().isVisible(); });
        if (first.isVisible()) {
            first.setText(QString::fromStdString(pin));
            find<QLineEdit>("pin.repeat").setText(QString::fromStdString(pin));
            QTest::keyClick(&find<QLineEdit>("pin.repeat"), Qt::Key_Return);
        }
        waitUntil("the list", [&] { return window_.list().isVisible(); });
    }
    void take(QWidget& widget, char const* name)
    {
        QTest::qWait(300);
        widget.grab().save(folder_ + "/" + name + ".png");
        std::cout << "picture: " << name << std::endl;
    }
    void take(char const* name) { take(window_, name); }
    void openPatient(QString const& words)
    {
        auto& table = find<QTableView>("list.table");
        waitUntil("the reading list", [&] { return table.model()->rowCount() > 0; });
        find<QLineEdit>("list.search").setText(words);
        waitUntil("the patient", [&] { return table.model()->rowCount() >= 1; });
        QTest::qWait(600);
        table.selectRow(newestRow(table));
        QTest::keyClick(&table, Qt::Key_Return);
        waitUntil("the case", [&] { return window_.reading().task().has_value(); });
        find<QLineEdit>("list.search").clear();
    }
    void waitForImages()
    {
        waitUntil("all images", [&] {
            auto& reading = window_.reading();
            return !reading.images().isLoading() && reading.grid().active().pixels() != nullptr;
        });
        QTest::qWait(800);
    }
    void writeReport()
    {
        find<QPlainTextEdit>("report.findings")
            .setPlainText(
                "右侧基底节区见团片状高密度影，大小约4.2 cm×2.6 cm×3.2 cm，CT值约67 HU，边界清楚，周围见低密度水肿带"
                "。\n右侧侧脑室受压变窄，中线结构向左移位约4 mm。颅骨骨质未见异常。");
        find<QPlainTextEdit>("report.impression")
            .setPlainText("1. 右侧基底节区脑出血，出血量约18 ml。\n2. 中线结构轻度左移。");
        find<QPlainTextEdit>("report.recommendation").setPlainText("请结合临床，24小时内复查头颅CT。");
    }
    void press(int key, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::keyClick(&window_.reading().grid().active(), Qt::Key(key), modifiers);
    }
    void waitUntil(char const* what, std::function<bool()> const& condition)
    {
        if (QTest::qWaitFor(condition, 60'000))
            return;
        window_.grab().save(folder_ + "/failed.png");
        throw std::runtime_error(std::string(what) + " did not happen in time");
    }
    template <typename Widget>
    Widget& find(char const* name)
    {
        for (QWidget* top : QApplication::topLevelWidgets())
            if (auto* widget = top->findChild<Widget*>(name))
                return *widget;
        throw std::runtime_error(std::string("no ") + name);
    }
    void gateway(int signal)
    {
        if (gateway_ > 0)
            ::kill(gateway_, signal);
    }
    MainWindow& window() { return window_; }

private:
    // Of the patient's studies the newest one.
    int newestRow(QTableView const& table) const
    {
        int newest = 0;
        std::string date;
        for (int row = 0; row < table.model()->rowCount(); ++row) {
            auto const id = table.model()->index(row, 0).data(TaskModel::TaskRole).toLongLong();
            if (auto const* task = window_.list().tasks().task(id); task != nullptr && task->studyDate > date) {
                date = task->studyDate;
                newest = row;
            }
        }
        return newest;
    }

    MainWindow& window_;
    QString folder_;
    pid_t gateway_;
};

struct Words {
    std::string password, pin;
    QString patient, size;
};

void takeEmpty(Photographer& hands, Words const& words)
{
    hands.signIn(words.password, words.pin);
    QTest::qWait(1500);
    hands.take("list-empty");
}

void takeSizes(Photographer& hands, Words const& words)
{
    hands.signIn(words.password, words.pin);
    auto& table = hands.find<QTableView>("list.table");
    hands.waitUntil("the reading list", [&] { return table.model()->rowCount() > 3; });
    table.selectRow(0);
    QTest::qWait(1200); // the preview asks for earlier studies
    hands.take(("list-" + words.size).toUtf8().constData());
    hands.openPatient(words.patient);
    hands.waitForImages();
    hands.writeReport();
    QTest::qWait(3500); // the draft is at the gateway
    hands.take(("reading-" + words.size).toUtf8().constData());
}

void takeComparison(Photographer& hands, Words const& words)
{
    hands.signIn(words.password, words.pin);
    hands.openPatient(words.patient);
    hands.waitForImages();
    hands.waitUntil("the earlier study", [&] {
        auto& prior = hands.window().reading().prior();
        return prior.hasBegun() && prior.arrived() > 0 && !prior.isLoading();
    });
    hands.press(Qt::Key_P);
    hands.waitUntil("its picture", [&] { return hands.window().reading().grid().viewports()[1]->pixels() != nullptr; });
    hands.press(Qt::Key_S);
    for (int step = 0; step < 3; ++step)
        hands.press(Qt::Key_Down);
    QTest::qWait(800);
    hands.take("reading-prior");
    hands.press(Qt::Key_S);
    hands.press(Qt::Key_P);
    hands.window().setTwoWindows(true);
    QTest::qWait(500);
    auto& desk = *hands.find<QWidget>("report").window();
    desk.resize(1600, 900);
    hands.take("two-windows-images");
    hands.take(desk, "two-windows-desk");
    hands.window().setTwoWindows(false);
}

// The gateway halts while images arrive, and then goes.
void takeFailures(Photographer& hands, Words const& words)
{
    hands.signIn(words.password, words.pin);
    bool stopped = false;
    auto const halt =
        QObject::connect(&hands.window().reading().images(), &StudyImages::progressed, [&](int, int expected) {
            if (expected > 0 && !std::exchange(stopped, true))
                hands.gateway(SIGSTOP);
        });
    hands.openPatient(words.patient);
    hands.waitUntil("the first images", [&] { return stopped; });
    QObject::disconnect(halt);
    // Of what was under way one image may have come, or none.
    (void)QTest::qWaitFor([&] { return hands.window().reading().grid().active().pixels() != nullptr; }, 2000);
    hands.take("reading-loading");
    hands.gateway(SIGKILL);
    hands.waitUntil("the end of the fetching", [&] { return !hands.window().reading().images().isLoading(); });
    hands.waitUntil("being offline", [&] { return hands.find<QWidget>("reading.offline").isVisible(); });
    hands.find<QPlainTextEdit>("report.findings").setPlainText("右侧基底节区见团片状高密度影。");
    QTest::qWait(4000);
    hands.take("reading-offline");
    QTest::mouseClick(&hands.find<QAbstractButton>("reading.back"), Qt::LeftButton);
    QTest::qWait(1000);
    hands.take("list-offline");
}

// The gateway halts, and then goes, before the list's first answer.
void takeListFailed(Photographer& hands, Words const& words)
{
    hands.signIn(words.password, words.pin, [&] { hands.gateway(SIGSTOP); });
    hands.take("list-loading");
    hands.gateway(SIGKILL);
    auto& state = hands.find<QLabel>("list.state");
    hands.waitUntil("the failure", [&] { return state.text().contains(QString::fromUtf8("失败")); });
    hands.take("list-failed");
}

} // namespace

int main(int argc, char** argv)
{
    setenv("TCP_NODELAY", "1", 1);
    QApplication application(argc, argv);
    QApplication::setOrganizationName("Qianli");
    QApplication::setApplicationName("qianli-viewer");
    applyTheme(application);
    QCommandLineParser parser;
    parser.addHelpOption();
    parser.addOptions({{"gateway", "its address", "URL"},
                       {"gateway-pid", "its process", "PID", "0"},
                       {"user", "who signs in", "NAME"},
                       {"patient", "words that find one study in the list", "WORDS"},
                       {"pictures", "folder for the pictures", "DIR", "."},
                       {"what", "empty, sizes, comparison, failures, list-failed", "WORD"},
                       {"label", "of the size, in the pictures' names", "WORD"},
                       {"size", "of the window", "WxH", "1366x768"}});
    parser.process(application);
    Words words;
    std::getline(std::cin, words.password);
    std::getline(std::cin, words.pin);
    words.patient = parser.value("patient");
    words.size = parser.value("label");
    int status = 0;
    try {
        StartOptions options;
        options.gateway = parser.value("gateway");
        options.user = parser.value("user");
        MainWindow window(std::move(options));
        auto const size = parser.value("size").split('x');
        window.resize(size.value(0).toInt(), size.value(1).toInt());
        Photographer hands(window, parser.value("pictures"), static_cast<pid_t>(parser.value("gateway-pid").toInt()));
        QString const what = parser.value("what");
        if (what == "empty")
            takeEmpty(hands, words);
        else if (what == "sizes")
            takeSizes(hands, words);
        else if (what == "comparison")
            takeComparison(hands, words);
        else if (what == "failures")
            takeFailures(hands, words);
        else
            takeListFailed(hands, words);
    } catch (std::exception const& error) {
        std::cerr << "pictures: " << error.what() << std::endl;
        status = 1;
    }
    waitForBackground();
    return status;
}
