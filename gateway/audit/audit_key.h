// The key that seals the trail: ECDSA over P-256, in data/keys: audit.key (0600) and audit.pub, which is for everybody.
// A seal is checked with the public key alone, by `openssl dgst -sha256 -verify`, too.
#pragma once

#include "common/base/result.h"
#include "common/crypto/openssl_handles.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace qianli::gateway {

class AuditKey {
public:
    // Opens or makes it. The public key of a new one goes behind those that audit.pub holds already: they still check
    // what they sealed.
    static Result<AuditKey> open(std::filesystem::path const& folder);

    std::string const& fingerprint() const { return fingerprint_; }
    Result<std::string> sign(std::string_view text) const; // base64 of the DER form

private:
    AuditKey(crypto::KeyHandle key, std::string fingerprint)
        : key_(std::move(key)), fingerprint_(std::move(fingerprint))
    {
    }
    crypto::KeyHandle key_;
    std::string fingerprint_;
};

class AuditPublicKeys {
public:
    // audit.pub: one or more public keys as PEM.
    static Result<AuditPublicKeys> read(std::filesystem::path const& file);
    // Whether the key of that fingerprint is among them and made the signature.
    bool verifies(std::string_view fingerprint, std::string_view text, std::string_view signature) const;

private:
    std::map<std::string, crypto::KeyHandle, std::less<>> keys_;
};

} // namespace qianli::gateway
