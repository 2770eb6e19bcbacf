// A new index.db from the archive's files and the decisions in workflow.db, with the gateway stopped.
#pragma once

#include "gateway/cli/context.h"
#include "gateway/ingest/ingest.h"

namespace qianli::gateway::cli {

// It takes the old one's place when it is complete. Conflict while the gateway runs. Objects that are missing or damaged
// are named in the report and left out.
Result<ReindexReport> rebuildIndex(Context& context);

} // namespace qianli::gateway::cli
