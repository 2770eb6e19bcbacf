// How a person likes the reading list is there again: the next day, and not for the next person.
#include "tests/viewer_client/client_steps.h"
#include "viewer/ui/list_page.h"

#include <QHeaderView>
#include <QResizeEvent>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {
struct List {
    explicit List(GatewayClient& client) : page(client)
    {
        page.resize(1366, 768);
        page.show();
    }
    QTableView& table() { return *page.findChild<QTableView*>("list.table"); }
    QHeaderView& header() { return *table().horizontalHeader(); }
    QPushButton& tab(char const* name) { return *page.findChild<QPushButton*>(name); }
    ListPage page;
};
} // namespace

SCENARIO("tab, columns and sorting of the reading list are remembered for each person", "[client]")
{
    if (!canRun())
        return;
    RunningGateway gateway;
    REQUIRE(gateway.start());
    REQUIRE(gateway
                .command({"user", "add", "chenqiang", "--role", "radiologist", "--display-name", "陈强"},
                         std::string(RunningGateway::password) + "\n")
                .exitCode == 0);
    GatewayClient mine, others;
    REQUIRE(signIn(mine, gateway));
    REQUIRE(signIn(others, gateway, RunningGateway::password, "chenqiang"));
    auto const workplace = openWorkplace(mine);
    {
        List list(mine);
        list.page.setWorkplace(workplace);
        CHECK(list.tab("list.tab.open").isChecked());
        list.header().moveSection(TaskModel::Site, 0);
        list.header().resizeSection(TaskModel::Name, 201);
        list.table().sortByColumn(TaskModel::Name, Qt::AscendingOrder);
        QTest::mouseClick(&list.tab("list.tab.all"), Qt::LeftButton);
        list.page.findChild<QLineEdit*>("list.search")->setText("张");
        list.page.leave();
    }
    auto const check = [](List& list, bool changed) {
        CHECK(list.header().visualIndex(TaskModel::Site) == (changed ? 0 : TaskModel::Site));
        CHECK((list.header().sectionSize(TaskModel::Name) == 201) == changed);
        CHECK((list.header().sortIndicatorSection() == TaskModel::Name) == changed);
        CHECK(list.tab("list.tab.all").isChecked() == changed);
        CHECK(list.page.findChild<QLineEdit*>("list.search")->text().isEmpty());
    };
    List list(mine);
    list.page.setWorkplace(workplace);
    check(list, true);
    // Another person at the same window, and back.
    list.page.leave();
    list.page.setWorkplace(openWorkplace(others));
    check(list, false);
    list.page.leave();
    list.page.setWorkplace(workplace);
    check(list, true);

    // A width of one's own is not what a narrow window makes of it, and comes back.
    auto const resize = [](List& one, int width) { // without rows the table isn't laid out
        one.table().resize(width, 500);
        QResizeEvent event(one.table().size(), {});
        QApplication::sendEvent(&one.table(), &event);
    };
    resize(list, 1400);
    list.header().resizeSection(TaskModel::Arrived, 131);
    for (int const width : {700, 1400, 700}) {
        resize(list, width);
        CHECK(list.table().isColumnHidden(TaskModel::Images) == (width == 700));
        CHECK((list.header().sectionSize(TaskModel::Arrived) == 131) == (width == 1400));
    }
    list.page.leave();
    CHECK(list.table().isColumnHidden(TaskModel::Images));
    List again(mine);
    resize(again, 1400);
    again.page.setWorkplace(workplace);
    CHECK(again.header().sectionSize(TaskModel::Arrived) == 131);
    CHECK_FALSE(again.table().isColumnHidden(TaskModel::Images));
    // Nor is one that was dragged in a narrow window given back to the wide one, or lost.
    resize(again, 700);
    again.header().resizeSection(TaskModel::Arrived, 93);
    resize(again, 690);
    CHECK(again.header().sectionSize(TaskModel::Arrived) == 93);
    again.page.leave(); // it is written, and the columns are placed as they were
    CHECK(again.header().sectionSize(TaskModel::Arrived) == 93);
    again.page.setWorkplace(openWorkplace(others));
    CHECK(again.header().sectionSize(TaskModel::Arrived) < 93);
    again.page.leave();
    again.page.setWorkplace(workplace);
    CHECK(again.header().sectionSize(TaskModel::Arrived) == 93);
    resize(again, 1400);
    CHECK(again.header().sectionSize(TaskModel::Arrived) == 131);
    again.page.leave();
}
