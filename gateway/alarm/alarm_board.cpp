#include "gateway/alarm/alarm_board.h"

#include "common/base/log.h"

#include <algorithm>

namespace qianli::gateway {

std::string_view toString(Alarm::Level level)
{
    return level == Alarm::Level::Warning ? "warning" : "failure";
}

void AlarmBoard::raise(std::string_view code, std::string_view subject, std::string text, std::string advice,
                       Alarm::Level level)
{
    Alarm alarm{std::string(code), std::string(subject), std::move(text), std::move(advice), clock_.now(), level};
    {
        std::lock_guard const lock(mutex_);
        auto const [place, fresh] = alarms_.try_emplace({alarm.code, alarm.subject}, alarm);
        if (!fresh) {
            bool const isWorse = level > place->second.level;
            // It stands since it was a warning: that is how long somebody had to see to it.
            alarm.since = place->second.since;
            place->second = alarm;
            if (!isWorse)
                return;
        }
    }
    log::warning("alarm {}{}{}: {}; {}", alarm.code, alarm.subject.empty() ? "" : " ", alarm.subject, alarm.text,
                 alarm.advice);
    for (auto const& listener : listeners_)
        listener(alarm, Change::Raised);
}

void AlarmBoard::clear(std::string_view code, std::string_view subject)
{
    Alarm alarm;
    {
        std::lock_guard const lock(mutex_);
        auto const found = alarms_.find({std::string(code), std::string(subject)});
        if (found == alarms_.end())
            return;
        alarm = std::move(found->second);
        alarms_.erase(found);
    }
    log::information("alarm {}{}{} is over", alarm.code, alarm.subject.empty() ? "" : " ", alarm.subject);
    for (auto const& listener : listeners_)
        listener(alarm, Change::Cleared);
}

bool AlarmBoard::stands(std::string_view code, std::string_view subject, Alarm::Level atLeast) const
{
    std::lock_guard const lock(mutex_);
    auto const found = alarms_.find({std::string(code), std::string(subject)});
    return found != alarms_.end() && found->second.level >= atLeast;
}

std::vector<Alarm> AlarmBoard::standing() const
{
    std::vector<Alarm> result;
    {
        std::lock_guard const lock(mutex_);
        for (auto const& [key, alarm] : alarms_)
            result.push_back(alarm);
    }
    std::stable_sort(result.begin(), result.end(),
                     [](Alarm const& one, Alarm const& other) { return one.since < other.since; });
    return result;
}

void AlarmBoard::addListener(Listener listener)
{
    listeners_.push_back(std::move(listener));
}

} // namespace qianli::gateway
