#include "gateway/service/stored_object.h"

#include "gateway/archive/xxh3.h"

#include <cstring>
#include <fmt/format.h>

namespace qianli::gateway {

namespace {

constexpr std::uint64_t largestInMemory = 2 << 20; // there may be hundreds of retrieves at a time

} // namespace

std::span<std::uint8_t> ObjectBuffer::take(std::size_t bytes)
{
    if (bytes > size_) {
        bytes_ = std::make_unique_for_overwrite<std::uint8_t[]>(bytes);
        size_ = bytes;
    }
    return {bytes_.get(), bytes};
}

Result<VerifiedObject> VerifiedObject::open(BlobStore const& store, Receipt const& receipt, ObjectBuffer& buffer)
{
    VerifiedObject object;
    object.receipt_ = receipt;
    auto const length = receipt.location.dataSetLength;
    bool const isSentFromFile = length == 0 || length > largestInMemory;
    // Before it is opened: what is healed meanwhile has another file, and the old one must not be sent.
    if (isSentFromFile)
        QIANLI_TRY(store.verify(receipt));
    auto opened = store.open(receipt.location);
    if (!opened) {
        if (opened.error().code == ErrorCode::Corrupt)
            store.noteDamage(receipt, opened.error());
        return tl::unexpected(std::move(opened).error());
    }
    object.stored_ = *std::move(opened);
    if (isSentFromFile) {
        if (store.isRemoved(receipt.sequence)) // another one may have its place
            return fail(ErrorCode::NotFound, "the object was deleted");
        return object;
    }
    auto const bytes = buffer.take(length);
    object.bytes_ = bytes;
    if (auto const read = readAllAt(object.stored_.file.get(), bytes, receipt.location.dataSetOffset); !read) {
        if (read.error().code == ErrorCode::Corrupt)
            store.noteDamage(receipt, read.error());
        return tl::unexpected(read.error());
    }
    XXH128_canonical_t digest;
    XXH128_canonicalFromHash(&digest, XXH3_128bits(object.bytes_.data(), object.bytes_.size()));
    static_assert(sizeof digest.digest == std::tuple_size_v<Digest>);
    if (std::memcmp(digest.digest, receipt.digest.data(), receipt.digest.size()) != 0) {
        Error const damage{ErrorCode::Corrupt, "the bytes are not those that were received"};
        store.noteDamage(receipt, damage);
        return fail(damage.code, damage.message);
    }
    object.stored_.file = FileDescriptor();
    return object;
}

dicom::OutgoingObject VerifiedObject::outgoing() const
{
    dicom::OutgoingObject outgoing;
    outgoing.sopClass = receipt_.sopClass;
    outgoing.sopInstance = receipt_.sopInstance;
    outgoing.transferSyntax = receipt_.transferSyntax;
    outgoing.descriptor = stored_.file.get();
    outgoing.dataSetOffset = receipt_.location.dataSetOffset;
    outgoing.dataSetLength = receipt_.location.dataSetLength;
    outgoing.bytes = bytes_;
    return outgoing;
}

} // namespace qianli::gateway
