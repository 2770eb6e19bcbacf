// doctor: what is wrong, what it means, and what to do about it.
#include "gateway/upkeep/doctor.h"

#include "common/base/text.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/words.h"
#include "gateway/daemon/control_socket.h"
#include "gateway/daemon/watch_json.h"

#include <fmt/format.h>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

namespace qianli::gateway::cli {
namespace {

using nlohmann::ordered_json;

// A gateway that hangs must not make us hang: the thread is left behind, and the program ends soon.
Result<nlohmann::json> askWithin(std::chrono::seconds time, std::filesystem::path socket)
{
    auto answer = std::make_shared<std::promise<Result<nlohmann::json>>>();
    auto future = answer->get_future();
    std::thread([answer, socket = std::move(socket)] {
        answer->set_value(askDaemon(socket, {{"command", "look"}}, {}));
    }).detach();
    if (future.wait_for(time) == std::future_status::timeout)
        return fail(ErrorCode::Unavailable, "it does not answer");
    return future.get();
}

DaemonState stateOf(Result<nlohmann::json> const& answer)
{
    DaemonState state;
    if (!answer) {
        state.life = answer.error().message == daemonNotRunning ? DaemonState::Life::NotRunning
                                                                : DaemonState::Life::NotAnswering;
        return state;
    }
    state.life = DaemonState::Life::Running;
    for (auto const& alarm : answer->value("alarms", nlohmann::json::array()))
        state.alarms.push_back(alarmFromJson(alarm));
    for (auto const& refusal : answer->value("refusals", nlohmann::json::array())) {
        DaemonState::Refused one;
        one.association = refusal.value("what", std::string()) == "association";
        one.caller =
            fmt::format("{}@{}", refusal.value("callingAe", std::string()), refusal.value("address", std::string()));
        one.reason = refusal.value("reason", std::string());
        one.advice = refusal.value("advice", std::string());
        one.count = refusal.value("count", std::uint64_t{0});
        one.lastAt = parseIso8601(refusal.value("lastAt", std::string())).value_or(TimePoint{});
        state.refused.push_back(std::move(one));
    }
    if (answer->contains("descriptors")) {
        state.descriptorsAllowed = (*answer)["descriptors"].value("allowed", std::uint64_t{0});
        state.descriptorsNeeded = (*answer)["descriptors"].value("needed", std::uint64_t{0});
    }
    return state;
}

// Every mistake of the file is one of its own.
std::vector<Finding> configurationFindings(Error const& error)
{
    std::vector<Finding> found;
    for (auto const& line : text::split(error.message, '\n'))
        found.push_back({"configuration", "", line, "correct it, then `config check`"});
    return found;
}

Result<void> tell(Context& context, std::vector<Finding> const& found, DaemonState::Life life)
{
    auto const& out = context.out();
    auto document = ordered_json::array();
    std::size_t number = 0;
    for (auto const& finding : found) {
        auto const kind = findingKind(finding.code);
        document.push_back({{"code", finding.code},
                            {"subject", finding.subject},
                            {"text", finding.text},
                            {"means", kind.means},
                            {"advice", finding.advice}});
        out.line(fmt::format("{}. [{}] {}", ++number, finding.code, finding.text));
        if (!kind.means.empty())
            out.line(fmt::format("   means   {}", kind.means));
        out.line(fmt::format("   do now  {}", finding.advice));
    }
    out.json({{"running", life != DaemonState::Life::NotRunning}, {"findings", document}});
    if (found.empty()) {
        out.line("nothing is wrong, as far as can be seen from here");
        return {};
    }
    return fail(ErrorCode::Unavailable,
                found.size() == 1 ? "one thing is wrong" : fmt::format("{} things are wrong", found.size()));
}

} // namespace

Result<void> doctor(Context& context)
{
    auto const configuration = context.configuration();
    if (!configuration)
        return tell(context, configurationFindings(configuration.error()), DaemonState::Life::NotAnswering);
    auto const state = stateOf(askWithin(std::chrono::seconds(10), context.controlSocket()));
    return tell(context, diagnose({**configuration, state, context.clock().now(), timeServer()}), state.life);
}

void addDoctor(Words& words)
{
    verb(words, &words.app, "doctor", "what is wrong, what it means, and what to do about it", doctor);
}

} // namespace qianli::gateway::cli
