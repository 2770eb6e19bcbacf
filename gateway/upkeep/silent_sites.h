// Silent sites: who should have sent something by now and hasn't (docs/decisions/0022-alarms.md).
//
// A site is judged by itself: it is silent when nothing has come for `silentAfter` of working time, and on its usual
// days something practically always came between the hours in question and it was never quiet for that long. So a site
// that sends once a week never is, and nobody's lunch break or free Saturday is an alarm.
#pragma once

#include "gateway/configuration/configuration.h"
#include "gateway/upkeep/arrival_history.h"

#include <string>
#include <vector>

namespace qianli::gateway {

struct Silence {
    enum class State {
        Silent,
        Sending,  // or not long enough silent to say
        TooLittle // it has not sent regularly, or not for two weeks yet: nobody can tell
    };
    model::SiteId site;
    State state = State::TooLittle;
    std::optional<TimePoint> lastSeen; // nothing: not in the last weeks
    double studiesPerDay = 0;          // on its usual days, the median
    // Nothing came in these minutes of that day, where on `empty` of its `usualDays` usual days nothing did either.
    int day = 0, fromMinute = 0, toMinute = 0;
    int usualDays = 0, empty = 0;
    int quietMinutes() const { return toMinute - fromMinute; }
};

Silence judgeSilence(SiteActivity const& activity, TimePoint now, AlarmSettings const& settings);
// Those of the configuration, in its order.
std::vector<Silence> judgeSilence(ArrivalHistory const& history, std::vector<model::Site> const& sites, TimePoint now,
                                  AlarmSettings const& settings);

// "nothing since 09:12, where on 40 of its last 40 usual days something came between 09:12 and 11:20"
std::string inWords(Silence const& silence);
// Without the beginning: "on 40 of its last 40 usual days something came between 09:12 and 11:20"
std::string whyWords(Silence const& silence);

} // namespace qianli::gateway
