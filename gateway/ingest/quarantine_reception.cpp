#include "gateway/ingest/quarantine_reception.h"

#include "common/base/text.h"

#include <nlohmann/json.hpp>

namespace qianli::gateway {
namespace {

// A record holds what people are shown, and no more: values may be as long as their sender likes.
std::string shown(std::string const& value)
{
    constexpr std::size_t longest = 256;
    if (value.size() <= longest)
        return value;
    auto codePoints = text::toCodePoints(value);
    if (codePoints.size() <= longest)
        return value;
    codePoints.resize(longest);
    return text::fromCodePoints(codePoints);
}

} // namespace

QuarantineReception::QuarantineReception(Quarantine& quarantine, Sender sender, Announcement announcement,
                                         std::string id, std::unique_ptr<LocalIncomingObject> object,
                                         std::uint64_t claimed)
    : quarantine_(quarantine), sender_(std::move(sender)),
      examination_(std::move(announcement), quarantine.settings_.limits), id_(std::move(id)),
      object_(std::move(object)), claimed_(claimed)
{
}

QuarantineReception::~QuarantineReception()
{
    object_.reset();
    quarantine_.leave(claimed_);
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
    QuarantinedObject soFar;
    soFar.dataSetOffset = object_->dataSetOffset();
    soFar.dataSetLength = object_->dataSetLength() + bytes.size();
    soFar.recordBytes = 1; // at least
    QIANLI_TRY(claim(soFar.room()));
    return quarantine_.told(object_->append(bytes));
}

Result<void> QuarantineReception::claim(std::uint64_t room)
{
    if (room <= claimed_)
        return {};
    QIANLI_TRY(quarantine_.claimRoom(room - claimed_));
    claimed_ = room;
    return {};
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
    QIANLI_ASSIGN(object.digest, quarantine_.told(object_->seal()));
    Announcement const& announced = examination_.announcement();
    object.callingAe = sender_.callingAe;
    object.calledAe = sender_.calledAe;
    object.address = sender_.address;
    object.sopClass = announced.sopClass;
    object.sopInstance = announced.sopInstance;
    object.transferSyntax = announced.transferSyntax;
    object.study = header.studyUid;
    object.patientName = shown(header.patientName);
    object.modality = shown(header.modality);
    object.stationName = shown(header.stationName);
    object.manufacturer = shown(header.manufacturer);
    object.defects = header.defects;
    object.stat = announced.stat;
    object.dataSetOffset = object_->dataSetOffset();
    object.dataSetLength = object_->dataSetLength();
    if (quarantine_.holds(object))
        return {};
    auto const record = toJson(object).dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
    object.recordBytes = record.size();
    QIANLI_TRY(claim(object.room()));
    object_->keep();
    QIANLI_TRY(quarantine_.told(quarantine_.keep(object, record)));
    claimed_ = 0; // it is the object's now
    return {};
}

} // namespace qianli::gateway
