// Judgement: from silence and departures to ready or incomplete (ReadingTasks; docs/decisions/0016).
#include "gateway/index/study_index.h"
#include "gateway/ingest/transfers.h"
#include "gateway/workflow/completeness.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <utility>
#include <vector>

namespace qianli::gateway {
namespace {

using model::TaskState;

// A sender that was cut off more often, and released hardly any association, has no other way to leave.
constexpr std::int64_t habitFrom = 3;
constexpr std::int64_t cutsForOneRelease = 10;
// Of a sender that is still there, so many quiet times pass before its silence counts.
constexpr int patienceWithPresent = 2;

constexpr std::array<std::string_view, 4> partingWords{"", "released", "cut-off", "in-object"};

std::string_view wordOf(Parting parting)
{
    return partingWords[static_cast<std::size_t>(parting)];
}

Parting partingOf(std::string_view word)
{
    auto const found = std::ranges::find(partingWords, word);
    return found == partingWords.end() ? Parting::Unknown : static_cast<Parting>(found - partingWords.begin());
}

bool wasCut(Parting parting)
{
    return parting == Parting::CutOff || parting == Parting::InObject;
}

struct Unjudged {
    model::TaskId id = 0;
    model::SiteId site;
    std::string studyUid;
    int part = 0;
    TaskState state{};
    TimePoint lastReceivedAt{};
    int instances = 0, judgedInstances = 0;
    Parting parting{};
    bool operator==(Unjudged const&) const = default;
};

constexpr std::string_view selectUnjudged =
    "SELECT id, site, study_uid, part, state, last_received_at, instances, judged_instances, parting FROM tasks WHERE ";

Result<std::vector<Unjudged>> readUnjudged(sqlite::Statement& select)
{
    std::vector<Unjudged> found;
    for (;;) {
        QIANLI_ASSIGN(bool const row, select.step());
        if (!row)
            return found;
        QIANLI_ASSIGN(auto const state, model::parseTaskState(select.textView(4)));
        found.push_back({select.integer(0),
                         {select.text(1)},
                         select.text(2),
                         static_cast<int>(select.integer(3)),
                         state,
                         fromStored(select.integer(5)),
                         static_cast<int>(select.integer(6)),
                         static_cast<int>(select.integer(7)),
                         partingOf(select.textView(8))});
    }
}

bool isDue(Unjudged const& task, Transfers const& transfers, TimePoint now, Duration quietTime)
{
    // Its sender left in order since it was judged.
    if (task.state == TaskState::Incomplete)
        return true;
    bool const silent = task.lastReceivedAt + quietTime <= now;
    if (!silent && !wasCut(task.parting))
        return false;
    switch (transfers.presenceOf(task.site, dicom::Uid::ofKnown(task.studyUid))) {
    case Transfers::Presence::Sending:
        return false;
    case Transfers::Presence::There:
        return task.lastReceivedAt + quietTime * patienceWithPresent <= now;
    case Transfers::Presence::Gone:
        break;
    }
    return true;
}

Result<Completeness> judgeStudy(StudyIndex const& index, Unjudged const& task)
{
    dicom::Uid const study = dicom::Uid::ofKnown(task.studyUid);
    Query query{Level::Image, {{Match::Kind::Value, dicom::tag::studyInstanceUid, {task.studyUid}}}, 0, false};
    QIANLI_ASSIGN(auto images, index.instances({false, {task.site}, true}, query));
    std::erase_if(images, [&](InstanceRecord const& one) {
        return one.receipt.origin == Origin::Station || one.part != task.part;
    });
    // They are another task's by now: nothing is not everything.
    if (images.empty())
        return Completeness{Completeness::Verdict::Incomplete, {}};
    QIANLI_ASSIGN(auto const expected, index.expectedImages(task.site, study, task.part));
    return judge(images, expected, task.parting);
}

std::string reasonOf(Completeness const& judged)
{
    switch (judged.verdict) {
    case Completeness::Verdict::Proven:
        return "silence; as many images as the device said";
    case Completeness::Verdict::NoDoubt:
        return "silence";
    case Completeness::Verdict::Incomplete:
        break;
    }
    return inWords(judged.missing);
}

Result<void> note(sqlite::Database& database, Unjudged const& task, Completeness const& judged, TimePoint now)
{
    bool const incomplete = judged.verdict == Completeness::Verdict::Incomplete;
    std::string const missing = incomplete ? toText(judged.missing) : "";
    bool changes = false;
    {
        QIANLI_ASSIGN(auto read, database.prepare("SELECT missing <> ? FROM tasks WHERE id = ?"));
        QIANLI_TRY(read.bind({missing, task.id}));
        QIANLI_ASSIGN(bool const row, read.step());
        changes = row && read.integer(0) != 0;
    }
    QIANLI_ASSIGN(auto update, database.prepare("UPDATE tasks SET missing = ?, judged = 1, judged_instances = ? WHERE "
                                                "id = ?"));
    QIANLI_TRY(update.run({missing, task.instances, task.id}));
    auto const state = incomplete ? TaskState::Incomplete : TaskState::Ready;
    if (task.state == TaskState::Receiving || (task.state == TaskState::Incomplete && state != task.state))
        return enterState(database, task.id, state, now, "", reasonOf(judged));
    if (task.state == TaskState::Incomplete)
        return changes ? enterState(database, task.id, state, now, "", reasonOf(judged)) : Result<void>();
    // Somebody has read it or is at it: it is told, and stays whose it is.
    if (int const more = task.instances - task.judgedInstances; more > 0 && task.judgedInstances > 0)
        return enterState(database, task.id, task.state, now, "", fmt::format("{} more images", more));
    return changes ? noteChange(database, task.id) : Result<void>();
}

// Within write(): leaves nothing behind when it fails, and what was done before stays.
template <typename Work>
Result<void> attempt(sqlite::Database& database, Work&& work)
{
    QIANLI_TRY(database.execute("SAVEPOINT attempt"));
    Result<void> done = work();
    if (!done)
        QIANLI_TRY(database.execute("ROLLBACK TO attempt"));
    QIANLI_TRY(database.execute("RELEASE attempt"));
    return done;
}

Result<bool> isAsBefore(sqlite::Database& database, Unjudged const& task)
{
    QIANLI_ASSIGN(auto select, database.prepare(fmt::format("{}id = ?", selectUnjudged)));
    QIANLI_TRY(select.bind({task.id}));
    QIANLI_ASSIGN(auto const now, readUnjudged(select));
    return now.size() == 1 && now.front() == task;
}

Error of(Unjudged const& task, Error error)
{
    return std::move(error).at(fmt::format("task {}, study {}", task.id, task.studyUid));
}

// True: the sender's associations usually end like that.
Result<bool> noteSender(sqlite::Database& database, Departure const& departure)
{
    if (departure.way == Departure::Way::InObject)
        return false; // nobody's habit
    bool const released = departure.way == Departure::Way::Released;
    QIANLI_ASSIGN(auto count,
                  database.prepare("INSERT INTO senders (site, calling_ae, released, cut_off) VALUES (?1, ?2, ?3, 1 - "
                                   "?3) ON CONFLICT DO UPDATE SET released = released + ?3, cut_off = cut_off + 1 - ?3 "
                                   "RETURNING released, cut_off"));
    QIANLI_TRY(count.bind({departure.site.value, departure.callingAe, released}));
    QIANLI_TRY(count.step());
    bool const habit =
        !released && count.integer(1) > habitFrom && count.integer(0) * cutsForOneRelease < count.integer(1);
    QIANLI_TRY(count.run());
    return habit;
}

Result<void> noteParting(sqlite::Database& database, model::SiteId const& site, dicom::Uid const& study,
                         Parting parting)
{
    // Whoever was cut off while it repeated what is here already leaves no doubt. Whoever left in order takes it back.
    QIANLI_ASSIGN(auto update,
                  database.prepare(wasCut(parting)
                                       ? "UPDATE tasks SET parting = ?1 WHERE site = ?2 AND study_uid = ?3 AND judged "
                                         "= 0"
                                       : "UPDATE tasks SET judged = iif(state = 'incomplete' AND parting <> ?1, 0, "
                                         "judged), parting = ?1 WHERE site = ?2 AND study_uid = ?3"));
    return update.run({wordOf(parting), site.value, study.value()});
}

} // namespace

Result<void> ReadingTasks::noteDepartures(std::vector<Departure> const& departures)
{
    if (departures.empty())
        return {};
    return workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        for (Departure const& departure : departures) {
            QIANLI_ASSIGN(bool const habit, noteSender(database, departure));
            if (departure.studies.empty())
                continue;
            if (departure.way == Departure::Way::Released || habit) {
                for (dicom::Uid const& study : departure.studies)
                    QIANLI_TRY(noteParting(database, departure.site, study, Parting::Released));
                continue;
            }
            // Those before the last one were done with.
            auto const parting = departure.way == Departure::Way::InObject ? Parting::InObject : Parting::CutOff;
            QIANLI_TRY(noteParting(database, departure.site, departure.studies.back(), parting));
        }
        return {};
    });
}

Result<void> ReadingTasks::noteRestart()
{
    auto const quietTime = workflow_.settings().quietTime;
    return workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        // The newest image of all is the last that is known of the time before.
        QIANLI_ASSIGN(auto update, database.prepare("UPDATE tasks SET parting = ?1 WHERE judged = 0 AND parting = '' "
                                                    "AND last_received_at > (SELECT max(last_received_at) FROM tasks) "
                                                    "- ?2"));
        return update.run({wordOf(Parting::CutOff), quietTime.count()});
    });
}

Result<std::size_t> ReadingTasks::judgeArrivals(StudyIndex const& index, Transfers const& transfers)
{
    auto const now = workflow_.clock().now();
    auto const quietTime = workflow_.settings().quietTime;
    QIANLI_ASSIGN(auto due, workflow_.database().read([&](sqlite::Database& database) -> Result<std::vector<Unjudged>> {
        QIANLI_ASSIGN(auto select,
                      database.prepare(fmt::format("{}judged = 0 OR state = 'receiving' ORDER BY id", selectUnjudged)));
        return readUnjudged(select);
    }));
    std::erase_if(due, [&](Unjudged const& task) { return !isDue(task, transfers, now, quietTime); });
    if (due.empty())
        return 0;
    // The index is read before workflow's lock is taken; what comes meanwhile waits for the next round.
    std::vector<std::pair<Unjudged, Completeness>> judged;
    std::optional<Error> trouble;
    for (Unjudged& task : due) {
        auto one = judgeStudy(index, task);
        if (one)
            judged.emplace_back(std::move(task), *std::move(one));
        else if (!trouble)
            trouble = of(task, std::move(one).error());
    }
    QIANLI_ASSIGN(auto const noted, workflow_.database().write([&](sqlite::Database& database) -> Result<std::size_t> {
        std::size_t count = 0;
        for (auto const& one : judged) {
            Unjudged const& task = one.first;
            QIANLI_ASSIGN(bool const isDueStill, isAsBefore(database, task));
            if (!isDueStill)
                continue;
            auto const done = attempt(database, [&] { return note(database, task, one.second, now); });
            if (done)
                ++count;
            else if (!trouble)
                trouble = of(task, done.error());
        }
        return count;
    }));
    if (trouble)
        return tl::unexpected(*std::move(trouble));
    return noted;
}

} // namespace qianli::gateway
