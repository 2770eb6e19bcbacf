// Whether a signer's certificate was to be trusted at the time of signing.
#pragma once

#include "common/crypto/openssl_handles.h"
#include "common/crypto/report_signature.h"

namespace qianli::crypto {

struct TrustedSigner {
    bool expiredSince = false;
    bool revokedSince = false;
};

// Refused: no chain to an authority, not valid at `signedAt`, revoked at or before it, not a key for signatures.
// InvalidInput when an authority or revocation list of `trust` can't be read, or a list is signed by none of the
// authorities.
Result<TrustedSigner> checkSigner(X509& certificate, TimePoint signedAt, Trust const& trust, TimePoint now);

} // namespace qianli::crypto
