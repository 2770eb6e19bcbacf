// PemFile: the certificates and revocation lists of a file, and a private key that nobody else may read.
#pragma once

#include "common/crypto/openssl_handles.h"

#include <filesystem>
#include <string_view>
#include <vector>

namespace qianli::crypto {

struct PemFile {
    std::vector<CertificateHandle> certificates;
    std::vector<RevocationListHandle> revocationLists;

    // Errors name the file. InvalidInput when a part of it can't be understood.
    static Result<PemFile> read(std::filesystem::path const& file);
    static Result<PemFile> parse(std::string_view pem);
};

// Refused when others than its owner may read the file (R35); InvalidInput when it holds no key that is open to us.
Result<KeyHandle> readPrivateKey(std::filesystem::path const& file);

} // namespace qianli::crypto
