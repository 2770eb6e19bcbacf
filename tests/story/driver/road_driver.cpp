// qianli-road-driver: a radiologist's hands: signs in, finds one patient, looks at the pictures, writes, signs. It
// holds the viewer's own main window and touches it only as a person does: mouse, keys, and the input method for
// Chinese. Prints a line a step and leaves a picture of each. Password and PIN are the first two lines of standard
// input.
#include "viewer/client/background.h"
#include "viewer/i18n/language.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/theme.h"

#include <QCommandLineParser>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTableView>
#include <QtTest/QTest>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <stdexcept>

namespace {

using namespace qianli;
using namespace qianli::viewer;

struct Words {
    QString gateway, user, password, pin, patient, pictures;
    QString findings, impression, recommendation;
    bool mpr = false;
    bool sendOutbox = false;  // signs in, and waits until what was signed before is out
    bool expectDraft = false; // the texts must be there from before, and are not typed
    bool tell = false;        // signs in, reads out every row of the list with what is said of it, and ends
    bool tellOpen = false;    // opens the patient, reads out the window, and ends
    int stopAfter = 0;        // ends by itself, unsaved and unasked, after that step; 0: goes to the end
};

class Radiologist {
public:
    Radiologist(MainWindow& window, Words words) : window_(window), words_(std::move(words)) {}
    void walk();

private:
    // The one on screen where several share a name.
    template <typename Widget>
    Widget& find(char const* name)
    {
        auto const all = window_.findChildren<Widget*>(name);
        for (auto* widget : all)
            if (widget->isVisible())
                return *widget;
        if (all.isEmpty())
            throw std::runtime_error(std::string("the window has no ") + name);
        return *all.first();
    }
    void waitUntil(std::string const& what, std::function<bool()> const& condition, int seconds = 60);
    void type(QLineEdit& edit, QString const& text);
    void type(QPlainTextEdit& edit, QString const& text);
    void press(char const* button);
    void step(std::string const& line, char const* picture);

    void signIn();
    void makeKey();
    void openPatient();
    void tellList();
    void tellOpened();
    void look();
    void fetchAgainWhenOffered();
    void write();
    void sign();
    model::TaskState stateOfTask();

    MainWindow& window_;
    Words words_;
    model::TaskId task_ = 0;
    int steps_ = 0;
};

// Everything the window says just now: what a person would read out over the telephone.
std::string saidBy(QWidget const& window)
{
    std::string all;
    for (auto const* label : window.findChildren<QLabel*>())
        if (label->isVisible() && !label->text().isEmpty())
            all += "\n    " + label->text().toStdString();
    return all;
}

void Radiologist::waitUntil(std::string const& what, std::function<bool()> const& condition, int seconds)
{
    if (!QTest::qWaitFor(condition, seconds * 1000)) {
        window_.grab().save(words_.pictures + "/failed.png");
        throw std::runtime_error(what + " did not happen in time; the window says:" + saidBy(window_));
    }
}

void Radiologist::step(std::string const& line, char const* picture)
{
    QTest::qWait(150); // what is animated or painted later
    window_.grab().save(words_.pictures + "/" + picture + ".png");
    std::cout << "viewer: " << line << std::endl;
    if (++steps_ == words_.stopAfter)
        ::_exit(0);
}

// As an input method commits a word.
void commit(QWidget& widget, QString const& text)
{
    QInputMethodEvent event;
    event.setCommitString(text);
    QCoreApplication::sendEvent(&widget, &event);
}

void Radiologist::type(QLineEdit& edit, QString const& text)
{
    QTest::mouseClick(&edit, Qt::LeftButton);
    QTest::keyClick(&edit, Qt::Key_A, Qt::ControlModifier);
    commit(edit, text);
}

void Radiologist::type(QPlainTextEdit& edit, QString const& text)
{
    QTest::mouseClick(edit.viewport(), Qt::LeftButton);
    QTest::keyClick(&edit, Qt::Key_A, Qt::ControlModifier);
    for (QString const& line : text.split('\n')) {
        if (line != text.split('\n').first())
            QTest::keyClick(&edit, Qt::Key_Return);
        commit(edit, line);
    }
}

void Radiologist::press(char const* button)
{
    auto& widget = find<QAbstractButton>(button);
    waitUntil(std::string(button) + " becoming usable", [&] { return widget.isVisible() && widget.isEnabled(); });
    QTest::mouseClick(&widget, Qt::LeftButton);
}

void Radiologist::signIn()
{
    type(find<QLineEdit>("signIn.gateway"), words_.gateway);
    type(find<QLineEdit>("signIn.user"), words_.user);
    type(find<QLineEdit>("signIn.password"), words_.password);
    step("the sign-in page is filled in", "1-sign-in");
    auto const isIn = [&] { return window_.list().isVisible() || find<QLineEdit>("pin.new").isVisible(); };
    // While the gateway starts again, sign-in fails and says so; a person presses the button again.
    for (int attempt = 0; attempt < 10 && !isIn(); ++attempt) {
        press("signIn.submit");
        if (QTest::qWaitFor(isIn, 5000))
            return;
    }
    waitUntil("sign-in", isIn, 5);
}

void Radiologist::makeKey()
{
    if (window_.list().isVisible())
        return;
    type(find<QLineEdit>("pin.new"), words_.pin);
    type(find<QLineEdit>("pin.repeat"), words_.pin);
    press("pin.create");
    waitUntil("the signing key", [&] { return window_.list().isVisible(); });
    std::cout << "viewer: made a signing key, certified by the gateway" << std::endl;
}

void Radiologist::openPatient()
{
    auto& table = find<QTableView>("list.table");
    waitUntil("the reading list", [&] { return table.model()->rowCount() > 0; });
    step("signed in; the reading list has " + std::to_string(table.model()->rowCount()) + " studies", "2-list");
    type(find<QLineEdit>("list.search"), words_.patient);
    waitUntil("the patient in the list", [&] { return table.model()->rowCount() == 1; });
    QTest::keyClick(&find<QLineEdit>("list.search"), Qt::Key_Down);
    auto const isOpen = [&] { return window_.reading().isVisible() && window_.reading().task().has_value(); };
    for (int attempt = 0; attempt < 10 && !isOpen(); ++attempt) {
        QTest::keyClick(&table, Qt::Key_Return);
        if (QTest::qWaitFor(isOpen, 5000))
            break;
    }
    waitUntil("the study opening", isOpen, 5);
    task_ = window_.reading().task()->id;
    find<QLineEdit>("list.search").clear();
}

// "row:" what a screen reader would say of the row and what stands in its cells, then what the preview says of it.
void Radiologist::tellList()
{
    press("list.tab.all");
    auto& table = find<QTableView>("list.table");
    waitUntil("the reading list", [&] { return table.model()->rowCount() > 0; });
    for (int row = 0; row < table.model()->rowCount(); ++row) {
        table.selectRow(row);
        QTest::qWait(800); // the preview asks for earlier studies
        std::cout << "row: " << table.model()->index(row, 0).data(Qt::AccessibleTextRole).toString().toStdString();
        for (int column = 0; column < table.model()->columnCount(); ++column)
            std::cout << " | " << table.model()->index(row, column).data().toString().toStdString();
        std::cout << saidBy(find<TaskPreview>("preview")) << std::endl;
    }
    step("told the list", "2-list");
}

// Every label of the window once the first picture is there; pictures for people who look.
void Radiologist::tellOpened()
{
    openPatient();
    auto& grid = window_.reading().grid();
    waitUntil("the first picture", [&] { return !grid.active().isEmpty() && grid.active().pixels() != nullptr; });
    QTest::qWait(1000);
    std::cout << "opened:" << saidBy(window_) << std::endl;
    step("told the opened study", "3-opened");
}

// A fetch that broke off says so and offers to go on; a person does.
void Radiologist::fetchAgainWhenOffered()
{
    for (auto* button : window_.findChildren<QAbstractButton*>())
        if (button->isVisible() && button->isEnabled() && button->text() == QString::fromUtf8("重新接收"))
            QTest::mouseClick(button, Qt::LeftButton);
}

void Radiologist::look()
{
    auto& grid = window_.reading().grid();
    waitUntil("the first picture", [&] {
        fetchAgainWhenOffered();
        return !grid.active().isEmpty() && grid.active().pixels() != nullptr;
    });
    auto const instances = static_cast<std::size_t>(std::max(1, window_.reading().task()->instances));
    auto const images = [&] { return grid.active().stack().entries.size(); };
    waitUntil("all images", [&] {
        fetchAgainWhenOffered();
        return images() >= 1 && (window_.reading().task()->modalities != "CT" || images() >= instances);
    });
    auto& viewport = grid.active();
    QTest::keyClick(&viewport, Qt::Key_Home);
    for (std::size_t i = 0; i + 1 < images() / 2; ++i)
        QTest::keyClick(&viewport, Qt::Key_Down);
    waitUntil("the picture in the middle", [&] { return viewport.pixels() != nullptr; });
    QTest::qWait(200);
    step("opened, " + std::to_string(images()) + " images; scrolled to the middle", "3-reading");
    QTest::keyClick(&viewport, Qt::Key_K);
    if (words_.mpr && images() > 8) {
        QTest::keyClick(&viewport, Qt::Key_M);
        waitUntil("the planes", [&] {
            for (auto* one : window_.findChildren<Viewport*>())
                if (one->isVisible() && one->showsPlane())
                    return true;
            return false;
        });
        QTest::qWait(700);
        step("the three planes beside each other", "4-planes");
        QTest::keyClick(&grid.active(), Qt::Key_M);
        QTest::qWait(300);
    }
}

void Radiologist::write()
{
    if (words_.expectDraft) {
        waitUntil("the draft of before", [&] {
            return find<QPlainTextEdit>("report.findings").toPlainText() == words_.findings &&
                   find<QPlainTextEdit>("report.impression").toPlainText() == words_.impression;
        });
        std::cout << "viewer: what was typed before is there" << std::endl;
        return;
    }
    type(find<QPlainTextEdit>("report.findings"), words_.findings);
    type(find<QPlainTextEdit>("report.impression"), words_.impression);
    type(find<QPlainTextEdit>("report.recommendation"), words_.recommendation);
    auto& saved = find<QLabel>("report.saved");
    waitUntil("the draft at the gateway", [&] { return saved.text().contains(QString::fromUtf8("✓")); });
    step("the report is written; the gateway has the draft", "5-report");
}

model::TaskState Radiologist::stateOfTask()
{
    auto const* task = window_.list().tasks().task(task_);
    return task == nullptr ? model::TaskState::Receiving : task->state;
}

void Radiologist::sign()
{
    press("report.sign");
    auto& pin = find<QLineEdit>("report.pin");
    waitUntil("the question for the PIN", [&] { return pin.isVisible(); });
    type(pin, words_.pin);
    step("the PIN is entered", "6-sign");
    press("report.confirm");
    waitUntil("the signed report at the gateway", [&] {
        auto const state = stateOfTask();
        return state == model::TaskState::Issued || state == model::TaskState::Delivered;
    });
    if (window_.reading().isVisible())
        press("reading.back");
    waitUntil("the list", [&] { return window_.list().isVisible(); });
    waitUntil(
        "the delivery", [&] { return stateOfTask() == model::TaskState::Delivered; }, 90);
    press("list.tab.all");
    step("signed, issued and delivered", "7-delivered");
}

void Radiologist::walk()
{
    window_.show();
    if (!QTest::qWaitForWindowExposed(&window_))
        throw std::runtime_error("the window did not appear");
    signIn();
    makeKey();
    if (words_.sendOutbox) {
        waitUntil(
            "an empty outbox", [&] { return !find<QPushButton>("top.outbox").isVisible(); }, 90);
        std::cout << "viewer: the outbox is empty" << std::endl;
        return;
    }
    if (words_.tell)
        return tellList();
    if (words_.tellOpen)
        return tellOpened();
    openPatient();
    look();
    write();
    sign();
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
                       {"user", "who signs in", "NAME"},
                       {"patient", "words that find one study in the list", "WORDS"},
                       {"pictures", "folder for the pictures", "DIR", "."},
                       {"findings", "text", "TEXT"},
                       {"impression", "text", "TEXT"},
                       {"recommendation", "text", "TEXT"},
                       {"mpr", "looks at the three planes, too"},
                       {"send-outbox", "only waits until what was signed before is out"},
                       {"expect-draft", "the texts must be there from before"},
                       {"tell", "only reads out the list"},
                       {"tell-open", "opens the patient and reads out the window"},
                       {"stop-after", "ends at once after that step", "N", "0"},
                       {"size", "of the window", "WxH", "1600x900"}});
    parser.process(application);
    Words words;
    words.gateway = parser.value("gateway");
    words.user = parser.value("user");
    words.patient = parser.value("patient");
    words.pictures = parser.value("pictures");
    words.findings = parser.value("findings");
    words.impression = parser.value("impression");
    words.recommendation = parser.value("recommendation");
    words.sendOutbox = parser.isSet("send-outbox");
    words.expectDraft = parser.isSet("expect-draft");
    words.mpr = parser.isSet("mpr");
    words.tell = parser.isSet("tell");
    words.tellOpen = parser.isSet("tell-open");
    words.stopAfter = parser.value("stop-after").toInt();
    std::string password, pin;
    std::getline(std::cin, password);
    std::getline(std::cin, pin);
    words.password = QString::fromStdString(password);
    words.pin = QString::fromStdString(pin);
    std::error_code ignored;
    std::filesystem::create_directories(words.pictures.toStdString(), ignored);
    int status = 0;
    try {
        MainWindow window({});
        auto const size = parser.value("size").split('x');
        window.resize(size.value(0).toInt(), size.value(1).toInt());
        Radiologist(window, std::move(words)).walk();
    } catch (std::exception const& error) {
        std::cerr << "road: " << error.what() << std::endl;
        status = 1;
    }
    waitForBackground();
    return status;
}
