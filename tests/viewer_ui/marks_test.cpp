// What is odd about a study, as the list, the preview and the words say it: identity, character set, versions, clock,
// age, what is missing; and who is seen of a national ID.
#include "common/dicom/part10.h"
#include "tests/support/support.h"
#include "tests/support/synthetic_object.h"
#include "tests/viewer_ui/listed.h"
#include "viewer/i18n/language.h"
#include "viewer/ui/identity_band.h"
#include "viewer/ui/list_page.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/study_marks.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/words.h"

#include <catch2/catch.hpp>

#include <QTest>

#include <fstream>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {
constexpr char nationalId[] = "500101196001011236", hidden[] = "500101********1236";

std::vector<QString> badges(model::ReadingTask const& task)
{
    std::vector<QString> words;
    for (auto const& mark : marksOf(task))
        words.push_back(mark.badge);
    return words;
}
} // namespace

TEST_CASE("an ordinary study carries no mark", "[ui][marks]")
{
    auto task = taskOf(1, "张三");
    task.age = "066Y";
    task.charsetRule = 4;
    task.clockSkewSeconds = 200;
    CHECK(badges(task).empty());
    CHECK(incompleteWords(task).isEmpty());
    CHECK(identityConflictWords(task, {}).isEmpty());
}

TEST_CASE("each mark has its word, and the gravest stands first", "[ui][marks]")
{
    auto task = taskOf(1, "张三");
    task.charsetCorrected = true;
    task.charsetRule = 5;
    task.versionConflict = true;
    task.clockSkewSeconds = 8 * 3600 + 3;
    task.age = "085Y";
    task.identityConflict = true;
    CHECK(badges(task) ==
          std::vector<QString>{"身份冲突", "年龄不符", "2个版本", "设备时钟慢8小时或补传", "字符集已纠正"});
    auto const marks = marksOf(task);
    CHECK(marks[0].tone == MarkTone::Danger);
    CHECK(marks[1].meaning == "按出生日期算是66岁，设备写的是85岁。");
    CHECK(marks[2].meaning.contains("打开以后才来的，重新打开才看得到")); // the later one is not shown by itself
    CHECK(marks[3].tone == MarkTone::Quiet);
    CHECK(marks[4].meaning == "声明的字符集与内容不符，按 GB18030 读（规则 5）。");
    task.charsetUncertain = true;
    CHECK(badges(task).back() != "字符集已纠正");
    CHECK(marksOf(task)[1].badge == "字符集存疑");
}

TEST_CASE("a clock's error is told as a length and a direction, from eleven minutes on", "[ui][marks]")
{
    auto task = taskOf(1, "张三");
    auto const badge = [&](std::int64_t skew) {
        task.clockSkewSeconds = skew;
        auto const found = badges(task);
        return found.empty() ? QString() : found.front();
    };
    CHECK(badge(600) == "");
    CHECK(badge(-600) == "");
    CHECK(badge(25 * 60) == "设备时钟慢25分钟或补传");
    CHECK(badge(-25 * 60) == "设备时钟快25分钟");
    CHECK(badge(8 * 3600 + 1200) == "设备时钟慢8小时20分或补传");
    CHECK(badge(9827LL * 86400 + 500) == "设备时钟慢9827天或补传");
    CHECK(badge(-9827LL * 86400) == "设备时钟快9827天");
    // Ahead of now is never a late sending, and years are no working day.
    CHECK(marksOf(task).front().tone == MarkTone::Caution);
}

TEST_CASE("an age is what the birth date says on the day that can be trusted; what contradicts it is told",
          "[ui][marks]")
{
    auto task = taskOf(1, "张三"); // born 1960-03-04, examined 2026-11-26
    task.receivedAt = parseIso8601("2026-11-26T02:00:00Z").value();
    task.age = "066Y";
    CHECK(patientAge(task) == "66岁");
    CHECK(ageDoubt(task).isEmpty());
    task.age = "020Y";
    CHECK(patientAge(task) == "66岁");
    CHECK(ageDoubt(task) == "按出生日期算是66岁，设备写的是20岁。");
    CHECK(ageForReport(task) == "066Y");
    // A clock of the year 2000, and no age to say which day is right.
    task.age = "";
    task.studyDate = "20000101";
    task.clockSkewSeconds = 9827LL * 86400;
    CHECK(patientAge(task) == "66岁");
    CHECK(ageDoubt(task) == "设备的时钟可能不对：按到达日期算是66岁，按检查日期算是39岁。");
    // An old study sent today: its own age speaks for its date.
    task.age = "039Y";
    CHECK(patientAge(task) == "39岁");
    CHECK(ageDoubt(task).isEmpty());
    task.birthDate = "";
    CHECK(patientAge(task) == "39岁");
}

TEST_CASE("what is missing is told in words, as far as it is known", "[ui][marks]")
{
    auto task = taskOf(1, "张三");
    task.state = model::TaskState::Incomplete;
    task.missing = "received=137;expected=350;z=-72.5..337.5";
    CHECK(incompleteWords(task) ==
          "图像可能不全：收到 137 幅，应有 350 幅，缺 z −72.5 至 337.5 mm 之间的层面。请与基层核对。");
    CHECK(taskStateLine(task, "") == "疑缺 137/350");
    task.missing = "received=137";
    CHECK(incompleteWords(task) == "图像可能不全：收到 137 幅。请与基层核对。");
    CHECK(taskStateLine(task, "") == "疑缺");
    task.missing = "";
    CHECK(incompleteWords(task) == "图像可能不全：收到 137 幅。请与基层核对。");
    task.missing = "received=16;z=1.0..2.0,5.0..6.0;series=2,3;why=gap;and=more";
    CHECK(missingWords(task) == "收到 16 幅，缺 z 1.0 至 2.0、5.0 至 6.0 mm 之间的层面（序列 2、3）");
    task.missing = "received=16;why=broke-off";
    CHECK(missingWords(task) == "发送中途断了，收到 16 幅");
    task.missing = "received=1;why=localizer-only";
    CHECK(missingWords(task) == "只到了定位像，收到 1 幅");
    task.missing = "what a later gateway may write";
    CHECK(incompleteWords(task) == "图像可能不全：收到 137 幅。请与基层核对。");
    task.state = model::TaskState::Receiving;
    CHECK(incompleteWords(task).startsWith("图像还在接收"));
    task.state = model::TaskState::Issued;
    CHECK(incompleteWords(task).isEmpty());
}

TEST_CASE("the words of an identity conflict name the other person and what differs", "[ui][marks]")
{
    auto wang = taskOf(1, "王军"), fang = taskOf(2, "王芳"), elsewhere = taskOf(3, "刘强");
    fang.sex = "F";
    elsewhere.site = {"sunjia"};
    elsewhere.siteName = "孙家镇卫生院";
    wang.identityConflict = true;
    std::vector<model::ReadingTask> const all{wang, fang, elsewhere};
    CHECK(identityConflictWords(wang, all) ==
          "编号 000123 在普子乡卫生院还属于另一个人：王芳 女 1960-03-04（姓名、性别不同）。两人的检查没有归在一起，"
          "签发前请核对。");
    CHECK(identityConflictWords(wang, {wang}).contains("（姓名、性别或出生日期不同）"));
    CHECK(isRelated(wang, fang));
    CHECK_FALSE(isRelated(wang, elsewhere));

    // The patient's own studies are nobody else's: written otherwise, with a mark, or with less said.
    auto latin = taskOf(4, "WANG^JUN"), hurried = taskOf(5, "王军(急)"), silent = taskOf(6, "王军");
    silent.sex = silent.birthDate = "";
    auto gone = taskOf(7, "赵六"), retaken = taskOf(8, "孙七");
    gone.state = model::TaskState::Withdrawn;
    retaken.state = model::TaskState::Rejected;
    std::vector<model::ReadingTask> many{latin, hurried, silent, gone, retaken};
    CHECK(identityConflictWords(wang, many).contains("（姓名、性别或出生日期不同）"));
    many.push_back(fang);
    CHECK(identityConflictWords(wang, many) == identityConflictWords(wang, all));
    // Everybody is named, each once.
    auto again = fang, li = taskOf(9, "WANG^FANG");
    again.id = 10;
    many.insert(many.end(), {again, li});
    CHECK(identityConflictWords(wang, many) ==
          "编号 000123 在普子乡卫生院还属于别人：王芳 女 1960-03-04（姓名、性别不同）、WANG FANG 男 "
          "1960-03-04（姓名不同）。各人的检查没有归在一起，签发前请核对。");
    many.back().identityConflict = true; // who is marked, too, is who is meant
    CHECK(identityConflictWords(wang, many).contains("另一个人：WANG FANG"));
    CHECK_FALSE(isRelated(wang, wang));

    // One Study Instance UID: two patients of one site, or two sites.
    wang.identityConflict = false;
    wang.splitStudy = true;
    fang.studyUid = elsewhere.studyUid = wang.studyUid;
    fang.part = 1;
    CHECK(identityConflictWords(wang, {wang, fang, elsewhere}).contains("还有 王芳 女 1960-03-04 的图像"));
    wang.splitStudy = false;
    wang.studyConflict = true;
    CHECK(identityConflictWords(wang, {wang, fang, elsewhere}) ==
          "孙家镇卫生院也有相同的检查 UID，已经分开，这里只有普子乡卫生院的图像。");
    CHECK(isRelated(wang, elsewhere));
}

TEST_CASE("red stands in the row of a conflict, before the name and among the notes, and nowhere else", "[ui][marks]")
{
    auto wang = taskOf(1, "王军"), fang = taskOf(2, "王芳"), plain = taskOf(3, "刘强");
    plain.patientId = "7";
    plain.charsetCorrected = plain.versionConflict = true;
    plain.charsetRule = 5;
    for (bool model::ReadingTask::*kind :
         {&model::ReadingTask::identityConflict, &model::ReadingTask::splitStudy, &model::ReadingTask::studyConflict}) {
        auto marked = wang;
        marked.*kind = true;
        Listed window({marked, fang, plain});
        int const row = window.rowOf("王军"), other = window.rowOf("刘强");
        CHECK(window.pixels(row, TaskModel::Name, colour::red) > 10);
        CHECK(window.pixels(row, TaskModel::Marks, colour::red) > 200);
        CHECK(window.pixels(other, TaskModel::Name, colour::red) == 0);
        CHECK(window.pixels(other, TaskModel::Marks, colour::red) == 0);
        CHECK(window.text(row, TaskModel::Marks) == "身份冲突");
        CHECK(window.text(other, TaskModel::Marks) == "2版本 字符集");
        CHECK(window.text(row, 0, Qt::AccessibleTextRole).endsWith("待报告，身份冲突"));
        CHECK(window.text(other, 0, Qt::AccessibleTextRole).endsWith("，2个版本，字符集已纠正"));
        CHECK(window.text(other, TaskModel::Marks, Qt::ToolTipRole).contains("按 GB18030 读（规则 5）"));
        // A decision of a person: the event is enough.
        window.page.taskArrived(wang);
        CHECK(window.pixels(row, TaskModel::Name, colour::red) == 0);
        CHECK(window.text(row, TaskModel::Marks) == "");
    }
}

TEST_CASE("the preview says what each mark means, both times, and what is missing", "[ui][marks]")
{
    auto wang = taskOf(1, "王军"), fang = taskOf(2, "王芳");
    wang.identityConflict = fang.identityConflict = true;
    fang.state = model::TaskState::Incomplete;
    fang.missing = "received=137;expected=350;z=72.5..337.5";
    fang.clockSkewSeconds = 8 * 3600;
    fang.linkedSites = "孙家镇卫生院\\龙驹镇卫生院";
    Listed window({wang, fang});
    auto said = window.preview(window.rowOf("王芳"));
    CHECK(said.contains("身份冲突"));
    CHECK(said.contains("还属于另一个人：王军"));
    CHECK(said.contains("收到 137 幅，应有 350 幅，缺 z 72.5 至 337.5 mm"));
    CHECK(said.contains("设备时钟慢8小时或补传"));
    CHECK(said.contains("2026-11-26 09:15"));
    CHECK(said.contains("同一人也在孙家镇卫生院、龙驹镇卫生院检查过"));
    CHECK(said.contains("1960-03-04"));
    said = window.preview(window.rowOf("王军"));
    CHECK(said.contains("还属于另一个人：王芳"));
    CHECK_FALSE(said.contains("137 幅，应有"));
    CHECK_FALSE(said.contains("设备时钟"));
    CHECK_FALSE(said.contains("同一人也在"));
}

TEST_CASE("text from the wire is no markup", "[ui][marks]")
{
    std::string const name = "<b>王</b>";
    auto wang = taskOf(1, name.c_str()), fang = taskOf(2, "<i>王芳</i> & 军");
    wang.identityConflict = true;
    wang.linkedSites = wang.description = name;
    Listed window({wang, fang});
    window.preview(window.rowOf("<b>王</b>"));
    int found = 0;
    for (auto const* label : window.page.findChild<QWidget*>("preview")->findChildren<QLabel*>())
        if (label->isVisible() && label->text().contains('<')) {
            ++found;
            CAPTURE(label->text().toStdString());
            CHECK(label->textFormat() == Qt::PlainText);
        }
    CHECK(found >= 3);
    CHECK(plainTip("王 & 军 < 李") == "王 & 军 < 李");
    CHECK(plainTip("<b>王</b>\n军") == "<qt>&lt;b&gt;王&lt;/b&gt;<br>军</qt>");
    window.page.findChild<QLineEdit*>("list.search")->setText("王 & 李");
    auto const& state = *window.page.findChild<QLabel*>("list.state");
    CHECK(state.text() == "没有符合“王 & 李”的检查");
    CHECK(state.textFormat() == Qt::PlainText);
    NoticeBar bar("bar");
    CHECK(bar.findChild<QLabel*>("bar.text")->textFormat() == Qt::PlainText);
    IdentityBand band("band");
    CHECK(band.findChild<QLabel*>("band.words")->textFormat() == Qt::PlainText);
}

TEST_CASE("nothing in the preview is cut off on a small screen, and its buttons stay", "[ui][marks]")
{
    auto task = taskOf(1, "王军");
    task.identityConflict = task.splitStudy = task.studyConflict = task.versionConflict = true;
    task.charsetCorrected = task.charsetUncertain = true;
    task.clockSkewSeconds = -90'000;
    task.age = "020Y";
    task.state = model::TaskState::Incomplete;
    task.missing = "received=137;expected=350;z=72.5..337.5";
    task.deliveryNote = "PUZI_PACS: waits since 2026-11-26";
    task.linkedSites = "孙家镇卫生院";
    Listed window({task});
    window.preview(0);
    auto const* open = window.page.findChild<QPushButton*>("preview.open");
    CHECK(window.page.height() == 768);
    CHECK(window.page.rect().contains(QRect(open->mapTo(&window.page, QPoint()), open->size())));
    for (auto const* label : window.page.findChild<QWidget*>("preview")->findChildren<QLabel*>())
        if (label->isVisible() && label->wordWrap())
            CHECK(label->height() >= label->heightForWidth(label->width()));
    // More marks than fit into the column: how many more is said.
    CHECK(window.pixels(0, TaskModel::Marks, colour::red) > 200);
}

TEST_CASE("a national ID is masked in the list's search, the preview and the words of a conflict", "[ui][marks]")
{
    auto task = taskOf(1, "陈建国"), other = taskOf(2, "陈建军");
    task.patientId = other.patientId = nationalId;
    task.identityConflict = true;
    Listed window({task, other});
    auto const said = window.preview(window.rowOf("陈建国"));
    CHECK(said.contains(hidden));
    CHECK_FALSE(said.contains(nationalId));
    for (int column = 0; column < TaskModel::ColumnCount; ++column)
        for (int const role : {int(Qt::DisplayRole), int(Qt::ToolTipRole), int(Qt::AccessibleTextRole)})
            CHECK_FALSE(window.text(window.rowOf("陈建国"), column, role).contains(nationalId));
    // Found by the whole of it only.
    auto& search = *window.page.findChild<QLineEdit*>("list.search");
    auto const rows = [&](char const* words) {
        search.setText(words);
        return window.table.model()->rowCount();
    };
    CHECK(rows(nationalId) == 2);
    CHECK(rows("500101") == 0);
    CHECK(rows("19600101123") == 0);
    CHECK(rows("陈建国 500101196001011236") == 1);
    CHECK(shownId(" 000123 ") == "000123");
}

TEST_CASE("files opened from a disk say how their names were read", "[ui][marks]")
{
    test::TemporaryFolder const folder;
    // 张昞 in GBK: its second byte is the separator of values.
    auto const write = [&](std::string const& name, std::string const& declared, std::string const& bytes) {
        test::SyntheticObject object("2.25.1", "2.25.1.1", "2.25.1.1.1");
        object.set(0x00080005, "CS", declared).set(0x00100010, "PN", bytes).remove(0x00081030);
        auto const dataSet = object.dataSet();
        std::ofstream out(folder / name, std::ios::binary);
        out << dicom::encodeFileMeta({dicom::Uid::ofKnown(object.sopClass()),
                                      dicom::Uid::ofKnown(object.sopInstance()),
                                      dicom::Uid::ofKnown(test::SyntheticObject::transferSyntax),
                                      {}});
        out.write(reinterpret_cast<char const*>(dataSet.data()), static_cast<std::streamsize>(dataSet.size()));
    };
    std::string const bytes = "\xD5\xC5\x95\x5C";
    write("wrong.dcm", "ISO_IR 100", bytes);
    write("right.dcm", "GB18030", bytes);
    for (bool const wrong : {true, false}) {
        StartOptions options;
        options.paths = {folder / (wrong ? "wrong.dcm" : "right.dcm")};
        MainWindow window(std::move(options));
        window.show();
        REQUIRE(QTest::qWaitFor(
            [&] { return !window.reading().images().isLoading() && !window.reading().images().studies().empty(); },
            20'000));
        CHECK(window.findChild<QLabel*>("reading.identity")->text().startsWith("张昞"));
        auto const found = window.findChild<QWidget*>("reading.badges")->findChildren<QLabel*>();
        REQUIRE(found.size() == (wrong ? 1 : 0));
        if (wrong) {
            CHECK(found.front()->isVisible());
            CHECK(found.front()->text() == "字符集已纠正");
            CHECK(found.front()->toolTip() == "声明的是 ISO_IR 100，按 GB18030 读（规则 5）。");
        }
    }
}
