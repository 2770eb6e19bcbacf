#include "gateway/association/association_audit.h"

#include <fmt/format.h>

namespace qianli::gateway {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto longest = std::chrono::minutes(1);
constexpr std::uint64_t mostObjects = 20'000;
constexpr std::size_t named = 500; // of one study

std::string patientOf(StudyIndex const& index, std::string const& study, model::SiteId const& site)
{
    if (auto const records = index.studiesOf(dicom::Uid::ofKnown(study)); records)
        for (StudyRecord const& record : *records)
            if (record.site == site)
                return fmt::format("{}/{}", site.value, record.header.patientId);
    return {};
}

} // namespace

AuditEvent eventOf(AuditEventKind kind, Caller const& caller, std::string const& address)
{
    AuditEvent event;
    event.kind = kind;
    event.person = caller.sender.person;
    event.callingAe = caller.sender.callingAe;
    event.calledAe = caller.sender.calledAe;
    event.address = address;
    event.certificateSubject = caller.certificateSubject;
    event.site = caller.sender.site.value;
    return event;
}

void StoreTally::begin()
{
    if (objects_ == 0 && refused_ == 0)
        since_ = SteadyClock::now();
}

void StoreTally::stored(StoreOutcome const& outcome)
{
    begin();
    auto& study = studies_[outcome.receipt.study.value()];
    study.site = outcome.receipt.site;
    ++study.count;
    ++objects_;
    if (study.objects.size() < named)
        study.objects.push_back(outcome.receipt.sopInstance.value());
}

void StoreTally::refused(DimseStatus const& status)
{
    begin();
    ++refused_;
    lastRefusal_ = fmt::format("{:04X}H: {}", status.code, status.comment);
}

bool StoreTally::isDue(SteadyClock::time_point now) const
{
    return objects_ + refused_ > 0 && (objects_ >= mostObjects || now - since_ >= longest);
}

std::vector<AuditEvent> StoreTally::take(AuditEvent const& from, StudyIndex const& index)
{
    std::vector<AuditEvent> events;
    for (auto& [uid, study] : studies_) {
        auto& event = events.emplace_back(from);
        event.objects = std::move(study.objects);
        event.objectCount = study.count;
        if (uid.empty()) {
            event.detail = "into quarantine";
            continue;
        }
        event.studies = {uid};
        event.site = study.site.value;
        event.patient = patientOf(index, uid, study.site);
    }
    if (refused_ > 0) {
        auto& event = events.emplace_back(from);
        event.outcome = AuditOutcome::MinorFailure;
        event.objectCount = refused_;
        event.detail = fmt::format("refused, the last one with {}", lastRefusal_);
    }
    *this = {};
    return events;
}

std::vector<AuditEvent> sendingOf(AuditEvent const& to, std::span<InstanceRecord const> instances)
{
    std::map<std::string, AuditEvent> studies;
    for (InstanceRecord const& instance : instances) {
        auto const [place, fresh] = studies.try_emplace(instance.receipt.study.value(), to);
        auto& event = place->second;
        if (fresh) {
            event.sent = true;
            event.studies = {instance.receipt.study.value()};
            event.site = instance.receipt.site.value;
            event.patient = fmt::format("{}/{}", instance.receipt.site.value, instance.header.patientId);
        }
        ++event.objectCount;
        if (event.objects.size() < named)
            event.objects.push_back(instance.receipt.sopInstance.value());
    }
    std::vector<AuditEvent> events;
    for (auto& [uid, event] : studies)
        events.push_back(std::move(event));
    return events;
}

} // namespace qianli::gateway
