// The days and minutes of the people at a site: local time of this machine.
#pragma once

#include "common/base/clock.h"

namespace qianli::gateway {

struct LocalMoment {
    int day = 0;                                       // of the calendar, counted from 1970-01-01
    int minute = 0;                                    // of that day
    int weekday() const { return (day % 7 + 11) % 7; } // 0: Sunday; 1970-01-01 was a Thursday
};

LocalMoment localMoment(TimePoint time);
// "09:12"
std::string minuteText(int minute);

} // namespace qianli::gateway
