// Clock: the time as an argument, so that tests can set it. All stored times are UTC.
#pragma once

#include "common/base/result.h"

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace qianli {

using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;
using Duration = std::chrono::milliseconds;

class Clock {
public:
    virtual ~Clock() = default;
    virtual TimePoint now() const = 0;
};

class SystemClock final : public Clock {
public:
    TimePoint now() const override;
};

// A clock that stands still until told otherwise; thread-safe.
class ManualClock final : public Clock {
public:
    explicit ManualClock(TimePoint start) : now_(start) {}
    TimePoint now() const override;
    void set(TimePoint time);
    void advance(Duration by);

private:
    mutable std::mutex mutex_; // guards now_
    TimePoint now_;
};

// "2026-11-22T04:31:05.123Z"
std::string toIso8601(TimePoint time);
// Reads what toIso8601 writes; milliseconds may be absent. InvalidInput otherwise.
Result<TimePoint> parseIso8601(std::string_view text);

// For people, in the machine's time zone: "2026-11-22 12:31" or with seconds.
enum class TimePrecision { Minutes, Seconds };
std::string toLocalText(TimePoint time, TimePrecision precision = TimePrecision::Minutes);

// DICOM DA and TM in local time ("20261122", "123105.123"; PS3.5 6.2), and the offset for (0008,0201) "+0800".
std::string toDicomDate(TimePoint time);
std::string toDicomTime(TimePoint time);
std::string toDicomOffset(TimePoint time);

} // namespace qianli
