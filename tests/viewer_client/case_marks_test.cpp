// What the reading window says of a case that is not plain: whose it may be, what is missing, what came later; over a
// real gateway.
#include "common/dicom/part10.h"
#include "tests/support/synthetic_object.h"
#include "tests/viewer_client/client_steps.h"
#include "viewer/ui/list_page.h"
#include "viewer/ui/reading_page.h"

#include <QLineEdit>
#include <QPlainTextEdit>

#include <fstream>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {
struct Visible {
    explicit Visible(QWidget& owner) : window(owner) {}
    template <typename Widget = QWidget>
    Widget& find(char const* name) const
    {
        auto* widget = window.findChild<Widget*>(name);
        REQUIRE(widget != nullptr);
        return *widget;
    }
    bool operator()(char const* name) const { return find(name).isVisible(); }
    QString text(char const* name) const { return find<QLabel>(name).text(); }
    QWidget& window;
};

QStringList badges(ReadingPage& page)
{
    QStringList words;
    for (auto const* badge : page.findChild<QWidget*>("reading.badges")->findChildren<QLabel*>())
        words << badge->text();
    return words;
}

// A CT slice that any viewer shows: 16 x 16. All are of one study.
void writeSlice(std::filesystem::path const& file, int number, std::string const& name = "Wang^Jun=王^军",
                std::string const& sex = "M")
{
    std::string const uid = "2.25.7310";
    SyntheticObject object(uid, uid + ".1", uid + ".1." + std::to_string(number));
    for (std::uint32_t const date : {0x00080020u, 0x00080021u, 0x00080022u, 0x00080023u})
        object.remove(date); // no clock that could be wrong
    object.set(0x00100010, "PN", name)
        .set(0x00100040, "CS", sex)
        .set(0x00080005, "CS", "ISO_IR 192")
        .set(0x00200013, "IS", std::to_string(number))
        .set(0x00200032, "DS", "0\\0\\" + std::to_string(5 * number))
        .set(0x00200037, "DS", "1\\0\\0\\0\\1\\0")
        .set(0x00280002, "US", std::string("\x01\x00", 2))
        .set(0x00280004, "CS", "MONOCHROME2")
        .set(0x00280010, "US", std::string("\x10\x00", 2))
        .set(0x00280011, "US", std::string("\x10\x00", 2))
        .set(0x00280030, "DS", "0.5\\0.5")
        .set(0x00280100, "US", std::string("\x10\x00", 2))
        .set(0x00280101, "US", std::string("\x10\x00", 2))
        .set(0x00280102, "US", std::string("\x0F\x00", 2))
        .set(0x00280103, "US", std::string("\x00\x00", 2))
        .pixels(16 * 16 * 2, static_cast<std::uint32_t>(number));
    auto const dataSet = object.dataSet();
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << dicom::encodeFileMeta({dicom::Uid::ofKnown(object.sopClass()),
                                  dicom::Uid::ofKnown(object.sopInstance()),
                                  dicom::Uid::ofKnown(SyntheticObject::transferSyntax),
                                  {}});
    out.write(reinterpret_cast<char const*>(dataSet.data()), static_cast<std::streamsize>(dataSet.size()));
    REQUIRE(out.good());
}

struct Opened {
    Opened()
    {
        for (int number = 1; number <= 8; ++number)
            writeSlice(folder / (number <= 5 ? "first" : "later") / std::to_string(number), number);
        REQUIRE(gateway.start());
        REQUIRE(gateway.send(folder / "first"));
        REQUIRE(signIn(client, gateway));
        auto const ready = readyTask(client);
        REQUIRE(ready);
        task = wait<model::ReadingTask>([&](auto then) { client.claim(&client, ready->id, then); }).value();
        workplace = openWorkplace(client);
        page.resize(1366, 768);
        page.show();
        QObject::connect(&client, &GatewayClient::taskChanged, &page, &ReadingPage::taskChanged);
    }
    void open(model::ReadingTask const& listed, std::vector<model::ReadingTask> related = {})
    {
        page.openTask(workplace, task, listed, std::move(related));
    }
    void waitForImages(int count)
    {
        REQUIRE(QTest::qWaitFor(
            [&] {
                return !page.images().isLoading() && page.images().arrived() == count && page.images().isComplete();
            },
            30'000));
    }
    TemporaryFolder folder;
    RunningGateway gateway;
    GatewayClient client;
    model::ReadingTask task;
    std::shared_ptr<Workplace> workplace;
    ReadingPage page;
    Visible visible{page};
};
} // namespace

SCENARIO("a case whose identity is in conflict is red until it is not, and signing asks what was checked",
         "[client][marks]")
{
    if (!canRun())
        return;
    Opened opened;
    auto& page = opened.page;
    auto const& visible = opened.visible;
    REQUIRE(wait<void>([&](auto then) { opened.workplace->keys().create(&opened.client, RunningGateway::pin, then); }));
    opened.open(opened.task);
    opened.waitForImages(5);
    CHECK_FALSE(visible("reading.identityBand"));
    CHECK_FALSE(visible("report.conflict"));
    CHECK_FALSE(visible("reading.missing"));
    CHECK(badges(page).isEmpty());

    auto conflict = opened.task;
    conflict.identityConflict = conflict.versionConflict = conflict.charsetCorrected = true;
    conflict.charsetRule = 5;
    page.taskChanged(conflict);
    CHECK(visible("reading.identityBand"));
    CHECK(visible.text("reading.identityBand.words").contains("姓名、性别或出生日期不同"));
    CHECK(visible("report.conflict"));
    CHECK(badges(page) == QStringList{"2个版本", "字符集已纠正"});
    // Who it is comes by the other's own event; it covers no picture.
    auto other = opened.task;
    other.id += 1000;
    other.studyUid = "2.25.99";
    other.patientName = "王芳";
    page.taskChanged(other);
    CHECK(visible.text("reading.identityBand.words").contains("王芳"));
    Viewport& viewport = page.grid().active();
    CHECK_FALSE(visible.find("reading.identityBand")
                    .geometry()
                    .intersects(QRect(viewport.mapTo(&page, QPoint()), viewport.size())));

    for (auto* field : page.findChildren<QPlainTextEdit*>())
        field->setPlainText("未见异常。");
    auto& check = visible.find<QCheckBox>("report.check");
    auto& confirm = visible.find<QPushButton>("report.confirm");
    visible.find<QPushButton>("report.sign").click();
    REQUIRE(check.isVisible());
    CHECK(visible.text("report.doubt").contains("身份冲突：这份报告写的是 王军"));
    visible.find<QLineEdit>("report.pin").setText(RunningGateway::pin);
    CHECK_FALSE(confirm.isEnabled());
    QTest::keyClick(&visible.find<QLineEdit>("report.pin"), Qt::Key_Return);
    CHECK_FALSE(visible.find<ReportPanel>("report").desk().isSigning());
    check.click();
    CHECK(confirm.isEnabled());
    QTest::mouseClick(&visible.find<QPushButton>("report.cancel"), Qt::LeftButton);

    // A person decided; the red goes, and signing asks for the PIN alone.
    page.taskChanged(opened.task);
    CHECK_FALSE(visible("reading.identityBand"));
    CHECK_FALSE(visible("report.conflict"));
    visible.find<QPushButton>("report.sign").click();
    CHECK_FALSE(check.isVisible());
    CHECK(confirm.isEnabled());
    // A conflict that turns up while the PIN is being typed is asked about.
    page.taskChanged(conflict);
    CHECK_FALSE(visible("report.pin"));
    visible.find<QPushButton>("report.sign").click();
    CHECK(check.isVisible());
    // What was ticked was said of somebody else.
    check.click();
    auto third = other;
    third.id += 1;
    third.studyUid = "2.25.100";
    third.patientName = "赵六";
    page.taskChanged(third);
    CHECK_FALSE(visible("report.pin"));
    // The next case begins without red.
    opened.open(opened.task);
    CHECK_FALSE(visible("reading.identityBand"));
    CHECK(badges(page).isEmpty());
}

SCENARIO("the search box asks the gateway for studies that the list does not hold", "[client][search]")
{
    if (!canRun())
        return;
    TemporaryFolder const folder;
    writeSlice(folder / "study" / "1", 1);
    RunningGateway gateway;
    REQUIRE(gateway.start());
    REQUIRE(gateway.send(folder / "study"));
    GatewayClient client;
    REQUIRE(signIn(client, gateway));
    REQUIRE(readyTask(client));
    auto const find = [&](QString const& name) {
        auto found = wait<std::vector<model::ReadingTask>>([&](auto then) { client.findTasks(&client, name, then); });
        REQUIRE(found);
        return found->size();
    };
    CHECK(find("王军") == 1);
    CHECK(find("wangj") == 1);
    CHECK(find("王 & 军?") == 1); // marks are no part of a name, and arrive as they were typed
    CHECK(find("李") == 0);

    ListPage page(client); // nothing is loaded
    page.resize(1366, 768);
    page.show();
    auto& search = *page.findChild<QLineEdit*>("list.search");
    auto& table = *page.findChild<QTableView*>("list.table");
    QTest::keyClicks(&search, "wj");
    CHECK(table.model()->rowCount() == 0);
    REQUIRE(QTest::qWaitFor([&] { return table.model()->rowCount() == 1; }, 10'000));
    CHECK(table.model()->index(0, TaskModel::Name).data().toString() == "王军");
    QTest::keyClicks(&search, "x");
    CHECK(table.model()->rowCount() == 0);
    auto& state = *page.findChild<QLabel*>("list.state");
    CHECK(state.text() == "正在网关上查找“wjx”……");
    REQUIRE(QTest::qWaitFor([&] { return state.text() == "没有符合“wjx”的检查"; }, 10'000));
    // The list is read again: so is what was searched, and it is "nothing" only when that is answered.
    QString atLoad;
    QObject::connect(&page, &ListPage::loaded, [&] { atLoad = state.text(); });
    page.reload();
    REQUIRE(QTest::qWaitFor([&] { return !atLoad.isEmpty(); }, 10'000));
    CHECK(atLoad == "正在网关上查找“wjx”……");
    REQUIRE(QTest::qWaitFor([&] { return state.text() == "没有符合“wjx”的检查"; }, 10'000));
    // A row that the list itself does not hold is selected again when it is back.
    auto other = *readyTask(client);
    other.id += 1000;
    other.patientName = "李四";
    search.setText("李四");
    page.taskArrived(other);
    REQUIRE(table.model()->rowCount() == 1);
    table.selectRow(0);
    atLoad.clear();
    page.reload();
    REQUIRE(QTest::qWaitFor([&] { return !atLoad.isEmpty(); }, 10'000));
    CHECK_FALSE(table.selectionModel()->hasSelection());
    page.taskArrived(other);
    CHECK(table.selectionModel()->hasSelection());
    // A gateway that is gone is named; it is not "nothing".
    gateway.kill();
    search.setText("zhangsan");
    auto& detail = *page.findChild<QLabel*>("list.stateDetail");
    REQUIRE(QTest::qWaitFor([&] { return detail.text().startsWith("网关没有应答"); }, 30'000));
    QTest::keyClick(&search, Qt::Key_Escape);
    CHECK(search.text().isEmpty());
}

SCENARIO("a study that is not whole says so before its images, and what comes later is offered", "[client][marks]")
{
    if (!canRun())
        return;
    Opened opened;
    auto& page = opened.page;
    auto const& visible = opened.visible;
    auto listed = opened.task;
    listed.state = model::TaskState::Incomplete;
    listed.missing = "received=5;expected=8;z=30..40";
    opened.open(listed);
    CHECK(page.grid().active().pixels() == nullptr);
    REQUIRE(visible("reading.missing"));
    CHECK(visible.text("reading.missing.text") ==
          "图像可能不全：收到 5 幅，应有 8 幅，缺 z 30.0 至 40.0 mm 之间的层面。请与基层核对。");
    opened.waitForImages(5);
    QTest::mouseClick(&visible.find<QPushButton>("reading.missing.dismiss"), Qt::LeftButton);
    page.taskChanged(opened.task);
    CHECK_FALSE(visible("reading.missing")); // once said is enough

    opened.client.listen();
    Viewport& viewport = page.grid().active();
    REQUIRE(QTest::qWaitFor([&] { return viewport.pixels() != nullptr; }, 20'000));
    auto const shown = viewport.entry()->image->sopInstanceUid.value();
    REQUIRE(opened.gateway.send(opened.folder / "later"));
    REQUIRE(QTest::qWaitFor([&] { return visible("reading.missing"); }, 20'000));
    REQUIRE(QTest::qWaitFor(
        [&] { return visible.text("reading.missing.text").startsWith("打开以后又到了 3 幅图像。"); }, 20'000));
    // Nothing moves unasked.
    CHECK(page.images().arrived() == 5);
    REQUIRE(visible("reading.missing.action"));
    std::vector<std::filesystem::path> before;
    for (auto const& entry : viewport.stack().entries)
        before.push_back(entry.image->file);
    QTest::mouseClick(&visible.find<QPushButton>("reading.missing.action"), Qt::LeftButton);
    opened.waitForImages(8);
    REQUIRE(QTest::qWaitFor([&] { return viewport.stack().entries.size() == 8; }, 20'000));
    CHECK(viewport.entry()->image->sopInstanceUid.value() == shown);
    CHECK(viewport.pixels() != nullptr);
    // What was here did not come again.
    for (auto const& file : before)
        CHECK(std::filesystem::exists(file));
    CHECK_FALSE(visible.text("reading.missing.text").startsWith("打开以后"));
}

SCENARIO("images that come while the first ones are being fetched are offered, too", "[client][marks]")
{
    if (!canRun())
        return;
    Opened opened;
    opened.open(opened.task);
    auto more = opened.task;
    more.instances += 2;
    opened.page.taskChanged(more);
    opened.waitForImages(5);
    REQUIRE(QTest::qWaitFor([&] { return opened.visible("reading.missing.action"); }, 20'000));
    CHECK(opened.visible.text("reading.missing.text").startsWith("打开以后又到了 2 幅图像。"));
}

SCENARIO("where a task means somebody else than when it was opened, nothing of before stays on the screen",
         "[client][marks]")
{
    if (!canRun())
        return;
    Opened opened;
    auto& page = opened.page;
    opened.open(opened.task);
    opened.waitForImages(5);
    Viewport& viewport = page.grid().active();
    REQUIRE(QTest::qWaitFor([&] { return viewport.pixels() != nullptr; }, 20'000));
    auto changed = opened.task;
    changed.severalParts = true;
    changed.instances += 1;
    SECTION("the same person, named now: all comes anew")
    {
        page.taskChanged(changed);
        page.findChild<QAbstractButton*>("reading.missing.action")->click();
        CHECK(viewport.isEmpty());
        opened.waitForImages(5);
        CHECK(QTest::qWaitFor([&] { return viewport.pixels() != nullptr; }, 20'000));
    }
    SECTION("another person, of whom nothing is there")
    {
        changed.patientName = "Li^Na=李^娜";
        page.taskChanged(changed);
        page.findChild<QAbstractButton*>("reading.missing.action")->click();
        REQUIRE(QTest::qWaitFor([&] { return !page.images().isLoading(); }, 20'000));
        CHECK(page.images().studies().empty());
        for (Viewport* one : page.grid().viewports())
            CHECK(one->isEmpty());
    }
}

SCENARIO("a study that two patients share comes as each one's part, and each report goes to its own", "[client][marks]")
{
    if (!canRun())
        return;
    TemporaryFolder const folder;
    for (int number = 1; number <= 5; ++number)
        writeSlice(folder / "study" / std::to_string(number), number, number <= 3 ? "Wang^Jun=王^军" : "Li^Na=李^娜",
                   number <= 3 ? "M" : "F");
    RunningGateway gateway;
    REQUIRE(gateway.start());
    REQUIRE(gateway.send(folder / "study"));
    GatewayClient client;
    auto const session = signIn(client, gateway);
    REQUIRE(session);
    std::vector<model::ReadingTask> tasks;
    REQUIRE(QTest::qWaitFor(
        [&] {
            tasks = wait<std::vector<model::ReadingTask>>([&](auto then) { client.tasks(&client, then); }).value();
            return tasks.size() == 2 && std::all_of(tasks.begin(), tasks.end(), [](auto const& task) {
                       return task.state == model::TaskState::Ready;
                   });
        },
        30'000));
    CHECK(tasks[0].studyUid == tasks[1].studyUid);
    CHECK(tasks[0].patientId == tasks[1].patientId);
    auto const workplace = openWorkplace(client);
    REQUIRE(wait<void>([&](auto then) { workplace->keys().create(&client, RunningGateway::pin, then); }));
    ReadingPage page;
    page.resize(1366, 768);
    page.show();
    Visible const visible{page};
    bool signedAndSent = false;
    QObject::connect(&page, &ReadingPage::signedAndSent, [&] { signedAndSent = true; });
    for (auto const& listed : tasks) {
        CAPTURE(listed.patientName);
        CHECK(listed.splitStudy);
        auto const task = wait<model::ReadingTask>([&](auto then) { client.claim(&client, listed.id, then); });
        REQUIRE(task);
        page.openTask(workplace, *task, listed, {tasks[0].id == listed.id ? tasks[1] : tasks[0]});
        int const count = listed.sex == "M" ? 3 : 2;
        REQUIRE(QTest::qWaitFor([&] { return !page.images().isLoading(); }, 30'000));
        CHECK(page.images().arrived() == count);
        REQUIRE(page.images().study() != nullptr);
        CHECK_FALSE(page.images().study()->patientsDiffer);
        CHECK(page.images().study()->patient.name == listed.patientName);
        CHECK(visible.text("reading.identityBand.words").contains(listed.sex == "M" ? "李娜" : "王军"));

        auto& report = visible.find<ReportPanel>("report");
        REQUIRE(QTest::qWaitFor([&] { return report.desk().isWritable(); }, 10'000));
        visible.find<QPlainTextEdit>("report.findings").setPlainText("所见：" + QString::fromStdString(listed.sex));
        visible.find<QPlainTextEdit>("report.impression").setPlainText("未见异常。");
        visible.find<QPushButton>("report.sign").click();
        visible.find<QCheckBox>("report.check").click();
        visible.find<QLineEdit>("report.pin").setText(RunningGateway::pin);
        signedAndSent = false;
        std::optional<model::ReadingTask> issued;
        QString refusal;
        auto const one = QObject::connect(&workplace->outbox(), &ReportOutbox::issued,
                                          [&](model::ReadingTask const& done) { issued = done; });
        auto const other = QObject::connect(&workplace->outbox(), &ReportOutbox::refused,
                                            [&](model::TaskId, QString const& reason) { refusal = reason; });
        visible.find<QPushButton>("report.confirm").click();
        REQUIRE(QTest::qWaitFor([&] { return issued || !refusal.isEmpty(); }, 60'000));
        QObject::disconnect(one);
        QObject::disconnect(other);
        INFO(refusal.toStdString() << visible.text("report.message").toStdString());
        REQUIRE(issued);
        CHECK(signedAndSent);
        CHECK(issued->id == listed.id);
        CHECK(issued->patientName == listed.patientName);
        CHECK(issued->state == model::TaskState::Issued);
    }
}

SCENARIO("parts of a study that somebody merged under one Patient ID are still read one by one", "[client][marks]")
{
    if (!canRun())
        return;
    TemporaryFolder const folder;
    for (int number = 1; number <= 5; ++number)
        writeSlice(folder / "study" / std::to_string(number), number, number <= 3 ? "Wang^Jun=王^军" : "Li^Na=李^娜",
                   number <= 3 ? "M" : "F");
    RunningGateway gateway;
    REQUIRE(gateway.start());
    REQUIRE(gateway.send(folder / "study"));
    GatewayClient client;
    REQUIRE(signIn(client, gateway));
    std::vector<model::ReadingTask> tasks;
    auto const areAll = [&](auto const& test) {
        tasks = wait<std::vector<model::ReadingTask>>([&](auto then) { client.tasks(&client, then); }).value();
        return tasks.size() == 2 && std::all_of(tasks.begin(), tasks.end(), test);
    };
    REQUIRE(QTest::qWaitFor(
        [&] { return areAll([](auto const& task) { return task.state == model::TaskState::Ready; }); }, 30'000));
    auto const patient = tasks[0].site.value + "/" + tasks[0].patientId;
    REQUIRE(gateway.command({"patient", "merge", patient, patient + "#1", "--reason", "登记错误"}).exitCode == 0);
    REQUIRE(areAll([](auto const& task) { return !task.splitStudy; }));
    auto const workplace = openWorkplace(client);
    ReadingPage page;
    page.resize(1366, 768);
    page.show();
    for (auto const& listed : tasks) {
        CAPTURE(listed.patientName);
        auto const task = wait<model::ReadingTask>([&](auto then) { client.claim(&client, listed.id, then); });
        REQUIRE(task);
        page.openTask(workplace, *task, listed, {});
        REQUIRE(QTest::qWaitFor([&] { return !page.images().isLoading(); }, 30'000));
        CHECK(page.images().arrived() == (listed.sex == "M" ? 3 : 2));
        REQUIRE(page.images().study() != nullptr);
        CHECK_FALSE(page.images().study()->patientsDiffer);
    }
}
