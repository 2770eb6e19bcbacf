// The reading list over the studies of a made-up index: what is next in a queue of a few hundred among millions that
// were read long ago.
#pragma once

#include "common/base/result.h"
#include "gateway/index/study_index.h"

#include <cstdint>
#include <filesystem>

namespace qianli::bench {

// Brings `file`, a workflow.db, up to the index as a gateway does; the newest `waiting` tasks wait, all others are
// issued.
Result<void> fillQueue(gateway::StudyIndex const& index, std::filesystem::path const& file, std::uint64_t waiting);
// Prints how long the list takes for a reader (the next fifty that wait) and for a township (its newest fifty).
Result<void> askQueue(std::filesystem::path const& file, std::uint64_t times);

} // namespace qianli::bench
