#include "gateway/association/operation_places.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace qianli::gateway {

bool OperationPlaces::take(std::string const& key, Urgency urgency, Time patienceEnds, Answer answer)
{
    std::lock_guard const lock(mutex_);
    if (free_ > 0) {
        --free_;
        ++held_[key];
        return true;
    }
    (urgency == Urgency::Stat ? urgent_ : waiting_)[key].push_back({patienceEnds, std::move(answer)});
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
    auto answer = std::move(next->second.front().answer);
    next->second.pop_front();
    ++held_[next->first];
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
        next = hand(urgent ? urgent_ : waiting_); // the place goes from hand to hand
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
