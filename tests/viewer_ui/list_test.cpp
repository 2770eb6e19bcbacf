// The reading list as a table: which rows a tab and a search show, in which order, and what a row says.
#include "viewer/i18n/language.h"
#include "viewer/ui/list_page.h"
#include "viewer/ui/prior_reports.h"
#include "viewer/ui/study_order.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/words.h"

#include <QHeaderView>
#include <QMenu>
#include <QScrollBar>
#include <QTest>
#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {
model::ReadingTask taskOf(model::TaskId id, char const* name, char const* modality, model::TaskState state,
                          int minutesAgo)
{
    model::ReadingTask task;
    task.id = id;
    task.patientName = name;
    task.patientId = "P" + std::to_string(id);
    task.sex = "F";
    task.age = "058Y";
    task.modalities = modality;
    task.bodyPart = "CHEST";
    task.site = {"puzi"};
    task.siteName = "普子乡卫生院";
    task.state = state;
    task.instances = 3;
    task.receivedAt = SystemClock().now() - std::chrono::minutes(minutesAgo);
    return task;
}

struct List {
    List()
    {
        auto mine = taskOf(3, "Huang^Jingxuan=黄^璟瑄", "DX", model::TaskState::Drafting, 30);
        mine.claimedBy = "wangmin";
        mine.claimedByName = "王敏";
        auto other = taskOf(4, "Chen^Li=陈^丽", "DX", model::TaskState::Drafting, 20);
        other.claimedBy = "chenqiang";
        other.claimedByName = "陈强";
        model.setMe("wangmin");
        model.setTasks({taskOf(1, "Zhang^Bing=张^昞", "CT", model::TaskState::Ready, 5),
                        taskOf(2, "Li^Qi=李^玘", "DX", model::TaskState::Receiving, 61), mine, other,
                        taskOf(5, "Zhao^Yi=赵^一", "CT", model::TaskState::Delivered, 600)});
        filter.setSourceModel(&model);
        filter.setSortRole(TaskModel::SortRole);
    }
    QStringList names() const
    {
        QStringList result;
        for (int row = 0; row < filter.rowCount(); ++row)
            result << filter.index(row, TaskModel::Name).data().toString();
        return result;
    }
    void becomes(model::TaskId id, model::TaskState state, bool stat)
    {
        auto task = *model.task(id);
        task.state = state;
        task.stat = stat;
        model.upsert(task);
    }
    TaskModel model;
    TaskFilter filter;
};

// The list's window without a gateway: tasks come as its events bring them.
struct Page {
    Page()
    {
        page.resize(1366, 768);
        page.show();
        for (model::TaskId id = 1; id <= 3; ++id)
            page.taskArrived(taskOf(id, names[id - 1], "CT", model::TaskState::Ready, static_cast<int>(40 - 10 * id)));
    }
    void becomes(model::TaskId id, model::TaskState state)
    {
        auto task = *page.tasks().task(id);
        task.stat = true;
        task.state = state;
        page.taskArrived(task);
    }
    QString name(int row) const { return table.model()->index(row, TaskModel::Name).data().toString(); }
    // Pixels in the red of the mark in a row's name.
    int red(int row)
    {
        QRect const cell = table.visualRect(table.model()->index(row, TaskModel::Name));
        QImage const image = table.viewport()->grab(cell).toImage();
        int count = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                count += image.pixel(x, y) == colour::red ? 1 : 0;
        return count;
    }
    static constexpr char const* names[] = {"Zhang^Bing=张^昞", "Li^Qi=李^玘", "Huang^Jingxuan=黄^璟瑄"};
    GatewayClient gateway;
    ListPage page{gateway};
    QTableView& table = *page.findChild<QTableView*>("list.table");
    QLabel& urgency = *page.findChild<QLabel*>("preview.urgency");
};

struct InEnglish {
    InEnglish() { setDisplayLanguage(DisplayLanguage::English); }
    ~InEnglish() { setDisplayLanguage(DisplayLanguage::Chinese); }
};
} // namespace

TEST_CASE("tabs show what is to do, what is mine, what is out", "[ui]")
{
    List list;
    list.filter.sort(TaskModel::Waiting, Qt::DescendingOrder);
    CHECK(list.names() == QStringList{"李玘", "黄璟瑄", "陈丽", "张昞"});
    list.filter.setTab(TaskFilter::Tab::Mine);
    CHECK(list.names() == QStringList{"黄璟瑄"});
    list.filter.setTab(TaskFilter::Tab::Issued);
    CHECK(list.names() == QStringList{"赵一"});
    list.filter.setTab(TaskFilter::Tab::All);
    CHECK(list.names().size() == 5);
}

TEST_CASE("every word of a search must be found, in name, ID, site or examination", "[ui]")
{
    List list;
    list.filter.setWords("张");
    CHECK(list.names() == QStringList{"张昞"});
    list.filter.setWords("dx 胸部 p2");
    CHECK(list.names() == QStringList{"李玘"});
    list.filter.setWords("zhang");
    CHECK(list.names() == QStringList{"张昞"});
    list.filter.setWords("zhang dx");
    CHECK(list.names().isEmpty());
}

TEST_CASE("a row says its state in words and who is writing; a change moves no other row", "[ui]")
{
    List list;
    auto state = [&](int row) { return list.model.index(row, TaskModel::State).data().toString(); };
    CHECK(state(0) == "待报告");
    CHECK(state(2) == "我 书写中");
    CHECK(state(3) == "陈强 书写中");
    CHECK(list.model.index(1, TaskModel::Waiting).data().toString() == "1 时 01 分");
    CHECK(list.model.index(4, TaskModel::Waiting).data().toString().isEmpty());
    auto changed = list.model.at(0);
    changed.state = model::TaskState::Claimed;
    changed.claimedBy = "chenqiang";
    changed.claimedByName = "陈强";
    list.model.upsert(changed);
    CHECK(list.model.rowCount() == 5);
    CHECK(state(0) == "陈强 已领取");
    list.model.upsert(taskOf(9, "Wu^Er=吴^二", "CT", model::TaskState::Ready, 0));
    CHECK(list.model.rowCount() == 6);
    CHECK(list.model.task(9) != nullptr);
}

TEST_CASE("what is urgent stands first in every order until its report is out", "[ui]")
{
    List list;
    list.filter.setTab(TaskFilter::Tab::All);
    list.becomes(3, model::TaskState::Drafting, true);
    list.becomes(4, model::TaskState::Drafting, true);
    for (int column = 0; column < TaskModel::ColumnCount; ++column)
        for (auto const order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
            INFO("column " << column << ", order " << order);
            list.filter.sort(column, order);
            auto first = list.names().first(2);
            first.sort();
            CHECK(first == QStringList{"陈丽", "黄璟瑄"});
        }
    // Among themselves, and among the others, the column decides.
    list.filter.sort(TaskModel::Arrived, Qt::DescendingOrder);
    CHECK(list.names() == QStringList{"陈丽", "黄璟瑄", "张昞", "李玘", "赵一"});
    list.filter.sort(TaskModel::Arrived, Qt::AscendingOrder);
    CHECK(list.names() == QStringList{"黄璟瑄", "陈丽", "赵一", "李玘", "张昞"});
    // An event is enough to rise, and the report to fall back.
    list.becomes(1, model::TaskState::Ready, true);
    CHECK(list.names() == QStringList{"黄璟瑄", "陈丽", "张昞", "赵一", "李玘"});
    for (auto const over : {model::TaskState::Issued, model::TaskState::Delivered, model::TaskState::Rejected}) {
        list.becomes(3, over, true);
        CHECK(list.names() == QStringList{"陈丽", "张昞", "赵一", "李玘", "黄璟瑄"});
    }
}

TEST_CASE("what is urgent is marked in its row, in the preview and for a reader of the screen", "[ui]")
{
    Page list;
    REQUIRE(list.name(0) == "张昞");
    CHECK(list.red(0) + list.red(1) + list.red(2) == 0);
    list.becomes(2, model::TaskState::Ready);
    REQUIRE(list.name(0) == "李玘");
    CHECK(list.red(0) > 60);
    CHECK(list.red(1) + list.red(2) == 0);
    auto const spoken = [&](int row) {
        return list.table.model()->index(row, 0).data(Qt::AccessibleTextRole).toString();
    };
    CHECK(spoken(0) == "急诊优先 李玘 女 58岁 待报告");
    CHECK(spoken(1) == "张昞 女 58岁 待报告");

    list.table.selectRow(1);
    CHECK_FALSE(list.urgency.isVisible());
    list.table.selectRow(0);
    CHECK(list.urgency.isVisible());
    CHECK(list.urgency.text() == "急诊优先");
    CHECK(list.red(0) > 60); // on the selected row's ground too

    list.page.findChild<QAbstractButton*>("list.tab.all")->click();
    list.becomes(2, model::TaskState::Issued);
    CHECK(list.red(0) + list.red(1) + list.red(2) == 0);
    CHECK_FALSE(list.urgency.isVisible());
}

TEST_CASE("in English the mark is STAT", "[ui]")
{
    InEnglish const english;
    Page list;
    list.becomes(3, model::TaskState::Ready);
    list.table.selectRow(0);
    CHECK(list.urgency.text() == "STAT");
    CHECK(list.red(0) > 60);
    CHECK(list.table.model()->index(0, 0).data(Qt::AccessibleTextRole).toString().startsWith("STAT "));
}

TEST_CASE("the next case is the oldest that is free, an urgent one before it", "[ui]")
{
    Page list;
    CHECK(list.page.nextAfter(0)->id == 1);
    list.becomes(3, model::TaskState::Ready);
    CHECK(list.page.nextAfter(0)->id == 3);
    list.becomes(2, model::TaskState::Ready);
    CHECK(list.page.nextAfter(0)->id == 2);
    CHECK(list.page.nextAfter(2)->id == 3);
    list.becomes(2, model::TaskState::Claimed);
    list.becomes(3, model::TaskState::Delivered);
    CHECK(list.page.nextAfter(0)->id == 1);
}

TEST_CASE("in a small window the rows come first, and the details are a press away", "[ui]")
{
    Page list;
    auto& details = *list.page.findChild<QPushButton*>("list.details");
    auto& preview = *list.page.findChild<QWidget*>("preview");
    CHECK_FALSE(details.isVisible());
    CHECK(preview.isVisible());
    for (QSize const size : {QSize(1024, 768), QSize(911, 512)}) { // the second: 1366x768 at 150 %
        list.page.resize(size);
        QApplication::processEvents();
        CHECK(list.page.width() == size.width());
        CHECK(list.page.minimumSizeHint().width() <= size.width());
        CHECK_FALSE(preview.isVisible());
        CHECK(details.isVisible());
        CHECK(list.table.columnWidth(TaskModel::BodyPart) >= 90);
        CHECK(list.table.isColumnHidden(TaskModel::Images) == (size.width() < 1000));
        CHECK(list.table.horizontalScrollBar()->maximum() == 0);
        auto const& header = *list.table.horizontalHeader();
        CHECK(header.sectionPosition(TaskModel::State) + header.sectionSize(TaskModel::State) <= size.width());
        CHECK(header.sectionSize(TaskModel::Images) == (size.width() < 1000 ? 0 : 58));
        QTest::mouseClick(&details, Qt::LeftButton);
        QApplication::processEvents();
        CHECK(preview.isVisible());
        CHECK(list.page.rect().contains(QRect(preview.mapTo(&list.page, QPoint()), preview.size())));
        CHECK(list.table.width() > 500);
        CHECK(list.table.columnWidth(TaskModel::BodyPart) >= 90); // the rows scroll sideways then
        CHECK(list.table.columnWidth(TaskModel::Images) == 0);
        CHECK(list.table.columnViewportPosition(TaskModel::Marks) ==
              list.table.columnViewportPosition(TaskModel::Waiting) + list.table.columnWidth(TaskModel::Waiting));
        QTest::mouseClick(&details, Qt::LeftButton);
        CHECK_FALSE(preview.isVisible());
    }
    list.page.resize(1366, 768);
    QApplication::processEvents();
    CHECK_FALSE(list.table.isColumnHidden(TaskModel::Images));
    CHECK(list.table.columnWidth(TaskModel::Arrived) == 98);
    list.page.resize(911, 512);
    QApplication::processEvents();
    // A day, not a month, and all of it: of last year, too.
    auto old = taskOf(77, "Zhou^Er=周^二", "CT", model::TaskState::Ready, 0);
    QDateTime const day(QDate(QDate::currentDate().year() - 1, 11, 30), QTime(9, 5));
    old.receivedAt = TimePoint(std::chrono::milliseconds(day.toMSecsSinceEpoch()));
    list.page.taskArrived(old);
    for (int row = 0; row < list.table.model()->rowCount(); ++row)
        if (auto const cell = list.table.model()->index(row, TaskModel::Arrived);
            cell.data(TaskModel::TaskRole).toLongLong() == 77) {
            CHECK(cell.data().toString() == day.toString("yy-MM-dd"));
            CHECK(list.table.fontMetrics().horizontalAdvance(cell.data().toString()) + 20 <=
                  list.table.columnWidth(TaskModel::Arrived));
        }
    CHECK(list.page.tasks().task(77) != nullptr);
    // A row's own menu opens it, too.
    list.table.selectRow(1);
    int opened = 0;
    QObject::connect(&list.page, &ListPage::openAsked, [&] { ++opened; });
    emit list.table.customContextMenuRequested(list.table.visualRect(list.table.currentIndex()).center());
    auto* menu = list.page.findChild<QMenu*>("list.rowMenu");
    REQUIRE(menu != nullptr);
    REQUIRE(menu->actions().size() == 1); // nobody gives back what is not theirs
    menu->actions().front()->trigger();
    CHECK(opened == 1);
}

TEST_CASE("a later study is called no earlier one", "[ui]")
{
    PriorStudy before, after;
    before.studyDate = "20260101";
    after.studyDate = "20261126";
    before.modality = after.modality = "CT";
    CHECK(priorsTitle({}, "20260601") == "无既往检查");
    CHECK(priorsTitle({before}, "20260601") == "既往检查 1");
    CHECK(priorsTitle({after}, "20260601") == "之后的检查 1");
    CHECK(priorsTitle({after, before}, "20260601") == "既往检查 1，之后 1");
    CHECK(priorsTitle({after, before}, "") == "既往检查 2"); // nobody knows
    CHECK(priorLine(after, "20260601") == "之后  2026-11-26 CT");
    CHECK(priorLine(before, "20260601") == "2026-01-01 CT");
    // Nor is one of the same day: nobody has told its hour.
    CHECK(priorsTitle({after}, "20261126") == "同日另有检查 1");
    CHECK(priorsTitle({after, before}, "20261126") == "既往检查 1，同日 1");
    CHECK(priorLine(after, "20261126") == "同日  2026-11-26 CT");
}

TEST_CASE("of two studies of one day the earlier one is told by its hour, or not at all", "[ui]")
{
    StudyMoment const ofCase{"20261126", "103000.5"};
    struct Row {
        StudyMoment other;
        StudyOrder order;
        char const *brief, *words;
    };
    for (Row const& row : {Row{{"20260302", ""}, StudyOrder::Earlier, "既往 2026-03-02", "既往"},
                           Row{{"20261126", "0915"}, StudyOrder::Earlier, "既往 同日 09:15", "既往（同日 09:15）"},
                           Row{{"20261126", "09:15:00"}, StudyOrder::Earlier, "既往 同日 09:15", "既往（同日 09:15）"},
                           Row{{"20261126", "103000"}, StudyOrder::SameDay, "同日另一检查", "同日另一检查"},
                           Row{{"20261126", ""}, StudyOrder::SameDay, "同日另一检查", "同日另一检查"},
                           Row{{"20261126", "10"}, StudyOrder::SameDay, "同日另一检查", "同日另一检查"},
                           Row{{"20261126", "1031"}, StudyOrder::Later, "之后 同日 10:31", "之后的检查（同日 10:31）"},
                           Row{{"20261201", ""}, StudyOrder::Later, "之后 2026-12-01", "之后的检查"},
                           Row{{"", "0915"}, StudyOrder::Unknown, "其他 ", "另一检查"}}) {
        CAPTURE(row.other.date, row.other.time);
        CHECK(orderOf(row.other, ofCase) == row.order);
        CHECK(briefOrderWords(row.other, ofCase) == row.brief);
        CHECK(orderWords(row.other, ofCase) == row.words);
    }
    CHECK(orderOf({"20261126", "0915"}, {"20261126", ""}) == StudyOrder::SameDay);
    CHECK(orderOf({"20260302", ""}, {}) == StudyOrder::Unknown);
}

TEST_CASE("a row of a report that is signed here says where it is, until it is out", "[ui]")
{
    List list;
    auto const state = [&](model::TaskId id) {
        for (int row = 0; row < list.model.rowCount(); ++row)
            if (list.model.at(row).id == id)
                return list.model.index(row, TaskModel::State).data().toString();
        return QString();
    };
    int changes = 0;
    QObject::connect(&list.model, &TaskModel::dataChanged, [&] { ++changes; });
    CHECK(state(3) == "我 书写中");
    list.model.setOutgoing({{3, OutboxEntry::State::Waiting}});
    CHECK(state(3) == "已签名 待发送");
    CHECK(changes == 1);
    list.model.setOutgoing({{3, OutboxEntry::State::Sending}});
    CHECK(state(3) == "已签名 发送中");
    list.model.setOutgoing({{3, OutboxEntry::State::Sending}});
    CHECK(changes == 2);
    list.model.setOutgoing({{3, OutboxEntry::State::Refused}});
    CHECK(state(3) == "签发未被接受");
    CHECK(shownState(*list.model.task(3), OutboxEntry::State::Waiting) == model::TaskState::Final);
    list.becomes(3, model::TaskState::Issued, false); // the answer got lost, the event did not
    CHECK(state(3) == "已发布");
    list.becomes(3, model::TaskState::Drafting, false);
    list.model.setOutgoing({});
    CHECK(state(3) == "我 书写中");
}
