// When certificates and revocation lists run out.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"

#include <filesystem>
#include <string>
#include <vector>

namespace qianli::crypto {

struct CertificateDate {
    std::filesystem::path file;
    std::string subject; // RFC 2253; of a revocation list, its issuer
    bool isRevocationList = false;
    TimePoint notBefore{}, notAfter{}; // a list that names no next one counts as never running out
};

// One entry for each certificate and revocation list of a PEM file, in its order. InvalidInput when it holds none.
Result<std::vector<CertificateDate>> certificateDates(std::filesystem::path const& file);

} // namespace qianli::crypto
