#include "gateway/ingest/removal.h"

#include "common/base/log.h"
#include "gateway/index/device_writer.h"
#include "gateway/ingest/replay.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace qianli::gateway {
namespace {

// What can't be read any more was counted when it came, and won't be in an index that is made anew.
std::vector<DeviceNote> notesOf(BlobStore const& store, std::span<Receipt const> receipts, CharsetOf const& charsetOf)
{
    std::vector<DeviceNote> notes;
    auto const headers = readHeadersAgain(store, receipts, charsetOf);
    for (std::size_t i = 0; i < receipts.size(); ++i)
        if (headers[i] && receipts[i].origin != Origin::Station)
            notes.push_back(deviceNote(receipts[i], *headers[i]));
    return notes;
}

Result<std::vector<Receipt>> receiptsOf(StudyIndex const& index, std::vector<StudyPart> const& studies)
{
    std::vector<Receipt> receipts;
    for (StudyPart const& one : studies) {
        QIANLI_ASSIGN(auto of, index.receiptsOf(one.study, one.part));
        if (of.empty())
            return fail(ErrorCode::NotFound,
                        fmt::format("there is no study {} of site {}", one.study.uid, one.study.site.value));
        std::ranges::move(of, std::back_inserter(receipts));
    }
    std::ranges::sort(receipts, {}, &Receipt::sequence);
    return receipts;
}

// Of what stays. `unreadable` gets what is lost or damaged, which ends the attempt; it gets nothing when one can't be
// read for a reason that may pass.
ReadHeaders headersFrom(BlobStore const& store, CharsetOf const& charsetOf, SequenceSet* unreadable)
{
    return [&store, &charsetOf, unreadable](std::span<Receipt const> receipts) -> Result<std::vector<ReadAgain>> {
        auto headers = readHeadersAgain(store, receipts, charsetOf);
        std::vector<ReadAgain> read(receipts.size());
        Result<void> outcome;
        for (std::size_t i = 0; i < receipts.size(); ++i) {
            if (headers[i]) {
                read[i].before = read[i].after = *std::move(headers[i]);
                continue;
            }
            outcome = fail(headers[i].error().code,
                           fmt::format("{} of study {}, which hangs together with it and stays, can't be read: {}",
                                       receipts[i].sopInstance.value(), receipts[i].study.value(),
                                       headers[i].error().message));
            bool const passes = mayPass(headers[i].error()) && !store.isRemoved(receipts[i].sequence);
            if (unreadable != nullptr && passes)
                *unreadable = {};
            if (passes)
                return tl::unexpected(outcome.error());
            if (unreadable != nullptr)
                unreadable->add(receipts[i].sequence);
        }
        QIANLI_TRY(outcome);
        return read;
    };
}

RemovalOrder orderOf(std::vector<RemovedStudy> const& studies, SequenceSet sequences)
{
    RemovalOrder order;
    for (RemovedStudy const& study : studies)
        order.studies.push_back({study.site, study.uid});
    order.sequences = std::move(sequences);
    return order;
}

std::vector<RemovedStudy> studiesOf(std::vector<StudyPart> const& parts)
{
    std::vector<RemovedStudy> studies;
    for (StudyPart const& one : parts)
        studies.push_back({one.study.site, one.study.uid});
    std::ranges::sort(studies);
    studies.erase(std::unique(studies.begin(), studies.end()), studies.end());
    return studies;
}

} // namespace

Result<RemovalReport> removeStudies(BlobStore& store, StudyIndex& index, RemovalRequest const& request)
{
    QIANLI_TRY(followRemovals(store, index, request.charsetOf));
    QIANLI_ASSIGN(auto const receipts, receiptsOf(index, request.studies));
    Removal removal;
    removal.at = request.at;
    removal.person = request.person;
    removal.reason = request.reason;
    removal.studies = studiesOf(request.studies);
    removal.notes = notesOf(store, receipts, request.charsetOf);
    RemovalReport report;
    SequenceSet sequences;
    for (Receipt const& receipt : receipts) {
        sequences.add(receipt.sequence);
        ++report.objects;
        report.bytes += receipt.location.dataSetOffset + receipt.location.dataSetLength;
    }
    auto order = orderOf(removal.studies, std::move(sequences));
    if (request.isAlone)
        order.most = std::numeric_limits<std::int64_t>::max();
    auto const begin = [&]() -> Result<std::uint64_t> {
        QIANLI_ASSIGN(auto const now, receiptsOf(index, request.studies));
        if (now.size() != receipts.size())
            return fail(ErrorCode::Conflict, "more of it is arriving at this moment; try again when it is complete");
        if (request.stillMay)
            QIANLI_TRY(request.stillMay());
        QIANLI_ASSIGN(report.removal, store.beginRemoval(std::move(removal), receipts));
        return report.removal;
    };
    auto touched = index.remove(order, headersFrom(store, request.charsetOf, nullptr), begin);
    if (!touched && touched.error().code == ErrorCode::LimitExceeded)
        return fail(
            ErrorCode::LimitExceeded,
            "too many objects that stay hang together with it by Patient ID or UID, and to write them anew would "
            "hold up what arrives: stop the gateway and give the command again");
    if (!touched && report.removal == 0)
        return tl::unexpected(std::move(touched).error());
    if (touched)
        report.touched = *std::move(touched);
    if (auto const removed = store.finishRemoval(report.removal))
        report.linkedElsewhere = removed->linkedElsewhere;
    else
        report.unfinished = removed.error().message;
    // The record holds whatever became of the index.
    if (touched)
        return report;
    log::error("the index does not know yet what was deleted: {}", touched.error().message);
    if (auto const followed = followRemovals(store, index, request.charsetOf); !followed)
        report.unfinished = fmt::format("the index does not know of it yet: {}", followed.error().message);
    else
        for (StudyPart const& one : request.studies)
            report.touched.push_back(one.study);
    return report;
}

Result<void> followRemovals(BlobStore const& store, StudyIndex& index, CharsetOf const& charsetOf, LeftOut* leftOut)
{
    QIANLI_ASSIGN(std::uint64_t const followed, index.appliedRemovals());
    if (followed >= store.lastRemoval())
        return {};
    std::uint64_t const known = index.appliedSequence();
    return store.removals(followed, [&](Removal const& removal) -> Result<void> {
        auto order = orderOf(removal.studies, removal.sequences);
        order.most = std::numeric_limits<std::int64_t>::max();
        // What the index has not got yet, it takes in as deleted (replay).
        if (removal.sequences.empty() || removal.sequences.ranges().front().first > known)
            return index.noteRemovals(removal.number);
        SequenceSet unreadable;
        auto const commit = [&]() -> Result<std::uint64_t> { return removal.number; };
        auto done = index.remove(order, headersFrom(store, charsetOf, &unreadable), commit);
        if (!done && !unreadable.empty()) {
            // As in an index that is made anew.
            log::error("not in the index: {}", done.error().message);
            if (leftOut != nullptr)
                leftOut->add(unreadable, done.error().message);
            order.sequences.add(unreadable);
            done = index.remove(order, headersFrom(store, charsetOf, nullptr), commit);
        }
        return done.map([](auto const&) {});
    });
}

} // namespace qianli::gateway
