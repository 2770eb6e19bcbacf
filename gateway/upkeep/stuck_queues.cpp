#include "gateway/upkeep/stuck_queues.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace qianli::gateway {

Duration deliveryPatience(Duration longestRetry)
{
    return std::max<Duration>(std::chrono::hours(1), 2 * longestRetry);
}

std::vector<StuckQueue> stuckQueues(std::vector<Delivery> const& waiting, std::vector<Delivery> const& givenUp,
                                    TimePoint now, Duration patience)
{
    std::map<std::string, StuckQueue> queues;
    std::map<std::string, TimePoint> lastTried;
    auto const add = [&](Delivery const& delivery, std::size_t StuckQueue::*counter) {
        auto const [place, fresh] = queues.try_emplace(delivery.destination);
        auto& queue = place->second;
        queue.peer = delivery.destination;
        ++(queue.*counter);
        queue.oldest = fresh ? delivery.createdAt : std::min(queue.oldest, delivery.createdAt);
        auto const tried = delivery.lastAttemptAt.value_or(TimePoint{});
        if (auto& last = lastTried[delivery.destination]; queue.outcome.empty() || last < tried) {
            last = tried;
            queue.outcome = delivery.outcome;
        }
    };
    for (auto const& delivery : waiting)
        if (now - delivery.patienceFrom > patience)
            add(delivery, &StuckQueue::waiting);
    for (auto const& delivery : givenUp)
        add(delivery, &StuckQueue::givenUp);
    std::vector<StuckQueue> result;
    for (auto& [peer, queue] : queues)
        result.push_back(std::move(queue));
    return result;
}

std::string inWords(StuckQueue const& queue)
{
    std::string words;
    if (queue.waiting > 0)
        words = fmt::format("{} {} to {} since {}", queue.waiting,
                            queue.waiting == 1 ? "report has not got through" : "reports have not got through",
                            queue.peer, toLocalText(queue.oldest));
    if (queue.givenUp > 0)
        words += fmt::format("{}{} to {} {} given up", words.empty() ? "" : ", ", queue.givenUp, queue.peer,
                             queue.givenUp == 1 ? "was" : "were");
    return queue.outcome.empty() ? words : fmt::format("{}: {}", words, queue.outcome);
}

} // namespace qianli::gateway
