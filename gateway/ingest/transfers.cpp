#include "gateway/ingest/transfers.h"

#include <algorithm>

namespace qianli::gateway {
namespace {

// Studies of one association that are remembered: some modalities hold one for a whole day.
constexpr std::size_t mostStudies = 64;
// Studies whose senders are remembered.
constexpr std::size_t mostSenders = 4096;

} // namespace

Transfers::Id Transfers::begin(model::SiteId const& site, std::string const& callingAe)
{
    std::lock_guard const lock(mutex_);
    open_.emplace(++last_, Association{site, callingAe, {}, 0, {}});
    return last_;
}

void Transfers::objectBegins(Id id)
{
    std::lock_guard const lock(mutex_);
    if (auto const found = open_.find(id); found != open_.end())
        ++found->second.objects;
}

void Transfers::objectIsOf(Id id, dicom::Uid const& study)
{
    std::lock_guard const lock(mutex_);
    if (auto const found = open_.find(id); found != open_.end())
        found->second.coming = study;
}

void Transfers::objectEnds(Id id)
{
    std::lock_guard const lock(mutex_);
    auto const found = open_.find(id);
    if (found == open_.end())
        return;
    --found->second.objects;
    found->second.coming.reset();
}

void Transfers::taken(Id id, dicom::Uid const& study)
{
    std::lock_guard const lock(mutex_);
    auto const found = open_.find(id);
    if (found == open_.end())
        return;
    Association& association = found->second;
    auto& studies = association.studies;
    if (!studies.empty() && studies.back() == study)
        return;
    std::erase(studies, study);
    studies.push_back(study);
    if (studies.size() > mostStudies)
        studies.erase(studies.begin());
    if (senders_.size() >= mostSenders)
        senders_.clear();
    senders_.insert_or_assign({association.site, study}, association.callingAe);
}

void Transfers::end(Id id, Departure::Way way)
{
    {
        std::lock_guard const lock(mutex_);
        auto const found = open_.find(id);
        if (found == open_.end())
            return;
        Association gone = std::move(found->second);
        open_.erase(found);
        if (way == Departure::Way::InObject && gone.coming) {
            std::erase(gone.studies, *gone.coming);
            gone.studies.push_back(*gone.coming);
        }
        bool const brought = !gone.studies.empty();
        if (brought)
            departures_.push_back({way, gone.site, std::move(gone.callingAe), std::move(gone.studies)});
        if (!brought)
            return;
    }
    if (waker_)
        waker_();
}

Transfers::Presence Transfers::presenceOf(model::SiteId const& site, dicom::Uid const& study) const
{
    std::lock_guard const lock(mutex_);
    auto presence = Presence::Gone;
    auto const sender = senders_.find({site, study});
    for (auto const& [id, one] : open_) {
        if (one.site != site)
            continue;
        bool const broughtLast = !one.studies.empty() && one.studies.back() == study;
        // While its header is on the way, the first object may belong to what its sender brought before.
        bool const mayComeNext =
            broughtLast || (one.studies.empty() && sender != senders_.end() && sender->second == one.callingAe);
        if (one.objects > 0 && (one.coming ? *one.coming == study : mayComeNext))
            return Presence::Sending;
        if (broughtLast)
            presence = Presence::There;
    }
    return presence;
}

std::vector<Departure> Transfers::takeDepartures()
{
    std::lock_guard const lock(mutex_);
    return std::exchange(departures_, {});
}

} // namespace qianli::gateway
