#include "gateway/archive/incoming_object.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

// Peers send pieces of a few KiB; one write for many of them. Larger pieces pass by the buffer.
constexpr std::size_t bufferBytes = 64 << 10;
constexpr std::size_t startedBytes = 256 << 10;

} // namespace

Digest toDigest(XXH128_hash_t hash)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, hash);
    Digest digest;
    std::ranges::copy(canonical.digest, digest.begin());
    return digest;
}

LocalIncomingObject::LocalIncomingObject(std::filesystem::path path, Name name, FileDescriptor file)
    : path_(std::move(path)), nameState_(name), file_(std::move(file)), hash_(XXH3_createState())
{
    XXH3_128bits_reset(hash_.get());
}

LocalIncomingObject::~LocalIncomingObject()
{
    if (!kept_)
        ::unlink(path_.c_str());
}

Result<std::unique_ptr<LocalIncomingObject>> LocalIncomingObject::create(std::filesystem::path path, Name name,
                                                                         std::string_view preamble)
{
    QIANLI_ASSIGN(FileDescriptor file, openFile(path, name == Name::New ? O_WRONLY | O_CREAT | O_EXCL : O_WRONLY));
    std::unique_ptr<LocalIncomingObject> object(new LocalIncomingObject(std::move(path), name, std::move(file)));
    object->buffer_.assign(preamble.begin(), preamble.end());
    object->dataSetOffset_ = static_cast<std::uint32_t>(preamble.size());
    return object;
}

Result<void> LocalIncomingObject::append(std::span<std::uint8_t const> bytes)
{
    if (sealed_ || !file_)
        return fail(ErrorCode::Internal, "bytes for an object that is already sealed");
    XXH3_128bits_update(hash_.get(), bytes.data(), bytes.size());
    dataSetLength_ += bytes.size();
    if (bytes.size() >= bufferBytes) {
        auto const written = noteRefusal(writeAll(file_.get(), buffer_, bytes));
        buffer_.clear();
        startWriting();
        return written;
    }
    if (buffer_.size() + bytes.size() > bufferBytes)
        QIANLI_TRY(flush());
    if (buffer_.capacity() < bufferBytes)
        buffer_.reserve(bufferBytes);
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    return {};
}

Result<void> LocalIncomingObject::flush()
{
    QIANLI_TRY(noteRefusal(writeAll(file_.get(), buffer_)));
    buffer_.clear();
    startWriting();
    return {};
}

Result<void> LocalIncomingObject::noteRefusal(Result<void> done) const
{
    if (done || !longestRefused_)
        return done;
    auto const length = dataSetOffset_ + dataSetLength_;
    for (auto longest = longestRefused_->load();
         longest < length && !longestRefused_->compare_exchange_weak(longest, length);) {
    }
    return done;
}

// Lets the disk begin while the rest is still on the wire: seal() then waits for less. It promises nothing.
void LocalIncomingObject::startWriting()
{
    auto const length = static_cast<off_t>(dataSetOffset_ + dataSetLength_ - buffer_.size());
    if (length - started_ < static_cast<off_t>(startedBytes))
        return;
    ::sync_file_range(file_.get(), started_, length - started_, SYNC_FILE_RANGE_WRITE);
    started_ = length;
}

Result<Digest> LocalIncomingObject::seal()
{
    if (sealed_)
        return digest_;
    QIANLI_TRY(flush());
    QIANLI_TRY(noteRefusal(syncFile(file_.get())));
    QIANLI_TRY(file_.close());
    buffer_ = {};
    digest_ = toDigest(XXH3_128bits_digest(hash_.get()));
    sealed_ = true;
    return digest_;
}

} // namespace qianli::gateway
