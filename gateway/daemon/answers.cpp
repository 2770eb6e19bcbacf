// What the running daemon answers: to the command line, to who watches it, and what it does when asked.
#include "common/base/enduring.h"
#include "gateway/daemon/daemon_parts.h"

#include <unistd.h>

namespace qianli::gateway {
namespace {

// With more than this at work the disk is left to them.
constexpr std::size_t fewOperations = 4;

constexpr Duration committerMayTake = std::chrono::minutes(5);

} // namespace

bool Daemon::Parts::isBusy() const
{
    return dicom && dicom->statistics().active > fewOperations;
}

std::vector<model::Site> Daemon::Parts::sitesNow()
{
    std::lock_guard const lock(mutex);
    return configuration.sites;
}

nlohmann::json Daemon::Parts::alarmsNow() const
{
    auto list = nlohmann::json::array();
    for (Alarm const& alarm : alarms.standing())
        list.push_back(toJson(alarm));
    return list;
}

std::string Daemon::Parts::metrics()
{
    if (!open)
        return "# the gateway is starting\n";
    return gatewayMetrics({configuration, *store, *workflow, alarms, watch->history(),
                           dicom ? dicom->statistics() : DicomStatistics{},
                           quarantine ? quarantine->usage().objects : 0, flushCount(), startedAt, clock.now()});
}

// What a restart mends. A disk that is slow is not: it may take its minutes.
std::optional<std::string> Daemon::Parts::fault()
{
    if (dicom && !dicom->isAlive(std::chrono::seconds(5)))
        return "no thread serves DICOM connections";
    if (auto const busy = ingest->busyFor(); busy > committerMayTake)
        return fmt::format("one commit to the archive takes {} s already",
                           std::chrono::duration_cast<std::chrono::seconds>(busy).count());
    return std::nullopt;
}

nlohmann::json Daemon::Parts::sites()
{
    auto list = nlohmann::json::array();
    for (Silence const& silence : watch->silences())
        list.push_back(toJson(silence));
    return {{"sites", list}, {"refusals", refusals()}};
}

Result<nlohmann::json> Daemon::Parts::answer(nlohmann::json const& request, SendProgress const& progress)
{
    auto const command = request.find("command");
    if (command != request.end() && *command == "status")
        return status();
    if (command != request.end() && *command == "look") {
        watch->look();
        return status();
    }
    if (command != request.end() && *command == "sites")
        return sites();
    if (command != request.end() && *command == "reload")
        return reload().map([] { return nlohmann::json::object(); });
    if (observers.mustStop())
        return fail(ErrorCode::Unavailable, "nothing may be changed while it can't be put on record "
                                            "(audit.stop_on_failure): the alarm `audit` says why");
    if (command != request.end() && *command == "import")
        return import(request, progress);
    if (command != request.end() && *command == "recode")
        return recode(request, progress);
    if (command != request.end() && (*command == "study-delete" || *command == "purge-confirm"))
        return remove(request, progress);
    if (command != request.end() && (*command == "quarantine-release" || *command == "quarantine-drop"))
        return decideQuarantine(request, progress);
    return fail(ErrorCode::InvalidInput, "the running gateway does not know this command: it is of another version");
}

std::optional<model::Site> Daemon::Parts::configuredSite(std::string const& id)
{
    std::lock_guard const lock(mutex);
    auto const* found = configuration.site({id});
    return found ? std::optional(*found) : std::nullopt;
}

Result<nlohmann::json> Daemon::Parts::decideQuarantine(nlohmann::json const& request, SendProgress const& progress)
{
    if (!quarantine)
        return fail(ErrorCode::NotFound, "nothing is in quarantine");
    return answerQuarantine(
        request, *quarantine, *ingest, [this](std::string const& id) { return configuredSite(id); }, progress);
}

nlohmann::json Daemon::Parts::refusals() const
{
    auto list = nlohmann::json::array();
    if (!dicom)
        return list;
    for (Refusal const& refusal : dicom->refusals())
        list.push_back({{"what", refusal.what == Refusal::What::Association ? "association" : "object"},
                        {"caller", refusal.caller},
                        {"callingAe", refusal.callingAe},
                        {"address", refusal.address},
                        {"reason", refusal.reason},
                        {"advice", refusal.advice},
                        {"count", refusal.count},
                        {"lastAt", toIso8601(refusal.lastAt)}});
    return list;
}

nlohmann::json Daemon::Parts::status() const
{
    auto const waiting = quarantine ? quarantine->usage() : Quarantine::Usage{};
    auto const dicomNow = dicom ? dicom->statistics() : DicomStatistics{};
    auto const rebuild = index->rebuilding();
    return {{"pid", ::getpid()},
            {"index", rebuild ? nlohmann::json{{"done", rebuild->done}, {"total", rebuild->total}} : nlohmann::json()},
            {"scrub", scrub ? toJson(scrub->progress()) : nlohmann::json()},
            {"startedAt", toIso8601(startedAt)},
            {"aeTitle", configuration.dicom.aeTitle},
            {"dicomPort", configuration.dicom.port},
            {"dicomTlsPort", configuration.dicom.tlsPort},
            {"httpPort", configuration.http.port},
            {"receipts", store->lastSequence()},
            {"flushes", flushCount()},
            {"descriptors", {{"allowed", descriptors.allowed}, {"needed", descriptors.needed}}},
            {"associations",
             {{"open", dicomNow.open},
              {"active", dicomNow.active},
              {"accepted", dicomNow.accepted},
              {"rejected", dicomNow.rejected},
              {"aborted", dicomNow.aborted}}},
            {"alarms", alarmsNow()},
            {"refusals", refusals()},
            {"quarantine", {{"objects", waiting.objects}, {"bytes", waiting.bytes}}},
            {"objects", {{"stored", dicomNow.stored}, {"refused", dicomNow.storeRefused}, {"sent", dicomNow.sent}}}};
}

Result<nlohmann::json> Daemon::Parts::recode(nlohmann::json const& request, SendProgress const& progress)
{
    std::unique_lock const lock(recoding, std::try_to_lock);
    if (!lock)
        return fail(ErrorCode::Conflict, "another recoding is under way: try again when it is done");
    return answerRecode(request, *store, *index, *workflow, progress);
}

Deleter Daemon::Parts::deleter(CharsetOf charsetOf)
{
    return Deleter({*store, *index, *workflow, std::move(charsetOf), &ingest->transfers()});
}

Result<nlohmann::json> Daemon::Parts::remove(nlohmann::json const& request, SendProgress const& progress)
{
    std::unique_lock const lock(recoding, std::try_to_lock);
    if (!lock)
        return fail(ErrorCode::Conflict, "a recoding or another deletion is under way: try again when it is done");
    QIANLI_ASSIGN(auto recodings, Recodings(workflow->database()).all());
    auto deleting = deleter(charsetByRecodings(std::move(recodings)));
    return answerDeletion(request, deleting, *index, *workflow, progress);
}

// Beside everything else: it may take long.
void Daemon::Parts::finishRecodings()
{
    recoder = std::jthread([this](std::stop_token const& stop) {
        while (index->rebuilding() && !stop.stop_requested())
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        std::lock_guard const lock(recoding);
        endure([&] {
            // As at the start, where the index was not to be asked.
            if (auto const resumed = deleter(nullptr).resume(); !resumed)
                log::error("deletions that were begun: {}; the next start tries again", resumed.error().message);
            auto const done =
                gateway::finishRecodings(*store, *index, *workflow, [&] { return !stop.stop_requested(); });
            if (!done)
                log::error("recoding: {}; the next start tries again", done.error().message);
        });
    });
}

Result<nlohmann::json> Daemon::Parts::import(nlohmann::json const& request, SendProgress const& progress)
{
    if (!request.contains("path") || !request["path"].is_string() || !request.contains("site") ||
        !request["site"].is_string())
        return fail(ErrorCode::InvalidInput, "an import names a path and a site");
    auto const site = configuredSite(request["site"].get<std::string>());
    if (!site)
        return fail(ErrorCode::NotFound,
                    "the running gateway does not know this site: kill -HUP makes it read the configuration again");
    // A line a tenth of a second is what an eye can follow.
    auto last = std::chrono::steady_clock::now();
    QIANLI_ASSIGN(auto const report,
                  importFiles(*ingest, request["path"].get<std::string>(), *site, [&](ImportProgress const& counts) {
                      auto const now = std::chrono::steady_clock::now();
                      if (now - last < std::chrono::milliseconds(100))
                          return true;
                      last = now;
                      return progress(toJson(counts));
                  }));
    return toJson(report);
}

} // namespace qianli::gateway
