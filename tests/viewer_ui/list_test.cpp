// The reading list as a table: which rows a tab and a search show, in which order, and what a row says.
#include "viewer/ui/list_page.h"
#include "viewer/ui/words.h"

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
    TaskModel model;
    TaskFilter filter;
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
