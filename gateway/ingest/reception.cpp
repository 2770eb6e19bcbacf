#include "gateway/ingest/reception.h"

namespace qianli::gateway {

GatewayReception::GatewayReception(std::shared_ptr<Committer> committer, Clock const& clock, Sender sender,
                                   Announcement announcement, std::unique_ptr<IncomingObject> object,
                                   dicom::ScanLimits const& limits, std::unique_ptr<DiskRoom::Claim> room)
    : committer_(std::move(committer)), clock_(clock), sender_(std::move(sender)),
      examination_(std::move(announcement), limits), room_(std::move(room)), object_(std::move(object))
{
    committer_->transfers().objectBegins(sender_.transfer);
}

GatewayReception::~GatewayReception()
{
    if (!handedOver_)
        committer_->transfers().objectEnds(sender_.transfer);
}

Result<void> GatewayReception::append(std::span<std::uint8_t const> bytes)
{
    if (!failure_) {
        auto fed = feed(bytes);
        if (fed)
            return {};
        failure_ = std::move(fed).error();
        object_.reset();
        room_.reset();
    }
    return fail(failure_->code, failure_->message);
}

Result<void> GatewayReception::feed(std::span<std::uint8_t const> bytes)
{
    QIANLI_TRY(examination_.feed(bytes));
    if (!studyIsTold_ && sender_.transfer != 0)
        if (auto const study = examination_.study()) {
            committer_->transfers().objectIsOf(sender_.transfer, *study);
            studyIsTold_ = true;
        }
    QIANLI_TRY(room_->take(bytes.size()));
    auto written = object_->append(bytes);
    if (!written)
        committer_->writingFailed(written.error());
    return written;
}

void GatewayReception::finish(Completion done)
{
    HandedOver item;
    item.done = std::move(done);
    item.receivedAt = sender_.receivedAt.value_or(clock_.now());
    if (!failure_) {
        auto header = examination_.finish(sender_, item.receivedAt);
        auto digest = header ? object_->seal() : Result<Digest>(Digest{});
        if (!header)
            failure_ = std::move(header).error();
        else if (!digest) {
            committer_->writingFailed(digest.error());
            failure_ = std::move(digest).error();
        } else {
            item.header = *std::move(header);
            item.digest = *digest;
            item.object = std::move(object_);
        }
    }
    object_.reset();
    item.failure = failure_;
    item.stat = examination_.announcement().stat || sender_.stat;
    item.sender = std::move(sender_);
    item.transferSyntax = examination_.announcement().transferSyntax;
    handedOver_ = true;
    committer_->hand(std::move(item));
}

} // namespace qianli::gateway
