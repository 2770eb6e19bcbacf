#include "gateway/daemon/recode_request.h"

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

// A hundred studies at a time, so that nobody waits long for the reading list.
Result<void> tellTasks(Workflow& workflow, StudyIndex const& index, std::vector<StudyKey> const& touched)
{
    constexpr std::size_t atOnce = 100;
    std::vector<StudyRecord> records;
    for (StudyKey const& study : std::set<StudyKey>(touched.begin(), touched.end())) {
        QIANLI_ASSIGN(auto of, index.studiesOf(dicom::Uid::ofKnown(study.uid)));
        for (StudyRecord& one : of)
            if (one.site == study.site)
                records.push_back(std::move(one));
        if (records.size() < atOnce)
            continue;
        QIANLI_TRY(workflow.tasks().readAgain(records));
        QIANLI_TRY(markIdentitiesAgain(workflow, index, records));
        records.clear();
    }
    QIANLI_TRY(workflow.tasks().readAgain(records));
    return markIdentitiesAgain(workflow, index, records);
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
    if (!order.dryRun)
        QIANLI_TRY(decisions.add(decision));
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
    QIANLI_ASSIGN(auto const report, recode(store, index, recoding, [&](std::uint64_t done, std::uint64_t total) {
                      auto const now = std::chrono::steady_clock::now();
                      if (now - last < std::chrono::milliseconds(100))
                          return true;
                      last = now;
                      interrupted = !progress({{"done", done}, {"total", total}}) && done < total;
                      return !interrupted;
                  }));
    if (!order.dryRun)
        QIANLI_TRY(tellTasks(workflow, index, report.touched));
    if (interrupted)
        return fail(ErrorCode::Unavailable, "interrupted: the decision is kept; give the command again for the rest");
    return toJson(report);
}

CharsetOf charsetByRecodings(std::vector<Recoding> recodings)
{
    return [recodings = std::move(recodings)](Receipt const& receipt) { return charsetOf(receipt, recodings); };
}

} // namespace qianli::gateway
