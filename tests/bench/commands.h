// The commands of qianli-bench: each puts a load on a server that listens already, and gives its figures.
#pragma once

#include "common/base/result.h"
#include "tests/bench/options.h"

#include <nlohmann/json.hpp>

namespace qianli::bench {

using Report = Result<nlohmann::ordered_json>;

Report ingest(Options& options);        // many objects over a few associations, as fast as they are answered
Report drain(Options& options);         // many sites send their backlog at once, with STATs among it
Report sustain(Options& options);       // many sites send at a given rate together, with STATs among it
Report idleAndActive(Options& options); // associations that wait, associations that send, and one that says C-ECHO
Report limit(Options& options);         // no server: what TCP and synced files allow on this machine

} // namespace qianli::bench
