// A web server on loopback with real parts behind it, and a plain client of its own.
#pragma once

#include "gateway/web/web_server.h"
#include "tests/workflow/workflow_fixture.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qianli::test {

// A TCP connection to 127.0.0.1 that says exactly what it is told.
class Line {
public:
    // `from`: the number of the machine that calls, 127.0.0.FROM.
    explicit Line(std::uint16_t port, int from = 1);
    ~Line();
    Line(Line const&) = delete;
    Line& operator=(Line const&) = delete;
    void send(std::string_view bytes);
    // Until the text has come (true), or the peer closed or 20 s passed (false). What came is in received().
    bool waitFor(std::string_view text);
    // Until the peer closes.
    bool waitForEnd();
    std::string const& received() const { return received_; }

private:
    bool readMore();
    int socket_ = -1;
    std::string received_;
};

struct Answer {
    int status = 0;
    std::string head, body;
    nlohmann::json json() const { return nlohmann::json::parse(body); }
    std::string errorCode() const { return json().at("error").at("code").get<std::string>(); }
};

std::string requestText(std::string_view method, std::string_view path, std::string_view token, std::string_view body,
                        std::string_view moreHeaders = "Connection: close\r\n");
Answer parseAnswer(std::string const& text);

// What would go on record.
class RecordedEvents final : public gateway::AuditTrail {
public:
    void record(gateway::AuditEvent event) override
    {
        std::lock_guard const lock(mutex_);
        events_.push_back(std::move(event));
    }
    std::vector<gateway::AuditEvent> take()
    {
        std::lock_guard const lock(mutex_);
        return std::exchange(events_, {});
    }

private:
    std::mutex mutex_; // guards events_
    std::vector<gateway::AuditEvent> events_;
};

struct WebFixture : WorkflowFixture {
    explicit WebFixture(gateway::WebLimits limits = {}, gateway::HttpSettings settings = {});
    ~WebFixture();

    Answer call(std::string_view method, std::string_view path, std::string_view token = {}, nlohmann::json body = {});
    // A session without the hashing of a password.
    std::string tokenOf(std::string const& name) { return need(workflow->sessions().begin(user(name))).token; }

    crypto::CertificateAuthority authority;
    gateway::SignerCertificates certificates{authority};
    std::unique_ptr<gateway::BlobStore> store;
    std::optional<gateway::ReportIssuer> issuer;
    std::optional<gateway::WorkflowRunner> runner;
    std::function<std::string()> metrics;
    RecordedEvents recorded;
    std::unique_ptr<gateway::WebServer> server;
};

} // namespace qianli::test
