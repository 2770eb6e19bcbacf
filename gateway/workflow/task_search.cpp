#include "gateway/workflow/task_search.h"

#include "common/base/text.h"
#include "common/names/name_query.h"
#include "gateway/index/study_index.h"
#include "gateway/workflow/workflow.h"

#include <algorithm>
#include <set>

namespace qianli::gateway {
namespace {

constexpr std::size_t longestName = 256;
// Tasks that are not over are few, and each is looked at; the index adds those whose patient another study names. Where
// nobody reads what comes they are many: then the newest are looked at, and the index is asked for the others.
constexpr std::size_t mostLookedAt = 5000;
constexpr std::size_t mostNamesakes = 200;
constexpr dicom::Tag studyInstanceUid{0x0020, 0x000D};

bool isOver(model::TaskState state)
{
    return state == model::TaskState::Issued || state == model::TaskState::Delivered ||
           state == model::TaskState::Withdrawn;
}

struct Found {
    int rank = 0;
    model::ReadingTask task;
};

class TaskSearch {
public:
    TaskSearch(Workflow& workflow, StudyIndex const& index, TaskFilter const& filter, std::string_view name)
        : workflow_(workflow), index_(index), filter_(filter), name_(name), query_(name)
    {
    }

    Result<std::vector<model::ReadingTask>> run()
    {
        if (query_.empty())
            return workflow_.tasks().list(filter_);
        bool const openOnly = !filter_.states.empty() && std::ranges::none_of(filter_.states, isOver);
        bool wasAll = false;
        if (openOnly) {
            QIANLI_ASSIGN(wasAll, lookAtNewest());
        }
        if (!wasAll || query_.hasIdeographs())
            QIANLI_TRY(askIndex(wasAll ? mostNamesakes : filter_.limit));
        std::ranges::stable_sort(found_, isBefore);
        if (filter_.limit != 0 && found_.size() > filter_.limit)
            found_.resize(filter_.limit);
        std::vector<model::ReadingTask> tasks;
        for (Found& one : found_)
            tasks.push_back(std::move(one.task));
        return tasks;
    }

private:
    static bool isBefore(Found const& a, Found const& b)
    {
        if (a.rank != b.rank)
            return a.rank < b.rank;
        bool const aUrgent = a.task.stat && !a.task.issuedAt, bUrgent = b.task.stat && !b.task.issuedAt;
        if (aUrgent != bUrgent)
            return aUrgent;
        return std::pair(a.task.receivedAt, a.task.id) > std::pair(b.task.receivedAt, b.task.id);
    }

    // True when these were all there are.
    Result<bool> lookAtNewest()
    {
        TaskFilter newest = filter_;
        newest.limit = mostLookedAt;
        QIANLI_ASSIGN(auto tasks, workflow_.tasks().list(newest));
        names::NameReader reader;
        for (model::ReadingTask& task : tasks)
            if (auto const rank = query_.rank(task.patientName, reader))
                add(*rank, std::move(task));
        return tasks.size() < mostLookedAt;
    }

    Result<void> askIndex(std::size_t limit)
    {
        Query query{Level::Study, {}, limit, true, {std::string(name_), names::NameReach::Anywhere}};
        Scope const scope{filter_.sites.empty(), filter_.sites, true};
        names::NameReader reader;
        Result<void> failed;
        auto const take = [&](Answer const& answer) -> Result<void> {
            auto const uid = answer.values.find(studyInstanceUid);
            if (uid == answer.values.end())
                return {};
            QIANLI_ASSIGN(auto task, workflow_.tasks().ofStudy(answer.site, uid->second, answer.part));
            if (!task || !isWanted(task->state))
                return {};
            int const rank = query_.rank(task->patientName, reader).value_or(names::NameRank::count);
            add(rank, std::move(*task));
            return {};
        };
        QIANLI_TRY(index_.find(scope, query, [&](Answer const& answer) {
            failed = take(answer);
            return failed.has_value();
        }));
        return failed;
    }

    bool isWanted(model::TaskState state) const
    {
        return filter_.states.empty() || std::ranges::find(filter_.states, state) != filter_.states.end();
    }

    void add(int rank, model::ReadingTask task)
    {
        if (known_.insert(task.id).second)
            found_.push_back({rank, std::move(task)});
    }

    Workflow& workflow_;
    StudyIndex const& index_;
    TaskFilter const& filter_;
    std::string_view name_;
    names::NameQuery query_;
    std::vector<Found> found_;
    std::set<model::TaskId> known_;
};

} // namespace

Result<std::vector<model::ReadingTask>> searchTasks(Workflow& workflow, StudyIndex const& index,
                                                    TaskFilter const& filter, std::string_view name)
{
    if (name.size() > longestName || !text::isUtf8(name))
        return fail(ErrorCode::InvalidInput, "the name to look for is text of at most 256 bytes in UTF-8");
    return TaskSearch(workflow, index, filter, name).run();
}

} // namespace qianli::gateway
