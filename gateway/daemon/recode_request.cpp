#include "gateway/daemon/recode_request.h"

#include "common/base/log.h"
#include "gateway/workflow/identity_marks.h"
#include "gateway/workflow/reading_tasks.h"

#include <set>

namespace qianli::gateway {
namespace {

nlohmann::json toJson(std::optional<TimePoint> time)
{
    return time ? nlohmann::json(time->time_since_epoch().count()) : nlohmann::json();
}

std::optional<TimePoint> timeOf(nlohmann::json const& json)
{
    return json.is_number_integer() ? std::optional(TimePoint(Duration(json.get<std::int64_t>()))) : std::nullopt;
}

nlohmann::json toJson(RecodedStudy::Reading const& reading)
{
    return {{"patientName", reading.patientName},
            {"description", reading.description},
            {"charsetUsed", reading.used},
            {"charsetRule", reading.rule},
            {"charsetCertain", reading.certain}};
}

Result<RecodeOrder> orderOf(nlohmann::json const& request)
{
    for (char const* const word : {"site", "charset", "person"})
        if (!request.contains(word) || !request[word].is_string())
            return fail(ErrorCode::InvalidInput, "a recoding names a site, a character set and a person");
    RecodeOrder order;
    order.site.value = request["site"];
    order.charset = request["charset"];
    order.person = request["person"];
    order.from = timeOf(request.value("from", nlohmann::json()));
    order.to = timeOf(request.value("to", nlohmann::json()));
    order.dryRun = request.value("dryRun", false);
    return order;
}

// Tells the reading list of studies that were read again: a hundred at a time, so that nobody waits long for it, and so
// that little is left to tell when we end on the way.
class TaskTeller {
public:
    TaskTeller(Workflow& workflow, StudyIndex const& index) : workflow_(workflow), index_(index) {}

    Result<void> add(std::vector<StudyKey> const& studies)
    {
        constexpr std::size_t atOnce = 100;
        waiting_.insert(studies.begin(), studies.end());
        return waiting_.size() < atOnce ? Result<void>() : tell();
    }
    Result<void> tell()
    {
        std::vector<StudyRecord> records;
        for (StudyKey const& study : waiting_) {
            QIANLI_ASSIGN(auto of, index_.studiesOf(dicom::Uid::ofKnown(study.uid)));
            for (StudyRecord& one : of)
                if (one.site == study.site)
                    records.push_back(std::move(one));
        }
        QIANLI_TRY(workflow_.tasks().readAgain(records));
        QIANLI_TRY(markIdentitiesAgain(workflow_, index_, records));
        waiting_.clear();
        return {};
    }

private:
    Workflow& workflow_;
    StudyIndex const& index_;
    std::set<StudyKey> waiting_;
};

// Index and reading list, as far as `progress` allows.
Result<RecodeReport> follow(RecodeRequest request, BlobStore const& store, StudyIndex& index, Workflow& workflow,
                            std::function<bool(std::uint64_t done, std::uint64_t total)> const& progress)
{
    TaskTeller teller(workflow, index);
    request.touched = [&](std::vector<StudyKey> const& studies) { return teller.add(studies); };
    auto report = recode(store, index, request, progress);
    // Whatever ended it: what is done is done.
    QIANLI_TRY(teller.tell());
    return report;
}

} // namespace

nlohmann::json toJson(RecodeOrder const& order)
{
    return {{"command", "recode"},    {"site", order.site.value}, {"from", toJson(order.from)},
            {"to", toJson(order.to)}, {"charset", order.charset}, {"person", order.person},
            {"dryRun", order.dryRun}};
}

nlohmann::json toJson(RecodeReport const& report)
{
    auto first = nlohmann::json::array();
    for (RecodedStudy const& study : report.first)
        first.push_back(
            {{"studyInstanceUid", study.uid}, {"before", toJson(study.before)}, {"after", toJson(study.after)}});
    return {{"studies", report.studies},
            {"changed", report.changed},
            {"first", std::move(first)},
            {"damaged", report.damaged}};
}

Result<nlohmann::json> answerRecode(nlohmann::json const& request, BlobStore const& store, StudyIndex& index,
                                    Workflow& workflow, SendProgress const& progress)
{
    QIANLI_ASSIGN(auto const order, orderOf(request));
    Recodings decisions(workflow.database());
    QIANLI_ASSIGN(auto const before, decisions.all());
    Recoding const decision{
        order.site, order.from, order.to, index.appliedSequence(), order.charset, order.person, workflow.clock().now()};
    // First: a rebuilt index must not fall behind what was begun.
    std::int64_t id = 0;
    if (!order.dryRun) {
        QIANLI_ASSIGN(id, decisions.add(decision));
    }
    auto after = before;
    after.push_back(decision);
    RecodeRequest const recoding{order.site,
                                 order.from,
                                 order.to,
                                 charsetByRecodings(before),
                                 charsetByRecodings(after),
                                 order.dryRun ? Reread::Look : Reread::Write};
    bool interrupted = false;
    // A line a tenth of a second is what an eye can follow.
    auto last = std::chrono::steady_clock::now();
    auto const told = [&](std::uint64_t done, std::uint64_t total) {
        auto const now = std::chrono::steady_clock::now();
        if (now - last < std::chrono::milliseconds(100))
            return true;
        last = now;
        interrupted = !progress({{"done", done}, {"total", total}}) && done < total;
        return !interrupted;
    };
    QIANLI_ASSIGN(auto const report,
                  order.dryRun ? recode(store, index, recoding, told) : follow(recoding, store, index, workflow, told));
    if (interrupted)
        return fail(ErrorCode::Unavailable, "interrupted: the decision is kept, and the gateway's next start does the "
                                            "rest; so does the same command, given again");
    if (!order.dryRun)
        QIANLI_TRY(decisions.finish(id));
    return toJson(report);
}

Result<void> finishRecodings(BlobStore const& store, StudyIndex& index, Workflow& workflow,
                             std::function<bool()> const& mayGoOn)
{
    Recodings decisions(workflow.database());
    QIANLI_ASSIGN(auto const all, decisions.all());
    for (auto one = all.begin(); one != all.end(); ++one) {
        if (one->done)
            continue;
        log::information("recoding {} from where it ended the last time", one->site.value);
        RecodeRequest request{
            one->site,    one->from, one->to, charsetByRecodings({all.begin(), one}), charsetByRecodings(all),
            Reread::Write};
        bool interrupted = false;
        QIANLI_TRY(follow(std::move(request), store, index, workflow, [&](std::uint64_t done, std::uint64_t total) {
            interrupted = done < total && !mayGoOn();
            return !interrupted;
        }));
        if (interrupted)
            return {};
        QIANLI_TRY(decisions.finish(one->id));
    }
    return {};
}

CharsetOf charsetByRecodings(std::vector<Recoding> recodings)
{
    return [recodings = std::move(recodings)](Receipt const& receipt) { return charsetOf(receipt, recodings); };
}

} // namespace qianli::gateway
