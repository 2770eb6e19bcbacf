#include "gateway/workflow/sign_in_guard.h"

#include "common/base/text.h"
#include "gateway/configuration/address.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace qianli::gateway {

namespace {

constexpr std::size_t longestName = 64;
constexpr auto keptEvery = std::chrono::hours(24);
constexpr int failuresOfAddressAlarm = 4 * SignInGuard::failuresOfAlarm;

// A newline is in no name, so the two can't be shifted into each other.
std::string pairOf(std::string_view name, std::string_view address)
{
    return fmt::format("{}\n{}", name.substr(0, longestName), address);
}

} // namespace

std::optional<std::string> SignInGuard::note(Table& table, std::string const& key, Patience patience, TimePoint now)
{
    std::optional<std::string> over;
    if (table.size() >= mostRemembered && !table.contains(key)) {
        // Who failed longest ago makes room, of those without an alarm as long as there are any.
        auto const oldest = std::ranges::min_element(
            table, {}, [](auto const& entry) { return std::pair(entry.second.alarm, entry.second.last); });
        if (oldest->second.alarm)
            over = oldest->first;
        table.erase(oldest);
    }
    auto& failures = table[key];
    if (failures.last + forgotten <= now)
        failures.count = 0;
    failures.last = now;
    int const exponent = std::min(++failures.count - patience.free, patience.longestExponent);
    failures.notBefore = exponent < 0 ? now : now + std::chrono::seconds(1 << exponent);
    return over;
}

Duration SignInGuard::waitOf(Table const& table, std::string_view key, TimePoint now)
{
    auto const found = table.find(key);
    return found == table.end() ? Duration(0) : std::max(found->second.notBefore - now, Duration(0));
}

Result<void> SignInGuard::mayTry(std::string_view name, std::string_view address, TimePoint now)
{
    std::lock_guard const lock(mutex_);
    auto const holder = holderOf(address);
    auto const pair = pairOf(name, holder);
    auto wait = waitOf(pairs_, pair, now);
    if (!isAtHome(pair))
        wait = std::max({wait, waitOf(names_, name.substr(0, longestName), now), waitOf(addresses_, holder, now)});
    if (wait == Duration(0))
        return {};
    return fail(ErrorCode::Refused, fmt::format("too many failed sign-ins; the next one is possible in {} s",
                                                std::chrono::ceil<std::chrono::seconds>(wait).count()));
}

void SignInGuard::failed(std::string_view name, std::string_view address, Person person, TimePoint now)
{
    auto const addressKey = holderOf(address);
    auto const pair = pairOf(name, addressKey);
    std::string const nameKey(name.substr(0, longestName));
    std::string subject;
    std::vector<std::string> over;
    {
        std::lock_guard const lock(mutex_);
        note(pairs_, pair, ofPair, now);
        if (!isAtHome(pair)) {
            if (auto const evicted = note(names_, nameKey, ofName, now))
                over.push_back(*evicted);
            if (auto const evicted = note(addresses_, addressKey, ofAddress, now))
                over.push_back("*@" + *evicted);
        }
        // Who invents names makes one alarm, not one for each.
        auto& there = addresses_[addressKey];
        if (there.count >= failuresOfAddressAlarm) {
            there.alarm = true;
            subject = "*@" + addressKey;
        } else if (person == Person::Known) {
            auto& who = names_[nameKey];
            if (std::max(who.count, pairs_[pair].count) >= failuresOfAlarm) {
                who.alarm = true;
                who.last = now;
                subject = nameKey;
            }
        }
    }
    for (auto const& evicted : over)
        observers_.clear("sign-in", evicted);
    if (subject.empty())
        return;
    observers_.raise("sign-in", subject,
                     fmt::format("{} failed sign-ins or more in a row, the last one from {}",
                                 subject == nameKey ? failuresOfAlarm : failuresOfAddressAlarm,
                                 text::escapeControl(address)),
                     "ask the person; if it was not they, find out who is at that address, and set another password");
}

bool SignInGuard::succeeded(std::string_view name, std::string_view address, TimePoint now)
{
    std::lock_guard const lock(mutex_);
    auto pair = pairOf(name, holderOf(address));
    pairs_.erase(pair);
    // The alarm stays: a password that was guessed at last is no reason to be calm.
    auto const known = atHome_.find(pair);
    bool const isNew = known == atHome_.end() || now - known->second >= keptEvery;
    if (isNew)
        takeHome(std::move(pair), now);
    return isNew;
}

void SignInGuard::wasNotKept(std::string_view name, std::string_view address, TimePoint now)
{
    std::lock_guard const lock(mutex_);
    if (auto const known = atHome_.find(pairOf(name, holderOf(address))); known != atHome_.end())
        known->second = now - keptEvery;
}

void SignInGuard::isAtHomeAt(std::string_view name, std::string_view place, TimePoint last)
{
    std::lock_guard const lock(mutex_);
    takeHome(pairOf(name, place), last);
}

std::string SignInGuard::placeOf(std::string_view address)
{
    return holderOf(address);
}

// Called with the lock.
void SignInGuard::takeHome(std::string pair, TimePoint now)
{
    if (atHome_.size() >= mostRemembered && !atHome_.contains(pair))
        atHome_.erase(std::ranges::min_element(atHome_, {}, [](auto const& entry) { return entry.second; }));
    atHome_.insert_or_assign(std::move(pair), now);
}

void SignInGuard::look(TimePoint now)
{
    std::vector<std::string> over;
    {
        std::lock_guard const lock(mutex_);
        auto const isOver = [&](auto const& entry) { return entry.second.last + forgotten <= now; };
        std::erase_if(pairs_, isOver);
        for (auto const& [name, failures] : names_)
            if (failures.alarm && failures.last + forgotten <= now)
                over.push_back(name);
        for (auto const& [address, failures] : addresses_)
            if (failures.alarm && failures.last + forgotten <= now)
                over.push_back("*@" + address);
        std::erase_if(names_, isOver);
        std::erase_if(addresses_, isOver);
    }
    for (auto const& subject : over)
        observers_.clear("sign-in", subject);
}

} // namespace qianli::gateway
