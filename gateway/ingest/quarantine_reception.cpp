#include "gateway/ingest/quarantine_reception.h"

namespace qianli::gateway {

QuarantineReception::QuarantineReception(Quarantine& quarantine, Sender sender, Announcement announcement,
                                         std::string id, std::unique_ptr<LocalIncomingObject> object)
    : quarantine_(quarantine), sender_(std::move(sender)),
      examination_(std::move(announcement), quarantine.settings_.limits), id_(std::move(id)), object_(std::move(object))
{
}

QuarantineReception::~QuarantineReception()
{
    object_.reset();
    quarantine_.giveRoom(claimed_);
}

Result<void> QuarantineReception::append(std::span<std::uint8_t const> bytes)
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

Result<void> QuarantineReception::feed(std::span<std::uint8_t const> bytes)
{
    QIANLI_TRY(examination_.feed(bytes));
    QIANLI_TRY(quarantine_.claimRoom(bytes.size()));
    claimed_ += bytes.size();
    return object_->append(bytes);
}

void QuarantineReception::finish(Completion done)
{
    auto const completed = failure_ ? Result<void>(tl::unexpected(*failure_)) : complete();
    object_.reset();
    if (completed)
        done(StoreOutcome{});
    else
        done(tl::unexpected(completed.error()));
}

Result<void> QuarantineReception::complete()
{
    QuarantinedObject object;
    object.id = id_;
    object.receivedAt = quarantine_.clock_.now();
    QIANLI_ASSIGN(dicom::InstanceHeader const header, examination_.finish(sender_, object.receivedAt));
    QIANLI_ASSIGN(object.digest, object_->seal());
    Announcement const& announced = examination_.announcement();
    object.callingAe = sender_.callingAe;
    object.calledAe = sender_.calledAe;
    object.address = sender_.address;
    object.sopClass = announced.sopClass;
    object.sopInstance = announced.sopInstance;
    object.transferSyntax = announced.transferSyntax;
    object.study = header.studyUid;
    object.patientName = header.patientName;
    object.modality = header.modality;
    object.stationName = header.stationName;
    object.manufacturer = header.manufacturer;
    object.defects = header.defects;
    object.stat = announced.stat;
    object.dataSetOffset = object_->dataSetOffset();
    object.dataSetLength = object_->dataSetLength();
    if (quarantine_.holds(object))
        return {};
    object_->keep();
    QIANLI_TRY(quarantine_.keep(std::move(object)));
    claimed_ = 0; // it is the object's now
    return {};
}

} // namespace qianli::gateway
