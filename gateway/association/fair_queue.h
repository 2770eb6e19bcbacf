// FairQueue: who is served next, when more callers have something for us than we have hands.
//
// Promise: what is urgent overtakes; among the urgent as among the others every key (a site) gets the same share of
// bytes, however many associations it has open and however much it sends. Each key has an account of the bytes it has
// used, and who has used least is next; who was away comes back with a credit, or a debt, of one bucket of tokens at
// the most. Nothing is left unused while anybody waits. Urgent work can't starve the rest: of nine turns it gets eight.
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
        (urgency == Urgency::Stat ? urgent_ : routine_).push(key, std::move(item));
        ++size_;
    }

    std::optional<Item> pop()
    {
        if (size_ == 0)
            return std::nullopt;
        --size_;
        bool const urgent = !urgent_.isEmpty() && (routine_.isEmpty() || urgentServed_ < urgentInARow);
        urgentServed_ = urgent ? urgentServed_ + 1 : 0;
        return (urgent ? urgent_ : routine_).pop();
    }

    // What serving an item of that key has cost.
    void spend(std::string const& key, std::uint64_t bytes)
    {
        urgent_.spend(key, bytes);
        routine_.spend(key, bytes);
    }

    std::size_t size() const { return size_; }

private:
    class Line {
    public:
        bool isEmpty() const { return order_.empty(); }

        void push(std::string const& key, Item item)
        {
            auto& account = accounts_[key];
            account.waiting.push_back(std::move(item));
            if (account.waiting.size() > 1)
                return;
            // Nor does it owe for ever what it used in the other line, or alone.
            account.used = std::clamp(account.used, now_ - std::min(now_, bucketBytes), now_ + bucketBytes);
            try {
                order_.emplace(account.used, key);
            } catch (...) { // no memory: as if it had never come
                account.waiting.pop_back();
                throw;
            }
        }

        Item pop()
        {
            auto const first = order_.begin();
            auto& account = accounts_[first->second];
            now_ = std::max(now_, account.used);
            Item item = std::move(account.waiting.front());
            account.waiting.pop_front();
            if (account.waiting.empty())
                order_.erase(first);
            return item;
        }

        void spend(std::string const& key, std::uint64_t bytes)
        {
            auto const found = accounts_.find(key);
            if (found == accounts_.end())
                return;
            auto& account = found->second;
            if (!account.waiting.empty()) { // the same node again: this needs no memory half-way
                auto place = order_.extract({account.used, key});
                place.value().first += bytes;
                order_.insert(std::move(place));
            }
            account.used += bytes;
        }

    private:
        struct Account {
            std::deque<Item> waiting;
            std::uint64_t used = 0;
        };
        std::map<std::string, Account> accounts_;               // one a site, and one for those not admitted yet
        std::set<std::pair<std::uint64_t, std::string>> order_; // keys with something waiting, by what they used
        std::uint64_t now_ = 0;                                 // what the one served last had used
    };

    Line urgent_, routine_;
    int urgentServed_ = 0; // in a row
    std::size_t size_ = 0;
};

} // namespace qianli::gateway
