// AlarmBoard: what is wrong now. A part of the gateway raises an alarm when it sees something that a person must look
// at, as often as it likes, and clears it when it is over; the board tells others of the first time, of the end, and of
// a warning that has come true in between.
//
// An alarm is known by its code and its subject ("disk" and "", "silent-site" and "puzi"). Thread-safe.
#pragma once

#include "common/base/clock.h"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qianli::gateway {

struct Alarm {
    // Warning: everything works, and something won't. Failure: something doesn't.
    enum class Level { Warning, Failure };

    std::string code;    // small letters and "-"; scripts and docs/operations.md hold on to it
    std::string subject; // which site, peer or file; "" where there is but one
    std::string text;    // what is wrong; never a patient's name
    std::string advice;  // what to do about it
    TimePoint since{};
    Level level = Level::Failure;
};
std::string_view toString(Alarm::Level level); // "warning", "failure"

class AlarmBoard {
public:
    enum class Change { Raised, Cleared };
    using Listener = std::function<void(Alarm const&, Change)>;

    explicit AlarmBoard(Clock const& clock) : clock_(clock) {}

    // Logs a warning and tells the listeners when it did not stand yet, or only as a warning and now as a failure;
    // otherwise only text and level are the new ones.
    void raise(std::string_view code, std::string_view subject, std::string text, std::string advice,
               Alarm::Level level = Alarm::Level::Failure);
    void clear(std::string_view code, std::string_view subject);
    bool stands(std::string_view code, std::string_view subject, Alarm::Level atLeast = Alarm::Level::Warning) const;
    std::vector<Alarm> standing() const; // oldest first
    // Called without a lock, in the thread that raised or cleared. Before the first raise().
    void addListener(Listener listener);

private:
    using Key = std::pair<std::string, std::string>;
    Clock const& clock_;
    mutable std::mutex mutex_; // guards alarms_
    std::map<Key, Alarm> alarms_;
    std::vector<Listener> listeners_;
};

} // namespace qianli::gateway
