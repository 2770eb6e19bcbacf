// What a SigningKey holds; only for the files of this folder.
#pragma once

#include "common/crypto/openssl_handles.h"
#include "common/crypto/report_signature.h"

namespace qianli::crypto {

struct SigningKey::Handles {
    KeyHandle key;
    CertificateHandle certificate;
};

} // namespace qianli::crypto
