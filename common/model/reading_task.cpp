#include "common/model/reading_task.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace qianli::model {
namespace {

using enum TaskState;

struct StateRow {
    TaskState state;
    std::string_view code;
    std::string_view chinese;
    std::initializer_list<TaskState> next;
};

std::initializer_list<TaskState> constexpr afterReceiving{Incomplete, Ready, Claimed, Rejected, Withdrawn};
std::initializer_list<TaskState> constexpr afterIncomplete{Receiving, Ready, Claimed, Rejected, Withdrawn};
std::initializer_list<TaskState> constexpr afterReady{Receiving, Incomplete, Claimed, Rejected, Withdrawn};
// Giving a claim back leads to where the study is by then.
std::initializer_list<TaskState> constexpr afterClaimed{Drafting, Receiving, Incomplete, Ready, Rejected};
std::initializer_list<TaskState> constexpr afterDrafting{Preliminary, Submitted, Receiving,
                                                         Incomplete,  Ready,     Rejected};
std::initializer_list<TaskState> constexpr afterPreliminary{Drafting, Submitted};
std::initializer_list<TaskState> constexpr afterSubmitted{Returned, Final};
std::initializer_list<TaskState> constexpr afterReturned{Drafting};
std::initializer_list<TaskState> constexpr afterFinal{Issued};
std::initializer_list<TaskState> constexpr afterIssued{Delivered, Amended, Withdrawn};
std::initializer_list<TaskState> constexpr afterDelivered{Amended, Withdrawn};
std::initializer_list<TaskState> constexpr afterAmended{Delivered, Amended, Withdrawn};
// A task whose study turned out to hold no such patient, and then did after all.
std::initializer_list<TaskState> constexpr afterWithdrawn{Receiving};

constexpr std::array<StateRow, 14> states{{
    {Receiving, "receiving", "接收中", afterReceiving},
    {Incomplete, "incomplete", "疑缺", afterIncomplete},
    {Ready, "ready", "待报告", afterReady},
    {Claimed, "claimed", "已领取", afterClaimed},
    {Drafting, "drafting", "书写中", afterDrafting},
    {Preliminary, "preliminary", "临时报告", afterPreliminary},
    {Submitted, "submitted", "待审核", afterSubmitted},
    {Returned, "returned", "审核退回", afterReturned},
    {Final, "final", "已审核", afterFinal},
    {Issued, "issued", "已发布", afterIssued},
    {Delivered, "delivered", "已送达", afterDelivered},
    {Amended, "amended", "已修改", afterAmended},
    {Withdrawn, "withdrawn", "已撤回", afterWithdrawn},
    {Rejected, "rejected", "退回重拍", {}},
}};

StateRow const& rowOf(TaskState state)
{
    return states[static_cast<std::size_t>(state)];
}

} // namespace

std::string_view code(TaskState state)
{
    return rowOf(state).code;
}

std::string_view chinese(TaskState state)
{
    return rowOf(state).chinese;
}

Result<TaskState> parseTaskState(std::string_view code)
{
    for (StateRow const& row : states)
        if (row.code == code)
            return row.state;
    return fail(ErrorCode::InvalidInput, "'" + text::escapeControl(code) + "' is no state of a reading task");
}

bool mayBecome(TaskState from, TaskState to)
{
    auto const& next = rowOf(from).next;
    return std::find(next.begin(), next.end(), to) != next.end();
}

} // namespace qianli::model
