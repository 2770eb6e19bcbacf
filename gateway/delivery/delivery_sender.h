// DeliverySender: works off the outbox: signed reports go by C-STORE to the peers of the site that sent the study.
//
// Promise: a report waits in the outbox until the destination accepted it in some form (SR, PDF, or pages of the PDF as
// Secondary Capture), also across restarts; it is given up only when refused in every form or after a configured time,
// with the reason kept. What was sent but not yet noted is sent again with the same UIDs.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/crypto/tls_context.h"
#include "gateway/archive/blob_store.h"
#include "gateway/configuration/configuration.h"
#include "gateway/index/study_index.h"
#include "gateway/workflow/workflow.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace qianli::gateway {

class DeliverySender {
public:
    struct Parts { // the references must outlive the sender
        Workflow& workflow;
        StudyIndex const& index;
        BlobStore const& store;
        DeliverySettings settings;
        std::string callingAe; // our AE title
        std::vector<model::Peer> peers;
        std::filesystem::path pagesProgram; // qianli-pdf-pages; beside our own program
        std::filesystem::path workFolder;   // data/delivery: for pages on their way; emptied at start
        Observers observers = {};
        std::shared_ptr<crypto::TlsContext const> tls = nullptr; // for the peers that want it
    };
    // Starts a thread a destination as they appear in the outbox.
    static Result<std::unique_ptr<DeliverySender>> start(Parts parts);
    virtual ~DeliverySender() = default; // stops

    // Looks into the outbox now instead of within a second.
    virtual void nudge() = 0;
    // Tells the threads to end; an attempt under way is broken off within a second or so and made again after the next
    // start.
    virtual void requestStop() = 0;
    // Whether they have all ended by then.
    virtual bool endsBy(std::chrono::steady_clock::time_point time) = 0;
    virtual void stop() = 0; // and waits for it
    // SIGHUP: the peers as they are now, and how we speak TLS with them.
    virtual void setPeers(std::vector<model::Peer> peers, std::shared_ptr<crypto::TlsContext const> tls) = 0;
};

} // namespace qianli::gateway
