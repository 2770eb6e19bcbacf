// VerifiedObject: a stored object on its way out, whose bytes were compared with the digest taken on receipt (R50).
//
// Promise: a corrupt object is never handed out as good. Small ones are read into memory, checked and sent from there;
// large ones are checked in a pass of their own first.
#pragma once

#include "common/dicom/network/dicom_client.h"
#include "gateway/archive/blob_store.h"

#include <cstdint>
#include <vector>

namespace qianli::gateway {

class VerifiedObject {
public:
    // Corrupt when the file is missing, short, or holds other bytes than were received.
    static Result<VerifiedObject> open(BlobStore const& store, Receipt const& receipt);

    // Valid as long as this object lives.
    dicom::OutgoingObject outgoing() const;

private:
    Receipt receipt_;
    StoredObject stored_;
    std::vector<std::uint8_t> bytes_; // empty: send from the file
};

} // namespace qianli::gateway
