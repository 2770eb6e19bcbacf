// B8: two hundred cases in a row, read with the keyboard alone, quickly and slowly, also while pictures still arrive.
// At every paint all that the window says of a person must be of one person: the task's.
#include "tests/viewer_client/client_steps.h"
#include "tests/viewer_client/written_case.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/words.h"

#include <QElapsedTimer>
#include <QLineEdit>
#include <QPlainTextEdit>

#include <fmt/format.h>
#include <map>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {
constexpr int cases = 200, slices = 2;
constexpr char reader[] = "zhaolei";

std::map<std::string, WrittenCase> writeCases(std::filesystem::path const& folder)
{
    std::map<std::string, WrittenCase> written;
    char const* const digits[] = {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
    for (int number = 0; number < cases; ++number) {
        WrittenCase one;
        one.study = fmt::format("2.25.80{:04}", number);
        one.name = fmt::format("Bing^Li{:03}", number);
        one.ideographs = fmt::format("病^{}{}{}", digits[number / 100], digits[number / 10 % 10], digits[number % 10]);
        one.id = fmt::format("P{:05}", number * 37 % 100'000);
        one.sex = number % 2 == 0 ? "M" : "F";
        one.birthDate = fmt::format("{}0102", 1930 + number % 80);
        one.seed = static_cast<std::uint32_t>(number) + 1;
        for (int slice = 1; slice <= slices; ++slice)
            writeSlice(folder, one, slice);
        written[one.study] = one;
    }
    return written;
}

// Looks whenever anything has been painted, and whenever it is told to.
class Witness : public QObject {
public:
    Witness(MainWindow& window, std::map<std::string, WrittenCase> const& written) : window_(window), written_(written)
    {
        qApp->installEventFilter(this);
    }
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::Paint && !looking_)
            look();
        return QObject::eventFilter(watched, event);
    }
    void look()
    {
        looking_ = true;
        ++looks;
        ReadingPage& page = window_.reading();
        auto const& task = page.task();
        QString const header = window_.findChild<QLabel*>("reading.identity")->text();
        if (!task) {
            expect(header.isEmpty(), "a name without a case: " + header);
            for (Viewport* viewport : page.grid().viewports())
                expect(viewport->isEmpty(), "a picture without a case");
        } else {
            WrittenCase const& one = written_.at(task->studyUid);
            QString const who = QString::fromStdString(displayName(one.name + "=" + one.ideographs));
            expect(header == identityLine(*task) && header.startsWith(who), "header " + header + " of " + who);
            QString const report = window_.findChild<QLabel*>("report.identity")->text();
            expect(report == header, "report " + report + " beside " + header);
            for (Viewport* viewport : page.grid().viewports())
                if (!viewport->isEmpty())
                    lookAt(*viewport, one, who, *task);
        }
        looking_ = false;
    }
    int looks = 0, pictures = 0;
    QStringList wrong;

private:
    void lookAt(Viewport const& viewport, WrittenCase const& one, QString const& who, model::ReadingTask const& task)
    {
        auto const& image = *viewport.entry()->image;
        CornerText const corner = viewport.annotation();
        QString const said = corner.topLeft.join(' ');
        expect(image.study.uid.value() == one.study, "an image of another study under " + who);
        expect(said.startsWith(who + " " + QString::fromStdString(one.id)), "corner " + said + " under " + who);
        expect(said.contains(sexWord(one.sex) + " " + patientAge(task)), "sex and age " + said + " under " + who);
        expect(said.endsWith("普子乡卫生院") && corner.date.startsWith("2026-11-26"), "site or date of " + who);
        if (viewport.pixels()) {
            ++pictures;
            expect(viewport.pixels()->stored(0, 0) == firstSample(one, image.instanceNumber),
                   "the pixels of another image under " + who);
        }
    }
    void expect(bool good, QString const& what)
    {
        if (!good && wrong.size() < 20)
            wrong << what;
    }

    MainWindow& window_;
    std::map<std::string, WrittenCase> const& written_;
    bool looking_ = false;
};

struct Hands {
    template <typename Widget>
    Widget& find(char const* name) const
    {
        INFO(name);
        auto* widget = window.findChild<Widget*>(name);
        REQUIRE(widget != nullptr);
        return *widget;
    }
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) const
    {
        QWidget* focus = QApplication::focusWidget();
        QTest::keyClick(focus != nullptr ? focus : &window, key, modifiers);
    }
    void type(char const* field, QString const& text) const
    {
        find<QWidget>(field).setFocus();
        QTest::keyClicks(&find<QWidget>(field), text);
    }
    void signIn() const
    {
        type("signIn.password", RunningGateway::password);
        press(Qt::Key_Return);
        REQUIRE(QTest::qWaitFor([&] { return find<QLineEdit>("pin.new").isVisible(); }, 30'000));
        type("pin.new", RunningGateway::pin);
        type("pin.repeat", RunningGateway::pin);
        press(Qt::Key_Return);
        REQUIRE(QTest::qWaitFor([&] { return window.list().isVisible(); }, 30'000));
    }
    std::string open() const { return window.reading().task() ? window.reading().task()->studyUid : std::string(); }
    bool waitForOther(std::string const& than) const
    {
        return QTest::qWaitFor([&] { return !open().empty() && open() != than; }, 30'000);
    }
    void waitForPicture() const
    {
        REQUIRE(QTest::qWaitFor([&] { return window.reading().grid().active().pixels() != nullptr; }, 30'000));
    }
    void signWith(QString const& findings) const
    {
        press(Qt::Key_F2);
        auto& field = find<QPlainTextEdit>("report.findings");
        REQUIRE(QTest::qWaitFor([&] { return !field.isReadOnly(); }, 30'000));
        type("report.findings", findings);
        type("report.impression", "Normal.");
        press(Qt::Key_Return, Qt::ControlModifier);
        auto& pin = find<QLineEdit>("report.pin");
        // While no picture has come there is nothing to sign, and that is said.
        (void)QTest::qWaitFor(
            [&] {
                if (!pin.isVisible())
                    press(Qt::Key_Return, Qt::ControlModifier);
                return pin.isVisible();
            },
            30'000);
        REQUIRE(pin.isVisible());
        type("report.pin", RunningGateway::pin);
        press(Qt::Key_Return);
    }
    MainWindow& window;
};
} // namespace

SCENARIO("B8: 200 cases by keyboard alone, and never a name beside somebody else's picture", "[client][identity]")
{
    if (!canRun())
        return;
    TemporaryFolder const folder;
    auto const written = writeCases(folder / "images");
    RunningGateway gateway;
    // Somebody whose key is made here, by this gateway.
    REQUIRE(gateway
                .command({"user", "add", reader, "--role", "radiologist", "--display-name", "赵磊"},
                         fmt::format("{}\n", RunningGateway::password))
                .exitCode == 0);
    REQUIRE(gateway.start());
    REQUIRE(gateway.send(folder / "images"));
    {
        GatewayClient counting;
        REQUIRE(signIn(counting, gateway));
        REQUIRE(QTest::qWaitFor(
            [&] {
                auto const tasks =
                    wait<std::vector<model::ReadingTask>>([&](auto then) { counting.tasks(&counting, then); });
                return tasks && std::count_if(tasks->begin(), tasks->end(), [](auto const& task) {
                                    return task.state == model::TaskState::Ready;
                                }) == cases;
            },
            60'000));
    }
    StartOptions options;
    options.gateway = QString::fromStdString(gateway.url());
    options.user = reader;
    MainWindow window(std::move(options));
    window.resize(1366, 768);
    window.show();
    window.activateWindow();
    REQUIRE(QTest::qWaitForWindowActive(&window));
    Hands const hands{window};
    hands.signIn();
    auto& table = hands.find<QTableView>("list.table");
    REQUIRE(QTest::qWaitFor([&] { return table.model()->rowCount() == cases; }, 30'000));
    Witness witness(window, written);
    QElapsedTimer clock;
    clock.start();
    hands.press(Qt::Key_Return); // the list has the focus
    REQUIRE(hands.waitForOther({}));
    std::set<std::string> read;
    std::set<std::string> signedStudies;
    for (int number = 0; number < cases; ++number) {
        std::string const study = hands.open();
        REQUIRE(read.insert(study).second);
        witness.look();
        bool const last = number + 1 == cases;
        if (number % 3 == 1) // somebody who looks
            hands.waitForPicture();
        if (number % 4 == 1) {
            hands.press(Qt::Key_Down);
            hands.press(Qt::Key_2);
        }
        witness.look();
        if (number % 20 == 10) {
            signedStudies.insert(study);
            hands.signWith(QString("read in case %1").arg(number));
        } else if (!last) {
            hands.press(Qt::Key_N, Qt::ControlModifier); // at once, whether or not there is a picture
        }
        if (!last)
            REQUIRE(hands.waitForOther(study));
    }
    hands.waitForPicture();
    witness.look();
    std::cout << cases << " cases in " << clock.elapsed() << " ms; looked at " << witness.looks << " times, "
              << witness.pictures << " pictures\n";
    INFO(witness.wrong.join('\n').toStdString());
    CHECK(witness.wrong.isEmpty());
    CHECK(witness.looks > cases * 2);
    CHECK(witness.pictures > cases / 3);
    CHECK(read.size() == cases);

    // What was signed is out, and nothing else.
    GatewayClient client;
    REQUIRE(signIn(client, gateway));
    auto const issued = [&] {
        auto const tasks = wait<std::vector<model::ReadingTask>>([&](auto then) { client.tasks(&client, then); });
        std::map<std::string, model::TaskId> out;
        for (auto const& task : tasks.value_or(std::vector<model::ReadingTask>()))
            if (isOver(task.state))
                out[task.studyUid] = task.id;
        return out;
    };
    REQUIRE(QTest::qWaitFor([&] { return issued().size() == signedStudies.size(); }, 60'000));
    for (auto const& [study, task] : issued())
        CHECK(signedStudies.contains(study));
}
