// Attempt: one association to a destination that tries to hand over one report in every form that it takes.
#pragma once

#include "common/base/result.h"
#include "common/crypto/tls_context.h"
#include "common/model/site.h"
#include "gateway/archive/blob_store.h"
#include "gateway/index/study_index.h"
#include "gateway/workflow/outbox.h"

#include <filesystem>
#include <functional>
#include <string>

namespace qianli::gateway {

struct AttemptOutcome {
    bool accepted = false;     // in some form
    bool mayHelpLater = false; // something failed that may succeed at another time
    std::string words;         // each form and what became of it
};

struct AttemptPlace {
    StudyIndex const& index;
    BlobStore const& store;
    std::string callingAe;
    std::filesystem::path pagesProgram;
    std::filesystem::path folder;  // for this attempt alone; made and removed by it
    std::function<bool()> givesUp; // asked while it waits; true: the attempt ends with an Error as soon as it can
    std::shared_ptr<crypto::TlsContext const> tls = nullptr; // for a peer that wants it
};

// An Error means that nothing was handed over and nothing is known about the destination's will: it did not answer,
// rejected the association, or broke off.
Result<AttemptOutcome> attempt(AttemptPlace const& place, Delivery const& delivery, model::Peer const& peer);

} // namespace qianli::gateway
