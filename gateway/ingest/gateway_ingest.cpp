#include "common/base/log.h"
#include "common/base/memory_reserve.h"
#include "common/dicom/sop_class.h"
#include "gateway/ingest/reception.h"
#include "gateway/ingest/replay.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

// (0002,0016) holds an AE title; what is none stays in the receipt only.
std::string sourceAe(std::string const& callingAe)
{
    bool const plain = std::ranges::all_of(callingAe, [](char c) { return c >= 0x20 && c < 0x7F && c != '\\'; });
    return plain && callingAe.size() <= 16 ? callingAe : std::string();
}

class GatewayIngest final : public Ingest {
public:
    GatewayIngest(BlobStore& store, StudyIndex& index, Clock const& clock, IngestSettings const& settings)
        : store_(store), clock_(clock), settings_(settings),
          room_(std::make_shared<DiskRoom>(store, settings.diskReserveBytes, settings.observers)),
          committer_(std::make_shared<Committer>(store, index, settings))
    {
    }

    void addListener(StudyEvents& listener) override { committer_->addListener(listener); }
    Result<std::unique_ptr<Reception>> begin(Sender const& sender, Announcement const& announcement) override;
    Transfers& transfers() override { return committer_->transfers(); }
    void judgeDisk() override { committer_->judgeDisk(); }
    Duration busyFor() const override { return committer_->busyFor(); }
    Result<void> stop() override { return committer_->stop(); }

private:
    BlobStore& store_;
    Clock const& clock_;
    IngestSettings settings_;
    std::shared_ptr<DiskRoom> room_;
    std::shared_ptr<Committer> committer_;
};

Result<std::unique_ptr<Reception>> GatewayIngest::begin(Sender const& sender, Announcement const& announcement)
{
    if (!dicom::isAcceptedTransferSyntax(announcement.transferSyntax))
        return fail(ErrorCode::Refused,
                    fmt::format("objects in transfer syntax {} are not taken, because it does not hold the pixels",
                                announcement.transferSyntax.value()));
    if (MemoryReserve::isShort())
        return fail(ErrorCode::Unavailable, "the system gives no more memory");
    auto claim = std::make_unique<DiskRoom::Claim>(room_);
    QIANLI_TRY(claim->take(0));
    auto object = store_.begin(
        {announcement.sopClass, announcement.sopInstance, announcement.transferSyntax, sourceAe(sender.callingAe)});
    if (!object) {
        committer_->writingFailed(object.error());
        return tl::unexpected(std::move(object).error());
    }
    return std::make_unique<GatewayReception>(committer_, clock_, sender, announcement, *std::move(object),
                                              settings_.limits, std::move(claim));
}

} // namespace

Result<std::unique_ptr<Ingest>> Ingest::start(BlobStore& store, StudyIndex& index, Clock const& clock,
                                              IngestSettings settings)
{
    if (index.rebuilding())
        return std::make_unique<GatewayIngest>(store, index, clock, settings);
    if (index.appliedSequence() > store.lastSequence())
        return fail(ErrorCode::Corrupt,
                    fmt::format("the index knows of receipt {}, but the archive ends at {}; if the archive is whole, "
                                "rebuild the index with 'archive reindex'",
                                index.appliedSequence(), store.lastSequence()));
    LeftOut leftOut(settings.observers);
    QIANLI_ASSIGN(ReindexReport const report, replayInto(store, index, settings.charsetOf, nullptr, {}, &leftOut));
    if (report.objects > 0)
        log::information("the index took in {} objects that the archive had more", report.objects);
    return std::make_unique<GatewayIngest>(store, index, clock, settings);
}

} // namespace qianli::gateway
