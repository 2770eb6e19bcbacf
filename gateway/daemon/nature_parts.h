// What the daemon sets against what disks do: an index that heals, alarms of damaged objects, the scrub.
#pragma once

#include "gateway/configuration/configuration.h"
#include "gateway/ingest/healing_index.h"
#include "gateway/upkeep/scrub.h"

#include <nlohmann/json_fwd.hpp>

namespace qianli::gateway {

// Refused where workflow.db is lost: what is in it goes into an index that is made again.
Result<std::unique_ptr<StudyIndex>> openIndex(BlobStore const& store, Configuration const& configuration,
                                              Observers observers, Clock const& clock);
DamageListener damageAlarms(Observers observers);
ScrubSettings scrubSettings(Configuration const& configuration, Observers observers, std::function<bool()> busy);

nlohmann::json toJson(ScrubProgress const& progress);

} // namespace qianli::gateway
