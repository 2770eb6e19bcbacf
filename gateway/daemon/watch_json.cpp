#include "gateway/daemon/watch_json.h"

#include <nlohmann/json.hpp>

namespace qianli::gateway {
namespace {

constexpr std::pair<Silence::State, char const*> states[] = {
    {Silence::State::Silent, "silent"}, {Silence::State::Sending, "sending"}, {Silence::State::TooLittle, "unknown"}};

} // namespace

nlohmann::json toJson(Alarm const& alarm)
{
    return {{"code", alarm.code},     {"subject", alarm.subject},       {"text", alarm.text},
            {"advice", alarm.advice}, {"level", toString(alarm.level)}, {"since", toIso8601(alarm.since)}};
}

Alarm alarmFromJson(nlohmann::json const& json)
{
    Alarm alarm;
    alarm.code = json.value("code", std::string());
    alarm.subject = json.value("subject", std::string());
    alarm.text = json.value("text", std::string());
    alarm.advice = json.value("advice", std::string());
    alarm.level = json.value("level", std::string()) == "warning" ? Alarm::Level::Warning : Alarm::Level::Failure;
    alarm.since = parseIso8601(json.value("since", std::string())).value_or(TimePoint{});
    return alarm;
}

nlohmann::json toJson(Silence const& silence)
{
    char const* word = "unknown";
    for (auto const& [state, name] : states)
        if (state == silence.state)
            word = name;
    return {{"site", silence.site.value},
            {"state", word},
            {"lastSeen", silence.lastSeen ? toIso8601(*silence.lastSeen) : std::string()},
            {"studiesPerDay", silence.studiesPerDay},
            {"day", silence.day},
            {"fromMinute", silence.fromMinute},
            {"toMinute", silence.toMinute},
            {"usualDays", silence.usualDays},
            {"usualDaysAsQuiet", silence.empty}};
}

Silence silenceFromJson(nlohmann::json const& json)
{
    Silence silence;
    silence.site = {json.value("site", std::string())};
    for (auto const& [state, name] : states)
        if (json.value("state", std::string()) == name)
            silence.state = state;
    if (auto const seen = parseIso8601(json.value("lastSeen", std::string())))
        silence.lastSeen = *seen;
    silence.studiesPerDay = json.value("studiesPerDay", 0.0);
    silence.day = json.value("day", 0);
    silence.fromMinute = json.value("fromMinute", 0);
    silence.toMinute = json.value("toMinute", 0);
    silence.usualDays = json.value("usualDays", 0);
    silence.empty = json.value("usualDaysAsQuiet", 0);
    return silence;
}

} // namespace qianli::gateway
