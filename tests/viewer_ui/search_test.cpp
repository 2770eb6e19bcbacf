// The search box of the reading list: what is found as one types, and how one gets there and back.
#include "tests/viewer_ui/listed.h"

#include <QTest>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

TEST_CASE("a name is found at once as it is typed: characters, pinyin, initials, and words beside it", "[ui][search]")
{
    TaskModel model;
    TaskFilter filter;
    filter.setSourceModel(&model);
    filter.setTab(TaskFilter::Tab::All);
    auto dx = taskOf(2, "章三丰");
    dx.modalities = "DX";
    model.setTasks({taskOf(1, "张昞"), dx, taskOf(3, "吕单"), taskOf(4, "Müller^Eva"), taskOf(5, "ZHANG^SAN")});
    auto const found = [&](char const* words) {
        filter.setWords(words);
        QStringList names;
        for (int row = 0; row < filter.rowCount(); ++row)
            names << filter.index(row, TaskModel::Name).data().toString();
        return names;
    };
    CHECK(found("zb") == QStringList{"张昞"});
    CHECK(found("zhangb") == QStringList{"张昞"});
    CHECK(found("bing") == QStringList{"张昞"});
    CHECK(found("zhang san") == QStringList{"章三丰", "ZHANG SAN"});
    CHECK(found("zs dx") == QStringList{"章三丰"});
    CHECK(found("lvshan") == QStringList{"吕单"});
    CHECK(found("lushan") == QStringList{"吕单"});
    CHECK(found("mül") == QStringList{"Müller Eva"});
    CHECK(found("dx 头部 三丰") == QStringList{"章三丰"});
    CHECK(found("男").isEmpty()); // no name, and no reason to show everybody
}

TEST_CASE("the letter of a number is nobody's initial", "[ui][search]")
{
    TaskModel model;
    TaskFilter filter;
    filter.setSourceModel(&model);
    filter.setTab(TaskFilter::Tab::All);
    auto own = taskOf(3, "李四");
    own.patientId = "50010119600101123X";
    auto numbered = taskOf(4, "王五");
    numbered.patientId = "P000123";
    model.setTasks({taskOf(1, "徐一"), taskOf(2, "潘二"), own, numbered});
    auto const found = [&](char const* words) {
        filter.setWords(words);
        QStringList names;
        for (int row = 0; row < filter.rowCount(); ++row)
            names << filter.index(row, TaskModel::Name).data().toString();
        return names;
    };
    CHECK(found("50010119600101123X") == QStringList{"李四"});
    CHECK(found("P000123") == QStringList{"王五"});
    CHECK(found("P000999").isEmpty());
    CHECK(found("ls 50010119600101123X") == QStringList{"李四"});
    CHECK(found("x") == QStringList{"徐一"});
}

TEST_CASE("what the gateway finds by a name is shown beside what is found here", "[ui][search]")
{
    TaskModel model;
    TaskFilter filter;
    filter.setSourceModel(&model);
    filter.setTab(TaskFilter::Tab::All);
    auto dx = taskOf(2, "章三");
    dx.modalities = "DX";
    model.setTasks({taskOf(1, "张三"), dx});
    filter.setWords("李四");
    CHECK(filter.rowCount() == 0);
    filter.setFound("李四", {1, 2, 3}); // he was called so once
    CHECK(filter.rowCount() == 2);
    model.add({taskOf(3, "曾三"), taskOf(1, "an older answer")}); // what is loaded is newer than an answer
    CHECK(filter.rowCount() == 3);
    CHECK(model.task(1)->patientName == "张三");
    // A word beside the name.
    filter.setWords("李四 dx");
    CHECK(filter.rowCount() == 0);
    filter.setFound("李四 dx", {});
    filter.setFound("李四", {1, 2, 3});
    CHECK(filter.rowCount() == 1);
    // An answer holds for its words only.
    filter.setWords("李四 d");
    CHECK(filter.rowCount() == 0);
}

TEST_CASE("the search box: / goes there, Esc clears, another tab is offered", "[ui][search]")
{
    auto issued = taskOf(2, "张昞");
    issued.state = model::TaskState::Issued;
    Listed window({taskOf(1, "李玘"), issued});
    window.page.activateWindow();
    REQUIRE(QTest::qWaitForWindowActive(&window.page));
    auto& search = *window.page.findChild<QLineEdit*>("list.search");
    window.table.setFocus();
    for (auto const& [key, modifier] :
         {std::pair{Qt::Key_Slash, Qt::NoModifier}, std::pair{Qt::Key_F, Qt::ControlModifier}}) {
        QTest::keyClick(&window.table, key, modifier);
        CHECK(QApplication::focusWidget() == &search);
        CHECK(search.text().isEmpty());
        QTest::keyClicks(&search, "li/");
        CHECK(search.text() == "li/");
        QTest::keyClick(&search, Qt::Key_Escape);
        CHECK(search.text().isEmpty());
        CHECK(QApplication::focusWidget() == &window.table);
    }
    search.setText("张昞");
    auto& detail = *window.page.findChild<QLabel*>("list.stateDetail");
    CHECK(window.page.findChild<QLabel*>("list.state")->text() == "这个页签里没有符合“张昞”的检查");
    CHECK(detail.text().contains("“全部”里有 1 个"));
    emit detail.linkActivated("all");
    CHECK(window.text(0, TaskModel::Name) == "张昞");
    search.setText("无此人");
    CHECK(window.page.findChild<QLabel*>("list.state")->text() == "没有符合“无此人”的检查");
    window.page.leave(); // whoever signs in next sees everybody
    CHECK(search.text().isEmpty());
}

TEST_CASE("what is typed into the search box stays there, also after a search that found nothing", "[ui][search]")
{
    Listed window({taskOf(1, "张三"), taskOf(2, "李玘")});
    window.page.activateWindow();
    REQUIRE(QTest::qWaitForWindowActive(&window.page));
    auto& search = *window.page.findChild<QLineEdit*>("list.search");
    auto const type = [](char const* keys) {
        for (char const* key = keys; *key != 0; ++key)
            QTest::keyClick(QApplication::focusWidget(), *key); // to whoever has the focus, as a keyboard does
    };
    window.table.setFocus();
    for (Qt::Key const key : {Qt::Key_Return, Qt::Key_Down}) {
        type("/xxq");
        REQUIRE(window.table.model()->rowCount() == 0);
        QTest::keyClick(&search, key);
        CHECK(QApplication::focusWidget() == &search);
        search.selectAll();
        type("zhangs");
        CHECK(search.text() == "zhangs");
        CHECK(window.text(0, TaskModel::Name) == "张三");
        QTest::keyClick(&search, Qt::Key_Escape);
    }
    // The list's table is to have the focus where nobody types, also when it has rows only later.
    type("/xxq");
    window.page.focusTable();
    search.setFocus();
    search.selectAll();
    type("zhangs");
    CHECK(search.text() == "zhangs");
}
