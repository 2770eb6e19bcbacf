// A reading centre on real files: a study of one CT image from the township, readers with keys, and reports as the
// viewer makes them.
#pragma once

#include "gateway/ingest/ingest.h"
#include "gateway/workflow/report_issuer.h"
#include "gateway/workflow/workflow_runner.h"
#include "tests/workflow/workflow_fixture.h"
#include "viewer/report/report_files.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace qianli::test {

struct ReportFixture : WorkflowFixture {
    ReportFixture();
    ~ReportFixture();

    // Through ingest, as C-STORE does.
    Result<gateway::StoreOutcome> receive(gateway::Sender const& sender, std::filesystem::path const& file);
    Result<gateway::StoreOutcome> receiveFromStation(std::string const& person, std::filesystem::path const& file);

    // Another sex is another person under the same Patient ID.
    void receiveImage(std::string const& studyUid, std::string const& sopInstance, std::string const& sex);
    // A study that wangmin has claimed.
    model::ReadingTask study(std::string const& studyUid = "1.2.826.0.1.3680043.10.1500.1");
    model::Report reportOf(model::ReadingTask const& task) const;
    crypto::SigningKey const& keyOf(std::string const& person);
    // Written and signed in a folder of its own.
    viewer::ReportFiles write(model::Report const& report, std::string const& signer = "wangmin");
    // Written, sent, issued.
    model::ReadingTask issuedTask(std::string const& studyUid = "1.2.826.0.1.3680043.10.1500.1");
    Result<model::ReadingTask> issueOf(model::ReadingTask const& task, model::Report const& report,
                                       std::string const& person = "wangmin");
    // What a C-FIND of the township finds under this SOP Instance UID.
    bool siteSees(std::string const& sopInstance);

    crypto::CertificateAuthority authority;
    gateway::SignerCertificates certificates{authority};
    std::unique_ptr<gateway::BlobStore> store;
    std::unique_ptr<gateway::Ingest> ingest;
    std::optional<gateway::ReportIssuer> issuer;

private:
    int files_ = 0;
};

// Until it is so; false after 30 s.
bool eventually(std::function<bool()> const& isSo);

} // namespace qianli::test
