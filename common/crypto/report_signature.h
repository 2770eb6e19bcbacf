// Report signatures: DICOM digital signatures on SR and Encapsulated PDF that a stranger can check with standard tools.
//
// RSA 3072, SHA-256, the standard's SR RSA profile for verified documents (PS3.15 C.4), every data element signed. Sign
// and verify are DCMTK's; what its verifier does not ask (is it signed at all, is every element signed, is the signer
// trusted, was the certificate valid and not revoked when it was signed, does the PDF belong to this SR) is asked here.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qianli::crypto {

// A signer's private key and certificate, in memory only. Comes from PKCS#12 through OpenSSL, never from a clear file.
class SigningKey {
public:
    // Refused when the PIN is wrong; InvalidInput when it is no PKCS#12 or holds no RSA key of at least 3072 bits.
    static Result<SigningKey> fromPkcs12(std::string_view der, std::string_view pin);
    SigningKey(SigningKey&&) noexcept;
    SigningKey& operator=(SigningKey&&) noexcept;
    ~SigningKey();

    std::string certificatePem() const;
    std::string subjectCommonName() const;
    TimePoint notBefore() const;
    TimePoint notAfter() const;

    struct Handles; // OpenSSL's, for report_signature.cpp
    Handles& handles() const;

private:
    explicit SigningKey(std::unique_ptr<Handles> handles);
    std::unique_ptr<Handles> handles_;
};

// Signs the file in place (written anew and synced), in Explicit VR Little Endian. The whole main data set is signed.
// InvalidInput when a data element can't be signed; Refused when the file is signed already, or the certificate isn't
// valid at `now`.
Result<void> signReportFile(std::filesystem::path const& file, SigningKey const& key, TimePoint now);

struct Trust {
    std::vector<std::string> authoritiesPem;     // CA certificates; nothing is trusted without
    std::vector<std::string> revocationListsPem; // each signed by one of the authorities
};

struct Verification {
    std::string sopInstanceUid, sopClassUid, studyUid;
    std::string patientName, patientId; // as signed, UTF-8
    std::string
        site; // the site whose study it is, as the viewer wrote it (Issuer of Accession Number Sequence); may be empty
    std::string signer;     // subject of the certificate
    std::string signerName; // its common name
    std::string
        signerLogin; // its UID attribute: the user name that our authority wrote there; empty with other authorities
    TimePoint signedAt{};                 // as the signer claims
    bool certificateExpiredSince = false; // valid at the signing time, expired later
    bool certificateRevokedSince = false; // not revoked at the signing time, revoked later
    std::optional<std::string>
        belongsToSr; // Encapsulated PDF: the SR in Source Instance Sequence (0042,0013), also found on its pages
};

// Refused with the first reason that makes the file untrustworthy: not signed, untrusted signer, not valid at the
// signing time, revoked before it, an element not signed, a digest that differs, a byte that is not the encoding of
// what was signed, a PDF without the UID of its SR on each page. Memory and depth are bounded before DCMTK's parser
// sees the bytes.
//
// The signing time is the signer's word: a key stolen and revoked later could sign with an earlier time. Who takes a
// report in at the time of signing compares signedAt with the clock and refuses certificateRevokedSince.
Result<Verification> verifyReportFile(std::filesystem::path const& file, Trust const& trust,
                                      TimePoint now = SystemClock().now());
// The same for a Part 10 file in memory.
Result<Verification> verifyReport(std::string_view file, Trust const& trust, TimePoint now = SystemClock().now());

// All files, and that each PDF is of this version of this SR when an SR is among them: UID in (0042,0013) and on the
// page, same study and patient. In the order of the files.
Result<std::vector<Verification>> verifyReportFiles(std::vector<std::filesystem::path> const& files, Trust const& trust,
                                                    TimePoint now = SystemClock().now());

} // namespace qianli::crypto
