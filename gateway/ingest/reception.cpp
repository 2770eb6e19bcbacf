#include "gateway/ingest/reception.h"

#include <fmt/format.h>

namespace qianli::gateway {

GatewayReception::GatewayReception(std::shared_ptr<Committer> committer, Clock const& clock, Sender sender,
                                   Announcement announcement, std::unique_ptr<IncomingObject> object,
                                   dicom::ScanLimits const& limits)
    : committer_(std::move(committer)), clock_(clock), sender_(std::move(sender)),
      announcement_(std::move(announcement)), object_(std::move(object)),
      scanner_(announcement_.transferSyntax, dicom::instanceHeaderTags(), limits)
{
}

Result<void> GatewayReception::append(std::span<std::uint8_t const> bytes)
{
    if (!failure_) {
        auto fed = feed(bytes);
        if (fed)
            return {};
        failure_ = std::move(fed).error();
        object_.reset();
    }
    return fail(failure_->code, failure_->message);
}

Result<void> GatewayReception::feed(std::span<std::uint8_t const> bytes)
{
    QIANLI_TRY(scanner_.feed(bytes));
    return object_->append(bytes);
}

void GatewayReception::finish(Completion done)
{
    HandedOver item;
    item.done = std::move(done);
    if (!failure_) {
        auto header = examine();
        auto digest = header ? object_->seal() : Result<Digest>(Digest{});
        if (!header)
            failure_ = std::move(header).error();
        else if (!digest)
            failure_ = std::move(digest).error();
        else {
            item.header = *std::move(header);
            item.digest = *digest;
            item.object = std::move(object_);
        }
    }
    object_.reset();
    item.failure = failure_;
    item.stat = announcement_.stat || sender_.stat;
    item.sender = std::move(sender_);
    item.transferSyntax = announcement_.transferSyntax;
    item.receivedAt = clock_.now();
    committer_->hand(std::move(item));
}

// The command and the data set must speak of the same object (PS3.4 B.2.3: A900H otherwise).
Result<dicom::InstanceHeader> GatewayReception::examine()
{
    QIANLI_ASSIGN(dicom::DataSetHeader const scanned, scanner_.finish());
    QIANLI_ASSIGN(dicom::InstanceHeader header,
                  dicom::toInstanceHeader(scanned, announcement_.transferSyntax, sender_.siteCharset));
    if (header.sopClassUid != announcement_.sopClass)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("SOP Class UID (0008,0016) is {} in the data set and {} in the request",
                                header.sopClassUid.value(), announcement_.sopClass.value()));
    if (header.sopInstanceUid != announcement_.sopInstance)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("SOP Instance UID (0008,0018) is {} in the data set and {} in the request",
                                header.sopInstanceUid.value(), announcement_.sopInstance.value()));
    return header;
}

} // namespace qianli::gateway
