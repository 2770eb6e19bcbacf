// `study delete` and `purge --confirm` as they reach the running gateway, or are done without one.
#pragma once

#include "gateway/daemon/control_socket.h"
#include "gateway/upkeep/deleter.h"
#include "gateway/upkeep/purge.h"

#include <nlohmann/json.hpp>

namespace qianli::gateway {

struct DeletionOrder {
    StudyKey study;
    int part = 0;
    // As the asker has seen it: a part's number names a place, and another patient may have it by now.
    model::PatientKey patient;
    std::uint64_t lastSequence = 0;
    std::string person, reason; // person: of the operating system
};
nlohmann::json toJson(DeletionOrder const& order); // with its "command"

struct PurgeConfirmation {
    std::string digest, user, password;
};
nlohmann::json toJson(PurgeConfirmation const& confirmation);

// Either of the two; `progress` gets {"done", "total"}.
Result<nlohmann::json> answerDeletion(nlohmann::json const& request, Deleter& deleter, StudyIndex const& index,
                                      Workflow& workflow, SendProgress const& progress);

} // namespace qianli::gateway
