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
    open_.emplace(++last_, Association{site, callingAe, {}, 0});
    return last_;
}

void Transfers::objectBegins(Id id)
{
    std::lock_guard const lock(mutex_);
    if (auto const found = open_.find(id); found != open_.end())
        ++found->second.objects;
}

void Transfers::objectEnds(Id id)
{
    std::lock_guard const lock(mutex_);
    if (auto const found = open_.find(id); found != open_.end())
        --found->second.objects;
}

void Transfers::taken(Id id, dicom::Uid const& study)
{
    std::lock_guard const lock(mutex_);
    auto const found = open_.find(id);
    if (found == open_.end())
        return;
    auto& [site, callingAe, studies, objects] = found->second;
    if (!studies.empty() && studies.back() == study)
        return;
    std::erase(studies, study);
    studies.push_back(study);
    if (studies.size() > mostStudies)
        studies.erase(studies.begin());
    if (senders_.size() >= mostSenders)
        senders_.clear();
    senders_.insert_or_assign({site, study}, callingAe);
}

void Transfers::end(Id id, Departure::Way way)
{
    {
        std::lock_guard const lock(mutex_);
        auto const found = open_.find(id);
        if (found == open_.end())
            return;
        auto& [site, callingAe, studies, objects] = found->second;
        bool const brought = !studies.empty();
        if (brought)
            departures_.push_back({way, site, std::move(callingAe), std::move(studies)});
        open_.erase(found);
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
        // The first object of an association may belong to what its sender brought last.
        bool const mayBring = one.studies.empty() ? sender != senders_.end() && sender->second == one.callingAe
                                                  : one.studies.back() == study;
        if (mayBring && one.objects > 0)
            return Presence::Sending;
        if (mayBring && !one.studies.empty())
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
