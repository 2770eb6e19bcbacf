// VerifiedObject: a stored object on its way out, whose bytes were compared with the digest taken on receipt (R50).
//
// Promise: a corrupt object is never handed out as good. Small ones are read into memory, checked and sent from there;
// large ones are checked in a pass of their own first.
#pragma once

#include "common/dicom/network/dicom_client.h"
#include "gateway/archive/blob_store.h"

#include <cstdint>
#include <memory>
#include <span>

namespace qianli::gateway {

// Memory that serves one object after the other.
class ObjectBuffer {
public:
    // Not cleared: what was in it may still be there.
    std::span<std::uint8_t> take(std::size_t bytes);

private:
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::size_t size_ = 0;
};

class VerifiedObject {
public:
    // Corrupt when the file is missing, short, or holds other bytes than were received. The buffer is in use as long as
    // the object is, a descriptor only by one that is sent from its file.
    static Result<VerifiedObject> open(BlobStore const& store, Receipt const& receipt, ObjectBuffer& buffer);

    // Valid as long as this object lives.
    dicom::OutgoingObject outgoing() const;

private:
    Receipt receipt_;
    StoredObject stored_;
    std::span<std::uint8_t const> bytes_; // in the buffer; empty: send from the file
};

} // namespace qianli::gateway
