// SignInGuard: failed sign-ins are counted, cost time and are told of (R23).
//
// Promise: the wait after a failure grows, for a name at an address, for a name wherever it is tried from, and for an
// address whatever name it tries; it ends by itself, and whoever signed in from an address before waits there for
// failures of their own only. An IPv6 address counts as its /64. So guessing is slow, and nobody can lock a hospital
// out by guessing. Over a restart only the places are kept (workflow.db), and memory has a bound. Thread-safe.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "gateway/audit/observers.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace qianli::gateway {

class SignInGuard {
public:
    explicit SignInGuard(Observers observers) : observers_(observers) {}

    // Refused with the seconds to wait.
    Result<void> mayTry(std::string_view name, std::string_view address, TimePoint now);
    enum class Person { Known, Unknown };
    void failed(std::string_view name, std::string_view address, Person person, TimePoint now);
    // True when nothing was known of this place, or not since today: whoever keeps the places writes it down.
    bool succeeded(std::string_view name, std::string_view address, TimePoint now);
    // It could not be written down: succeeded() says true the next time, too.
    void wasNotKept(std::string_view name, std::string_view address, TimePoint now);
    // Signed in there before this start; `place` as placeOf() has it.
    void isAtHomeAt(std::string_view name, std::string_view place, TimePoint last);
    static std::string placeOf(std::string_view address);
    // Ends the alarms of those who have been quiet.
    void look(TimePoint now);

    // So many failures cost nothing, then 1, 2, 4 … seconds up to the longest.
    struct Patience {
        int free;
        int longestExponent; // of two seconds
    };
    static constexpr Patience ofPair{3, 5};     // 32 s: a person who mistypes is not kept from a patient
    static constexpr Patience ofName{10, 6};    // 64 s, from all addresses where it did not sign in before
    static constexpr Patience ofAddress{20, 6}; // a whole hospital may stand behind one address
    static constexpr int failuresOfAlarm = 10;  // of a person, or four times as many from an address
    static constexpr Duration forgotten = std::chrono::minutes(30);
    static constexpr std::size_t mostRemembered = 10'000; // of each kind

private:
    struct Failures {
        int count = 0;
        TimePoint notBefore{}, last{};
        bool alarm = false;
    };
    using Table = std::map<std::string, Failures, std::less<>>;

    // The key of an alarm that had to make room, if any.
    static std::optional<std::string> note(Table& table, std::string const& key, Patience patience, TimePoint now);
    static Duration waitOf(Table const& table, std::string_view key, TimePoint now);
    bool isAtHome(std::string const& pair) const { return atHome_.contains(pair); }
    void takeHome(std::string pair, TimePoint now);

    Observers const observers_;
    std::mutex mutex_; // guards all below
    Table pairs_, names_, addresses_;
    std::map<std::string, TimePoint> atHome_; // pairs that signed in, and when last
};

} // namespace qianli::gateway
