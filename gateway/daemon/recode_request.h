// RecodeRequest: `study recode` as it reaches the running gateway, or is done without one: the decision is kept in
// workflow.db, the index follows, and the reading list shows it.
#pragma once

#include "common/base/clock.h"
#include "gateway/daemon/control_socket.h"
#include "gateway/ingest/recode.h"
#include "gateway/workflow/recodings.h"
#include "gateway/workflow/workflow.h"

#include <nlohmann/json.hpp>

namespace qianli::gateway {

struct RecodeOrder {
    model::SiteId site;
    std::optional<TimePoint> from, to; // received
    std::string charset;
    std::string person; // of the operating system
    bool dryRun = false;
};
nlohmann::json toJson(RecodeOrder const& order); // with its "command"
nlohmann::json toJson(RecodeReport const& report);

// `progress` gets {"done", "total"}.
Result<nlohmann::json> answerRecode(nlohmann::json const& request, BlobStore const& store, StudyIndex& index,
                                    Workflow& workflow, SendProgress const& progress);

// What was begun and not done when the gateway ended. One recoding at a time.
Result<void> finishRecodings(BlobStore const& store, StudyIndex& index, Workflow& workflow,
                             std::function<bool()> const& mayGoOn);

// As the decisions say. For what is read again in ingest; one reading of workflow.db.
CharsetOf charsetByRecodings(std::vector<Recoding> recodings);

} // namespace qianli::gateway
