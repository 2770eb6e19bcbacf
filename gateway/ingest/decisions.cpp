// Committer: what becomes of one received object: new, known already, a new version, healed, or refused.
#include "common/base/log.h"
#include "gateway/ingest/committer.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

// Everybody's answer waits while a known object is read to see that it is still whole; of larger ones only the length
// is looked at.
constexpr std::uint64_t readForDuplicate = 32 << 20;

bool sees(Sender const& sender, model::SiteId const& site)
{
    return sender.seesAll || std::ranges::find(sender.visibleSites, site) != sender.visibleSites.end();
}

Receipt receiptOf(HandedOver const& item, model::SiteId site, int version)
{
    Receipt receipt;
    receipt.origin = item.sender.origin;
    receipt.site = std::move(site);
    receipt.person = item.sender.origin == Origin::Station ? item.sender.person : std::string();
    receipt.callingAe = item.sender.callingAe;
    receipt.calledAe = item.sender.calledAe;
    receipt.address = item.sender.address;
    receipt.charset = item.sender.siteCharset;
    receipt.stat = item.stat;
    receipt.receivedAt = item.receivedAt;
    receipt.digest = item.digest;
    receipt.sopClass = item.header.sopClassUid;
    receipt.sopInstance = item.header.sopInstanceUid;
    receipt.series = item.header.seriesUid;
    receipt.study = item.header.studyUid;
    receipt.transferSyntax = item.transferSyntax;
    receipt.version = version;
    return receipt;
}

} // namespace

Committer::Decision Committer::decide(HandedOver& item)
{
    Decision decision;
    auto const refuse = [&](Error error) {
        decision.refusal = std::move(error);
        return decision;
    };
    if (item.failure)
        return refuse(*item.failure);
    if (index_.rebuilding())
        return decideWithoutIndex(item);
    auto site = siteOf(item);
    if (!site)
        return refuse(site.error());
    auto known = index_.findBySopInstance(*site, item.header.sopInstanceUid);
    if (!known)
        return refuse(known.error());
    // What is being deleted may have its file and its rows for a while: to say that we have it would be a lie soon.
    std::erase_if(*known, [&](Receipt const& receipt) { return store_.isRemoved(receipt.sequence); });
    auto const holders = index_.sitesOfStudy(item.header.studyUid);
    if (!holders)
        return refuse(holders.error());

    std::set<model::SiteId>& studySites = studiesInGroup_[item.header.studyUid];
    studySites.insert(holders->begin(), holders->end());
    studySites.insert(*site);
    decision.siteConflict = studySites.size() > 1;

    std::vector<std::size_t> const& before = inGroup_[{*site, item.header.sopInstanceUid}];
    auto const same = [&](Receipt const& receipt) {
        return receipt.digest == item.digest && receipt.transferSyntax == item.transferSyntax;
    };
    decision.kind = StoreOutcome::Kind::Duplicate;
    for (Receipt const& receipt : *known) {
        if (!same(receipt))
            continue;
        auto const whole = isWhole(receipt);
        // Out of descriptors, say: that is no reason to take it for damaged.
        if (!whole)
            return refuse(whole.error());
        if (*whole) {
            decision.duplicateOf = receipt;
            return decision;
        }
    }
    for (std::size_t const place : before) {
        if (same(commits_[place].receipt)) {
            decision.place = place;
            return decision;
        }
    }
    // What is here is not whole any more: it takes its place again.
    for (Receipt const& receipt : *known) {
        if (!same(receipt))
            continue;
        auto const healed = store_.heal(receipt, item.object);
        if (!healed && healed.error().code != ErrorCode::Conflict)
            return refuse(healed.error());
        if (healed) {
            decision.duplicateOf = receipt;
            return decision;
        }
    }
    int newest = 0;
    for (Receipt const& receipt : *known)
        newest = std::max(newest, receipt.version);
    for (std::size_t const place : before)
        newest = std::max(newest, commits_[place].receipt.version);
    return keepAs(newest == 0 ? StoreOutcome::Kind::Stored : StoreOutcome::Kind::NewVersion, item, *std::move(site),
                  newest + 1, decision.siteConflict);
}

Committer::Decision Committer::keepAs(StoreOutcome::Kind kind, HandedOver& item, model::SiteId site, int version,
                                      bool siteConflict)
{
    Decision decision;
    decision.kind = kind;
    decision.siteConflict = siteConflict;
    decision.place = commits_.size();
    inGroup_[{site, item.header.sopInstanceUid}].push_back(commits_.size());
    commits_.push_back({std::move(item.object), receiptOf(item, std::move(site), version)});
    headers_.push_back(std::move(item.header));
    return decision;
}

// While the index is being made again the archive alone is asked, so that the townships can go on. Whose a station's
// object is only the index knows: the workstation keeps it and tries again.
Committer::Decision Committer::decideWithoutIndex(HandedOver& item)
{
    Decision decision;
    if (item.sender.origin == Origin::Station) {
        decision.refusal = Error{ErrorCode::Unavailable, "the index is being made again from the archive"};
        return decision;
    }
    model::SiteId const site = item.sender.site;
    Receipt const receipt = receiptOf(item, site, 1);
    decision.kind = StoreOutcome::Kind::Duplicate;
    for (std::size_t const place : inGroup_[{site, item.header.sopInstanceUid}]) {
        if (commits_[place].receipt.digest == item.digest) {
            decision.place = place;
            return decision;
        }
    }
    if (store_.holdsAtItsPlace(receipt)) {
        decision.duplicateOf = receipt;
        return decision;
    }
    return keepAs(StoreOutcome::Kind::Stored, item, site, 1, false); // commit() passes over versions that are taken
}

// Success says that we have the object. When the disk has lost it, who sends it again brings it back.
Result<bool> Committer::isWhole(Receipt const& receipt) const
{
    if (store_.isKnownDamaged(receipt.location))
        return false;
    Result<void> const whole = receipt.location.dataSetLength <= readForDuplicate
                                   ? store_.verify(receipt)
                                   : store_.open(receipt.location).map([](StoredObject const&) {});
    if (store_.isRemoved(receipt.sequence)) // while we looked
        return false;
    if (whole)
        return true;
    if (whole.error().code != ErrorCode::Corrupt)
        return tl::unexpected(whole.error());
    log::error("{}; it came again", whole.error().message);
    return false;
}

// What a reading station makes belongs to the study that it names; its Issuer of Patient ID says of which site.
Result<model::SiteId> Committer::siteOf(HandedOver const& item) const
{
    if (item.sender.origin != Origin::Station)
        return item.sender.site;
    dicom::Uid const& study = item.header.studyUid;
    QIANLI_ASSIGN(auto sites, index_.sitesOfStudy(study));
    std::erase_if(sites, [&](model::SiteId const& site) { return !sees(item.sender, site); });
    if (sites.empty())
        return fail(ErrorCode::Refused, fmt::format("no study {} is here for the object to join", study.value()));
    if (sites.size() == 1)
        return sites.front();
    model::SiteId const issuer{item.header.issuerOfPatientId};
    if (std::ranges::find(sites, issuer) == sites.end())
        return fail(
            ErrorCode::Refused,
            fmt::format("study {} is held by two sites ({}, {}), so it is not clear to which the object belongs",
                        study.value(), sites[0].value, sites[1].value));
    QIANLI_ASSIGN(auto const parts, index_.studiesOf(study));
    bool const isKnown = std::ranges::any_of(parts, [&](StudyRecord const& one) {
        return one.site == issuer && one.header.patientId == item.header.patientId;
    });
    if (!isKnown)
        return fail(ErrorCode::Refused, fmt::format("study {} of site {} is not of the patient whom the object names",
                                                    study.value(), issuer.value));
    return issuer;
}

} // namespace qianli::gateway
