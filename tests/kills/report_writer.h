// A radiologist at a workstation without a window: signs in, writes one report after another as the viewer does, and
// hands them over step by step, so that a test can end the gateway between any two steps.
#pragma once

#include "common/crypto/report_signature.h"
#include "common/model/reading_task.h"
#include "tests/support/gateway_program.h"
#include "viewer/report/report_files.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace qianli::test {

struct SignedReport {
    model::TaskId task = 0;
    std::string studyUid, srUid, pdfUid;
    viewer::ReportFiles files;
};

class ReportWriter {
public:
    // Signs in at the running gateway and gets a certificate.
    ReportWriter(GatewayProgram const& gateway, std::string const& user, std::string const& password);

    bool claim(model::TaskId task) const;
    // The new revision; nothing when the gateway did not acknowledge it.
    std::optional<std::int64_t> saveDraft(model::TaskId task, std::string const& findings, std::int64_t basedOn) const;
    struct StoredDraft {
        std::string findings;
        std::int64_t revision = 0;
    };
    // Nothing when there is no answer.
    std::optional<StoredDraft> draft(model::TaskId task) const;
    // "" when there is no answer.
    std::string stateOf(model::TaskId task) const;
    // Claims the task and signs a report about it.
    SignedReport write(model::ReadingTask const& task);
    // One C-STORE; false when the gateway did not say Success.
    bool store(std::filesystem::path const& file) const;
    bool issue(SignedReport const& report) const;
    // All of it, as the viewer's outbox repeats it.
    bool handOver(SignedReport const& report) const;

    // `state`: one or several, "ready,claimed".
    std::vector<model::ReadingTask> tasks(std::string const& state) const;

private:
    struct Answer {
        int status = 0; // 0: none
        std::string body;
    };
    Answer call(std::string const& method, std::string const& path, nlohmann::json const& body = {}) const;

    GatewayProgram const& gateway_;
    std::string user_, displayName_, token_;
    std::optional<crypto::SigningKey> key_;
};

} // namespace qianli::test
