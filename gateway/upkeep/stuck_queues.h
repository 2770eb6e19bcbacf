// Stuck queues: peers that reports don't reach.
#pragma once

#include "gateway/workflow/outbox.h"

#include <string>
#include <vector>

namespace qianli::gateway {

struct StuckQueue {
    std::string peer;
    std::size_t waiting = 0, givenUp = 0;
    TimePoint oldest{};  // since when its oldest delivery waits
    std::string outcome; // of its last try
};

// Given up, or without success for longer than `patience`: lines break daily and come back within the hour.
std::vector<StuckQueue> stuckQueues(std::vector<Delivery> const& waiting, std::vector<Delivery> const& givenUp,
                                    TimePoint now, Duration patience);
// How long a delivery may wait before somebody should know.
Duration deliveryPatience(Duration longestRetry);

// "3 reports wait since 2026-11-22 06:46 (…), 1 given up"
std::string inWords(StuckQueue const& queue);

} // namespace qianli::gateway
