// PeerWatch: tells a caller who is turned away or sends what nobody can read again and again from one who does so once
// (R46): the former is an alarm, until it has been quiet for a while.
//
// A stranger chooses its AE title, so it can't make alarms without end by inventing them: many titles of one address
// are one alarm, all addresses of an IPv6 /64 count as one, and beyond some alarms all that follow are one. So memory
// and the list of alarms have a bound, and no alarm that stands is forgotten. Thread-safe.
#pragma once

#include "gateway/audit/observers.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace qianli::gateway {

class PeerWatch {
public:
    using Time = std::chrono::steady_clock::time_point;
    enum class What { Refused, Malformed };

    explicit PeerWatch(Observers observers) : observers_(observers) {}

    // `callingAe`: "" where none was said. `reason` and `advice`: of the newest one, for the alarm.
    void note(What what, std::string_view callingAe, std::string const& address, std::string const& reason,
              std::string_view advice, Time now);
    // Ends the alarms of those who have been quiet.
    void look(Time now);
    std::size_t size() const; // whom it remembers

    // A device with a wrong AE title tries about once a minute: it is told within a quarter of an hour, and a
    // technician's two or three tries are not. What can't be read is rarer and worse.
    static constexpr auto period = std::chrono::minutes(15), quiet = std::chrono::minutes(30);
    static constexpr std::size_t refusals = 10, malformed = 5;
    // So many from one address, whatever it calls itself: somebody tries names.
    static constexpr std::size_t refusalsOfAddress = 40;
    static constexpr std::size_t mostAlarms = 100; // the next ones are one: "*@*"

private:
    struct Subject {
        std::deque<Time> times; // of the period, no more than count for an alarm
        Time last{};
        bool stands = false;
    };
    // By code and "AE@ADDRESS"; "*" stands for any AE title, and for any address.
    using Key = std::pair<What, std::string>;
    using Subjects = std::map<Key, Subject>;

    // Which alarm it is, if any.
    std::optional<std::string> count(Key const& key, std::size_t enough, Time now);
    Subjects::iterator touch(Key const& key, Time now);
    void stand(Subjects::iterator subject);
    void makeRoom();

    Observers const observers_;
    mutable std::mutex mutex_; // guards all below
    Subjects subjects_;
    std::set<std::pair<Time, Key>> byAge_; // those without an alarm: who was last seen longest ago makes room
    std::size_t standing_ = 0;
};

} // namespace qianli::gateway
