// What people decide about objects in quarantine: into the archive, or away.
#include "gateway/ingest/quarantine.h"

#include <fmt/format.h>
#include <future>
#include <nlohmann/json.hpp>

namespace qianli::gateway {
namespace {

// So many objects wait for their commit at a time: they share its syncs.
constexpr std::size_t together = 64;

using Outcome = std::future<Result<StoreOutcome>>;

// Hands the file's data set to the archive's own way in.
Result<Outcome> handOver(std::filesystem::path const& file, QuarantinedObject const& object, Sender const& site,
                         Ingest& ingest)
{
    if (!object.unreadable.empty())
        return fail(ErrorCode::Corrupt,
                    fmt::format("its record can't be read ({}), so nobody knows who sent it: `archive import {} --site "
                                "{}` takes the object, `quarantine drop {}` then removes it from here",
                                object.unreadable, file.string(), site.site.value, object.group()));
    Sender sender = site;
    sender.origin = Origin::Site;
    sender.callingAe = object.callingAe;
    sender.calledAe = object.calledAe;
    sender.address = object.address;
    sender.receivedAt = object.receivedAt;
    QIANLI_ASSIGN(auto reception,
                  ingest.begin(sender, {object.sopClass, object.sopInstance, object.transferSyntax, object.stat}));
    QIANLI_TRY(readDataSet(file, object, [&](auto const part) { return reception->append(part); }));
    auto answer = std::make_shared<std::promise<Result<StoreOutcome>>>();
    auto outcome = answer->get_future();
    reception->finish([answer](Result<StoreOutcome> result) { answer->set_value(std::move(result)); });
    return outcome;
}

// What says something about the disk or us, not about the object.
bool endsRelease(Error const& error)
{
    return error.code == ErrorCode::Unavailable || error.code == ErrorCode::Internal ||
           error.code == ErrorCode::Cancelled;
}

Error nothingSelected(std::string const& selector)
{
    return {ErrorCode::NotFound,
            fmt::format("nothing in quarantine is \"{}\": `quarantine list` shows what is there", selector)};
}

nlohmann::json decisionOf(std::string_view what, Clock const& clock, std::string const& person,
                          std::span<QuarantinedObject const> objects)
{
    auto groups = nlohmann::json::array();
    for (QuarantineGroup const& group : groupsOf({objects.begin(), objects.end()}))
        groups.push_back({{"callingAe", group.first.callingAe},
                          {"address", group.first.address},
                          {"studyInstanceUid", group.first.study.value()},
                          {"objects", group.objects},
                          {"bytes", group.bytes}});
    return {{"at", toIso8601(clock.now())}, {"what", what}, {"by", person}, {"groups", groups}};
}

} // namespace

Result<QuarantineReport> Quarantine::release(std::string const& selector, Sender const& site, std::string const& person,
                                             Ingest& ingest, QuarantineProgress const& progress)
{
    std::lock_guard const deciding(deciding_);
    QIANLI_ASSIGN(auto const wanted, selected(selector));
    if (wanted.empty())
        return tl::unexpected(nothingSelected(selector));
    QuarantineReport report;
    std::optional<Error> ended;
    for (std::span<QuarantinedObject const> rest = wanted; !rest.empty() && !ended;) {
        auto const now = rest.first(std::min(together, rest.size()));
        rest = rest.subspan(now.size());
        std::vector<Result<Outcome>> outcomes;
        for (QuarantinedObject const& object : now)
            outcomes.push_back(handOver(fileOf(object), object, site, ingest));
        std::vector<QuarantinedObject> done;
        for (std::size_t i = 0; i < now.size(); ++i) {
            auto const outcome = outcomes[i] ? outcomes[i]->get() : tl::unexpected(outcomes[i].error());
            if (!outcome) {
                report.failed.push_back(fmt::format("{}: {}", now[i].id, outcome.error().message));
                if (endsRelease(outcome.error()))
                    ended = outcome.error();
                continue;
            }
            report.duplicates += outcome->kind == StoreOutcome::Kind::Duplicate ? 1 : 0;
            report.bytes += now[i].bytes();
            done.push_back(now[i]);
        }
        report.objects += done.size();
        if (!done.empty()) {
            auto decision = decisionOf("released", clock_, person, done);
            decision["site"] = site.site.value;
            QIANLI_TRY(note(decision));
            QIANLI_TRY(forget(done));
        }
        if (!ended && !progress(report.objects, wanted.size()) && !rest.empty())
            ended = Error{ErrorCode::Cancelled, "the release was stopped; what was released before stays so"};
    }
    if (ended)
        return tl::unexpected(*std::move(ended));
    return report;
}

Result<QuarantineReport> Quarantine::drop(std::string const& selector, std::string const& person,
                                          std::string const& reason)
{
    std::lock_guard const deciding(deciding_);
    QIANLI_ASSIGN(auto const wanted, selected(selector));
    if (wanted.empty())
        return tl::unexpected(nothingSelected(selector));
    auto decision = decisionOf("dropped", clock_, person, wanted);
    decision["reason"] = reason;
    QIANLI_TRY(note(decision));
    QIANLI_TRY(forget(wanted));
    QuarantineReport report;
    report.objects = wanted.size();
    for (QuarantinedObject const& object : wanted)
        report.bytes += object.bytes();
    return report;
}

} // namespace qianli::gateway
