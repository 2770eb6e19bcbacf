// One invented report, signed by one invented radiologist, for the tests of this folder.
#pragma once

#include "common/crypto/certificate_authority.h"
#include "common/crypto/report_signature.h"
#include "common/model/report.h"
#include "tests/support/support.h"
#include "viewer/report/report_pdf.h"

#include <string>
#include <vector>

namespace qianli::test {

// 15 April 2026, 14:05 at the hospital.
TimePoint sampleTime();
model::Report sampleReport();
// Findings that fill more than one page.
std::string longFindings();
std::vector<viewer::KeyImage> sampleKeyImages(int count);

// An authority and a signer; made once in a run, because RSA keys take their time.
struct Signers {
    TemporaryFolder folder;
    ManualClock clock{sampleTime()};
    crypto::CertificateAuthority authority;
    std::string pkcs12;
    crypto::SigningKey key;
    Signers();
    crypto::Trust trust() const;
    std::filesystem::path authorityFile() const { return folder / "ca/ca.crt"; }
};
Signers& signers();

inline constexpr char pin[] = "246810";

// A signed SR of the sample report, and the signed PDF object that belongs to it.
std::string signedStructuredReport(model::Report const& report);
std::string signedPdfObject(model::Report const& report, std::vector<viewer::KeyImage> const& keyImages = {});

std::string readAll(std::filesystem::path const& path);
void writeAll(std::filesystem::path const& path, std::string const& bytes);

} // namespace qianli::test
