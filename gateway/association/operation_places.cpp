#include "gateway/association/operation_places.h"

#include "common/base/enduring.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace qianli::gateway {

bool OperationPlaces::take(std::string const& key, Urgency urgency, Time patienceEnds, Answer answer)
{
    std::lock_guard const lock(mutex_);
    if (free_ > 0) {
        ++held_[key]; // first what may find no memory
        --free_;
        return true;
    }
    auto& line = urgency == Urgency::Stat ? urgent_ : waiting_;
    auto& those = line[key];
    try {
        those.push_back({patienceEnds, std::move(answer)});
    } catch (std::exception const&) {
        if (those.empty())
            line.erase(key);
        throw;
    }
    return false;
}

std::uint64_t OperationPlaces::held(std::string const& key) const
{
    auto const found = held_.find(key);
    return found == held_.end() ? 0 : found->second;
}

// The next of the line, which gets a place; nothing when nobody waits there.
std::optional<OperationPlaces::Answer> OperationPlaces::hand(Line& line)
{
    auto const next = std::ranges::min_element(
        line, {}, [&](auto const& entry) { return std::pair(held(entry.first), entry.second.front().patienceEnds); });
    if (next == line.end())
        return std::nullopt;
    ++held_[next->first]; // as in take()
    auto answer = std::move(next->second.front().answer);
    next->second.pop_front();
    if (next->second.empty())
        line.erase(next);
    return answer;
}

void OperationPlaces::release(std::string const& key)
{
    std::optional<Answer> next;
    {
        std::lock_guard const lock(mutex_);
        if (auto const found = held_.find(key); found != held_.end() && --found->second == 0)
            held_.erase(found);
        constexpr int urgentInARow = 8;
        bool const urgent = !urgent_.empty() && (waiting_.empty() || urgentServed_ < urgentInARow);
        urgentServed_ = urgent ? urgentServed_ + 1 : 0;
        // The place goes from hand to hand; where there is no memory for that, it is free at least.
        endure([&] { next = hand(urgent ? urgent_ : waiting_); });
        if (!next) {
            ++free_;
            return;
        }
    }
    (*next)(true);
}

void OperationPlaces::refuse(Time now, Whom whom)
{
    std::vector<Answer> refused;
    {
        std::lock_guard const lock(mutex_);
        std::size_t most = 0; // nobody who was taken out of the line is forgotten for want of memory
        for (auto const* line : {&urgent_, &waiting_})
            for (auto const& [key, those] : *line)
                most += those.size();
        refused.reserve(most);
        for (auto* line : {&urgent_, &waiting_}) {
            for (auto& [key, those] : *line)
                while (!those.empty() && (whom == Whom::Everybody || those.front().patienceEnds <= now)) {
                    refused.push_back(std::move(those.front().answer));
                    those.pop_front();
                }
            std::erase_if(*line, [](auto const& entry) { return entry.second.empty(); });
        }
    }
    for (auto const& answer : refused)
        answer(false);
}

std::uint64_t OperationPlaces::taken() const
{
    std::lock_guard const lock(mutex_);
    return places_ - free_;
}

} // namespace qianli::gateway
