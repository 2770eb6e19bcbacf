#include "common/base/text.h"
#include "common/model/json.h"
#include "common/model/missing_images.h"
#include "gateway/web/routes.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/task_search.h"

#include <charconv>

namespace qianli::gateway {

namespace {

constexpr std::size_t mostTasks = 5000;

Result<TaskFilter> filterOf(RoutedRequest const& routed)
{
    TaskFilter filter;
    if (auto const states = routed.target.queryValue("state"); !states.empty())
        for (auto const& word : text::split(states, ',')) {
            QIANLI_ASSIGN(auto const state, model::parseTaskState(word));
            filter.states.push_back(state);
        }
    if (auto const limit = routed.target.queryValue("limit"); !limit.empty()) {
        auto const [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), filter.limit);
        if (error != std::errc{} || end != limit.data() + limit.size() || filter.limit == 0 || filter.limit > mostTasks)
            return fail(ErrorCode::InvalidInput, fmt::format("limit is not a number from 1 to {}", mostTasks));
    }
    if (routed.user.role == model::Role::Site)
        filter.sites.push_back(routed.user.site.value_or(model::SiteId{}));
    return filter;
}

} // namespace

Result<WebResponse> listTasks(RoutedRequest const& routed)
{
    QIANLI_ASSIGN(auto const filter, filterOf(routed));
    QIANLI_ASSIGN(auto const tasks,
                  searchTasks(routed.parts.workflow, routed.parts.index, filter, routed.target.queryValue("name")));
    auto list = nlohmann::json::array();
    for (auto const& task : tasks)
        list.push_back(model::toJson(shownTo(routed.user, task)));
    return jsonResponse({{"tasks", std::move(list)}, {"serverTime", toIso8601(routed.parts.workflow.clock().now())}});
}

Result<WebResponse> showTask(RoutedRequest const& routed)
{
    QIANLI_ASSIGN(auto const task, visibleTask(routed));
    return jsonResponse(model::toJson(shownTo(routed.user, task)));
}

Result<WebResponse> claimTask(RoutedRequest const& routed)
{
    QIANLI_ASSIGN(auto const before, visibleTask(routed));
    QIANLI_ASSIGN(auto const task, routed.parts.workflow.tasks().claim(routed.task, routed.user));
    auto json = model::toJson(task);
    if (before.state == model::TaskState::Receiving)
        json["warning"] = "still receiving";
    if (auto const missing = model::parseMissingImages(before.missing);
        missing && before.state == model::TaskState::Incomplete)
        json["warning"] = "incomplete: " + inWords(*missing);
    return jsonResponse(json);
}

Result<WebResponse> releaseTask(RoutedRequest const& routed)
{
    QIANLI_TRY(visibleTask(routed));
    QIANLI_ASSIGN(auto const task, routed.parts.workflow.tasks().release(routed.task, routed.user));
    return jsonResponse(model::toJson(task));
}

} // namespace qianli::gateway
