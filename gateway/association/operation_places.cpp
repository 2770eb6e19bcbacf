#include "gateway/association/operation_places.h"

#include <vector>

namespace qianli::gateway {

bool OperationPlaces::take(Urgency urgency, Time patienceEnds, Answer answer)
{
    std::lock_guard const lock(mutex_);
    if (free_ > 0) {
        --free_;
        return true;
    }
    (urgency == Urgency::Stat ? urgent_ : waiting_).push_back({patienceEnds, std::move(answer)});
    return false;
}

void OperationPlaces::release()
{
    Answer next;
    {
        std::lock_guard const lock(mutex_);
        constexpr int urgentInARow = 8;
        bool const urgent = !urgent_.empty() && (waiting_.empty() || urgentServed_ < urgentInARow);
        urgentServed_ = urgent ? urgentServed_ + 1 : 0;
        auto& line = urgent ? urgent_ : waiting_;
        if (line.empty()) {
            ++free_;
            return;
        }
        next = std::move(line.front().answer); // the place goes from hand to hand
        line.pop_front();
    }
    next(true);
}

void OperationPlaces::refuse(Time now, Whom whom)
{
    std::vector<Answer> refused;
    {
        std::lock_guard const lock(mutex_);
        for (auto* line : {&urgent_, &waiting_}) // in the order of their coming, so of their patience
            while (!line->empty() && (whom == Whom::Everybody || line->front().patienceEnds <= now)) {
                refused.push_back(std::move(line->front().answer));
                line->pop_front();
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
