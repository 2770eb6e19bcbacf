// FairQueue: who is served next, when more callers have something for us than we have hands.
//
// Promise: what is urgent overtakes; else every key (a site) gets the same share of bytes, however many associations it
// has open and however much it sends. Each key has an account of the bytes it has used, and who has used least is
// next; who was away comes back with a credit, or a debt, of one bucket of tokens at the most. Nothing is left
// unused while anybody waits. Urgent work can't starve the rest: of nine turns it gets eight.
// Not thread-safe: its owner has a lock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace qianli::gateway {

enum class Urgency { Routine, Stat };

template <typename Item>
class FairQueue {
public:
    static constexpr std::uint64_t bucketBytes = 1 << 20;
    static constexpr int urgentInARow = 8;

    void push(std::string const& key, Urgency urgency, Item item)
    {
        ++size_;
        if (urgency == Urgency::Stat) {
            urgent_.push_back(std::move(item));
            return;
        }
        auto& account = accounts_[key];
        if (account.waiting.empty()) {
            // Nor does it owe for ever what it used while it was urgent, or alone.
            account.used = std::clamp(account.used, now_ - std::min(now_, bucketBytes), now_ + bucketBytes);
            line_.emplace(account.used, key);
        }
        account.waiting.push_back(std::move(item));
    }

    std::optional<Item> pop()
    {
        if (size_ == 0)
            return std::nullopt;
        --size_;
        bool const urgent = !urgent_.empty() && (line_.empty() || urgentServed_ < urgentInARow);
        urgentServed_ = urgent ? urgentServed_ + 1 : 0;
        if (urgent)
            return take(urgent_);
        auto const first = line_.begin();
        auto& account = accounts_[first->second];
        now_ = std::max(now_, account.used);
        auto item = take(account.waiting);
        if (account.waiting.empty())
            line_.erase(first);
        return item;
    }

    // What serving an item of that key has cost.
    void spend(std::string const& key, std::uint64_t bytes)
    {
        auto const found = accounts_.find(key);
        if (found == accounts_.end())
            return;
        auto& account = found->second;
        if (!account.waiting.empty())
            line_.erase({account.used, key});
        account.used += bytes;
        if (!account.waiting.empty())
            line_.emplace(account.used, key);
    }

    std::size_t size() const { return size_; }

private:
    struct Account {
        std::deque<Item> waiting;
        std::uint64_t used = 0;
    };

    static Item take(std::deque<Item>& items)
    {
        Item item = std::move(items.front());
        items.pop_front();
        return item;
    }

    std::deque<Item> urgent_;
    std::map<std::string, Account> accounts_;              // one a site, and one for those who are not admitted yet
    std::set<std::pair<std::uint64_t, std::string>> line_; // keys with something waiting, by what they used
    std::uint64_t now_ = 0;                                // what the one served last had used
    int urgentServed_ = 0;                                 // in a row
    std::size_t size_ = 0;
};

} // namespace qianli::gateway
