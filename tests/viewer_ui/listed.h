// The reading list's window without a gateway: tasks come as its events bring them.
#pragma once

#include "viewer/ui/list_page.h"

#include <catch2/catch.hpp>

namespace qianli::test {

using namespace viewer;

inline model::ReadingTask taskOf(model::TaskId id, char const* name)
{
    model::ReadingTask task;
    task.id = id;
    task.studyUid = "1.2." + std::to_string(id);
    task.patientName = name;
    task.patientId = "000123";
    task.sex = "M";
    task.birthDate = "19600304";
    task.studyDate = "20261126";
    task.studyTime = "0915";
    task.modalities = "CT";
    task.bodyPart = "HEAD";
    task.site = {"puzi"};
    task.siteName = "普子乡卫生院";
    task.state = model::TaskState::Ready;
    task.instances = 137;
    task.receivedAt = SystemClock().now();
    return task;
}

struct Listed {
    explicit Listed(std::vector<model::ReadingTask> const& tasks)
    {
        page.resize(1366, 768);
        page.show();
        for (auto const& task : tasks)
            page.taskArrived(task);
    }
    int rowOf(char const* name) const
    {
        for (int row = 0; row < table.model()->rowCount(); ++row)
            if (text(row, TaskModel::Name) == name)
                return row;
        FAIL("no row of " << name);
        return -1;
    }
    QString text(int row, int column, int role = Qt::DisplayRole) const
    {
        return table.model()->index(row, column).data(role).toString();
    }
    // All that the preview says of a row, as it is seen.
    QString preview(int row)
    {
        table.selectRow(row);
        QApplication::processEvents();
        QStringList said;
        for (auto const* label : page.findChild<QWidget*>("preview")->findChildren<QLabel*>())
            if (label->isVisible())
                said << label->text();
        return said.join('\n');
    }
    int pixels(int row, int column, QRgb colour)
    {
        QRect const cell = table.visualRect(table.model()->index(row, column));
        QImage const image = table.viewport()->grab(cell).toImage();
        int count = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                count += image.pixel(x, y) == colour ? 1 : 0;
        return count;
    }
    GatewayClient gateway;
    ListPage page{gateway};
    QTableView& table = *page.findChild<QTableView*>("list.table");
};

} // namespace qianli::test
