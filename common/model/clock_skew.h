// Clock skew: received time minus the time that a device's clock gave (StudyRecord, ReadingTask).
#pragma once

#include "common/base/clock.h"

namespace qianli::model {

// Below it nobody is told: clocks differ, and sending takes its time.
constexpr Duration clockTolerance = std::chrono::minutes(10);

constexpr bool isClockWrong(Duration skew)
{
    return skew > clockTolerance || skew < -clockTolerance;
}

} // namespace qianli::model
