// FairQueue: who is served next, when more callers have something for us than we have hands.
//
// Promise: what is urgent overtakes; else every key (a site) gets the same share of bytes, however many associations it
// has open and however much it sends. Each key has a bucket of tokens that its bytes use up and that is refilled in
// turns, so nothing is left unused while anybody waits. Urgent work can't starve the rest: of nine turns it gets eight.
// Not thread-safe: its owner has a lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace qianli::gateway {

enum class Urgency { Routine, Stat };

template <typename Item>
class FairQueue {
public:
    static constexpr std::int64_t refill = 512 << 10; // bytes a turn
    static constexpr int urgentInARow = 8;

    void push(std::string const& key, Urgency urgency, Item item)
    {
        ++size_;
        if (urgency == Urgency::Stat) {
            urgent_.push_back(std::move(item));
            return;
        }
        auto& bucket = buckets_[key];
        if (bucket.waiting.empty())
            turns_.push_back(key);
        bucket.waiting.push_back(std::move(item));
    }

    std::optional<Item> pop()
    {
        if (size_ == 0)
            return std::nullopt;
        --size_;
        bool const urgent = !urgent_.empty() && (turns_.empty() || urgentServed_ < urgentInARow);
        urgentServed_ = urgent ? urgentServed_ + 1 : 0;
        if (urgent)
            return take(urgent_);
        for (;;) {
            std::string key = std::move(turns_.front());
            turns_.pop_front();
            auto& bucket = buckets_[key];
            if (bucket.tokens <= 0) {
                bucket.tokens += refill;
                turns_.push_back(std::move(key));
                continue;
            }
            auto item = take(bucket.waiting);
            if (!bucket.waiting.empty())
                turns_.push_front(std::move(key)); // until its tokens are used up
            return item;
        }
    }

    // What serving an item of that key has cost. A key that owes is refilled before it is served again.
    void spend(std::string const& key, std::uint64_t bytes)
    {
        auto const bucket = buckets_.find(key);
        if (bucket == buckets_.end())
            return;
        bucket->second.tokens -= static_cast<std::int64_t>(bytes);
    }

    // A key that nobody uses any more.
    void forget(std::string const& key)
    {
        if (auto const bucket = buckets_.find(key); bucket != buckets_.end() && bucket->second.waiting.empty())
            buckets_.erase(bucket);
    }

    std::size_t size() const { return size_; }

private:
    struct Bucket {
        std::deque<Item> waiting;
        std::int64_t tokens = refill;
    };

    static Item take(std::deque<Item>& items)
    {
        Item item = std::move(items.front());
        items.pop_front();
        return item;
    }

    std::deque<Item> urgent_;
    std::map<std::string, Bucket> buckets_;
    std::deque<std::string> turns_; // keys with something waiting, each once
    int urgentServed_ = 0;          // in a row
    std::size_t size_ = 0;
};

} // namespace qianli::gateway
