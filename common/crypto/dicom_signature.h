// The DICOM digital signature of one data set (PS3.15 C): making it with a key in memory, and checking that it covers
// everything.
//
// DCMTK computes what is signed (SiMACConstructor) and verifies; the private key stays OpenSSL's, because DCMTK takes
// keys from files only.
#pragma once

#include "common/crypto/openssl_handles.h"
#include "common/crypto/signed_object.h"
#include "common/crypto/signing_key_handles.h"

namespace qianli::crypto {

// Adds MAC Parameters and Digital Signatures Sequence: SR RSA profile for verified documents on an SR, Base RSA profile
// on anything else.
Result<void> addSignature(SignedObject& object, SigningKey::Handles const& key, TimePoint now);

struct CheckedSignature {
    CertificateHandle certificate;
    TimePoint signedAt{};
};

// The one signature is there, made by RSA ≥ 3072 with SHA-2, names exactly the elements present, and fits them. Says
// nothing about who.
Result<CheckedSignature> checkSignature(SignedObject& object);

} // namespace qianli::crypto
