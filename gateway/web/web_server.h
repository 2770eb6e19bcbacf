// WebServer: the viewer's door: HTTPS (or HTTP on loopback), JSON and server-sent events, as docs/http-api.md says.
//
// Promise: an idle connection or event stream costs a descriptor, not a thread; header, body, time and number of
// connections are bounded, so a slow or hostile client hurts itself only.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "gateway/audit/observers.h"
#include "gateway/configuration/configuration.h"
#include "gateway/index/study_index.h"
#include "gateway/workflow/report_issuer.h"
#include "gateway/workflow/signer_certificates.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_runner.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qianli::gateway {

// What a viewer is told at sign-in: how to reach us over DICOM, and the letterhead.
struct GatewayIdentity {
    std::string aeTitle;
    std::uint16_t dicomPort = 0;
    std::string hospital;
    std::uint16_t dicomTlsPort = 0; // 0: none
};

struct WebLimits {
    std::size_t connections = 4096;
    std::size_t headerBytes = 16 << 10;
    std::size_t bodyBytes = 1 << 20;
    std::size_t strangersBodyBytes = 4 << 10;    // a name and a password; more is read once a session has been shown
    std::size_t waitingSignIns = 64;             // half of them from one address
    std::size_t streamsOfPerson = 16;            // of events; one more ends the oldest
    std::size_t connectionsOfPerson = 64;        // streams and all; one more ends one of them
    std::size_t longBodiesOfPerson = 8;          // above strangersBodyBytes, at a time
    std::size_t handshakes = 128;                // of TLS, at a time; others wait
    std::size_t handshakesFromAddress = 16;      // of these
    Duration patience = std::chrono::seconds(1); // when all is taken, who has said so long not who he is makes room
    std::size_t waitingEventBytes = 1 << 20;     // of one stream; a client that reads slower is dropped and comes back
    Duration request = std::chrono::seconds(20); // for a body to arrive, an answer to leave
    Duration handshake = std::chrono::seconds(10);
    Duration idle = std::chrono::seconds(75); // from one answer to the whole header of the next request
    Duration heartbeat = std::chrono::seconds(15);
};

class WebServer final : public TaskListener {
public:
    struct Parts { // all must outlive the server
        Workflow& workflow;
        StudyIndex const& index;
        ReportIssuer& issuer;
        SignerCertificates& certificates;
        WorkflowRunner& runner; // the server adds itself as a listener
        GatewayIdentity identity;
        Observers observers = {};
        // Why nothing can be stored, in a word or two that strangers may read; nothing: all is well.
        std::function<std::optional<std::string>()> trouble = {};
        std::function<std::string()> metrics = {}; // none: there is no /metrics
        std::vector<std::string> metricsFrom = {}; // addresses that need no session for it
    };
    // Listens when it returns. InvalidInput when certificate or key can't be read; Unavailable when the port is taken.
    // Port 0 takes any free port here: a configuration with port 0 means no server, so the daemon doesn't call this.
    static Result<std::unique_ptr<WebServer>> start(HttpSettings const& settings, Parts parts, WebLimits limits = {});
    ~WebServer() override; // stops
    // Whether certificate, key and whom we believe are right. InvalidInput says which file isn't.
    static Result<void> checkCertificate(HttpSettings const& settings);

    std::uint16_t port() const;
    // SIGHUP: certificate, key and whom we believe are read again, for the connections to come; on an error everything
    // stays as it was.
    // Plain HTTP stays plain.
    Result<void> reloadCertificate(HttpSettings const& settings);
    // Closes all connections and waits for its threads.
    void stop();

    void onTasksChanged(std::vector<model::ReadingTask> const& tasks) override;

private:
    struct State;
    explicit WebServer(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

} // namespace qianli::gateway
