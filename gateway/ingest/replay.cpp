#include "gateway/ingest/replay.h"

#include "common/base/log.h"
#include "gateway/ingest/opaque.h"
#include "gateway/ingest/removal.h"
#include "gateway/ingest/work_beside.h"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <unordered_map>

namespace qianli::gateway {
namespace {

constexpr std::size_t batch = 500;
constexpr std::size_t readers = 8;
constexpr char leftOutSubject[] = "left out of the index";

Result<dicom::InstanceHeader> readOrSay(BlobStore const& store, Receipt const& receipt, CharsetOf const& charsetOf)
try {
    return readHeaderAgain(store, receipt, charsetOf ? charsetOf(receipt) : receipt.charset);
} catch (std::bad_alloc const&) {
    return fail(ErrorCode::Unavailable, "no memory"); // short enough to need none
}

std::string lineOf(Receipt const& receipt, Error const& error)
{
    return fmt::format("receipt {} ({}): {}", receipt.sequence, receipt.sopInstance.value(), error.message);
}

// What devices' rows count of objects that were deleted, for a stretch of sequences at a time.
class RemovedNotes {
public:
    explicit RemovedNotes(BlobStore const& store) : store_(store) {}

    Result<DeviceNote> of(std::uint64_t sequence)
    {
        if (sequence >= end_)
            QIANLI_TRY(read(sequence));
        auto const found = notes_.find(sequence);
        // It could not be read when it was deleted; nothing is counted of it.
        return found == notes_.end() ? DeviceNote{} : found->second;
    }

private:
    Result<void> read(std::uint64_t from)
    {
        constexpr std::uint64_t stretch = 500'000;
        notes_.clear();
        end_ = from + stretch;
        return store_.removals(0, [&](Removal const& removal) -> Result<void> {
            for (DeviceNote const& note : removal.notes)
                if (note.sequence >= from && note.sequence < end_)
                    notes_.emplace(note.sequence, note);
            return {};
        });
    }

    BlobStore const& store_;
    std::uint64_t end_ = 0;
    std::unordered_map<std::uint64_t, DeviceNote> notes_;
};

} // namespace

// After a power cut nothing is in the page cache and each object waits for the disk, so several wait at the same time.
std::vector<Result<dicom::InstanceHeader>> readHeadersAgain(BlobStore const& store, std::span<Receipt const> receipts,
                                                            CharsetOf const& charsetOf)
{
    std::vector<Result<dicom::InstanceHeader>> headers(receipts.size(), fail(ErrorCode::Internal, "not read"));
    std::atomic<std::size_t> next = 0;
    auto const work = [&] {
        for (std::size_t i = next++; i < receipts.size(); i = next++)
            headers[i] = readOrSay(store, receipts[i], charsetOf);
    };
    workBeside(std::min(readers, receipts.size()), work);
    return headers;
}

// NotFound: it is on its way to its place at this moment; what is really missing is Corrupt.
bool mayPass(Error const& error)
{
    return error.code == ErrorCode::Unavailable || error.code == ErrorCode::Refused ||
           error.code == ErrorCode::NotFound;
}

void LeftOut::add(SequenceSet const& objects, std::string const& last)
{
    objects_.add(objects);
    observers_.raise(
        "integrity", leftOutSubject,
        fmt::format("{} objects are lost or damaged and not in the index; the last one: {}", objects_.count(), last),
        "let the sites send these studies again, or copy the files from a backup of archive/ and give "
        "`archive reindex` with the gateway stopped; `archive verify` names them all");
}

void LeftOut::beginAnew()
{
    objects_ = {};
    observers_.clear("integrity", leftOutSubject);
}

Result<dicom::InstanceHeader> readHeaderAgain(BlobStore const& store, Receipt const& receipt, std::string_view charset)
{
    QIANLI_TRY(store.open(receipt.location));
    if (isOpaque(receipt))
        return opaqueHeader(receipt);
    dicom::Part10Layout layout;
    layout.meta = {receipt.sopClass, receipt.sopInstance, receipt.transferSyntax, {}};
    layout.dataSetOffset = receipt.location.dataSetOffset;
    layout.fileSize = receipt.location.dataSetOffset + receipt.location.dataSetLength;
    // It passed the limits when it came; those of today must not make it disappear.
    dicom::ScanLimits limits;
    limits.dataSetBytes = receipt.location.dataSetLength + 1;
    limits.elements = limits.dataSetBytes;
    limits.depth = 1024;
    limits.deflateRatio = limits.inflatedBytes = std::numeric_limits<std::int64_t>::max();
    QIANLI_ASSIGN(dicom::DataSetHeader const scanned,
                  dicom::scanFile(store.absolutePath(receipt.location), layout, dicom::instanceHeaderTags(), limits));
    return dicom::toInstanceHeader(scanned, receipt.transferSyntax, charset);
}

Result<ReindexReport> replayInto(BlobStore const& store, StudyIndex& index, CharsetOf const& charsetOf,
                                 std::function<void(std::uint64_t, std::uint64_t)> const& progress,
                                 std::function<bool()> const& goOn, LeftOut* leftOut)
{
    QIANLI_TRY(followRemovals(store, index, charsetOf, leftOut));
    ReindexReport report;
    std::uint64_t gone = 0; // deleted since they were asked for
    std::uint64_t const start = index.appliedSequence();
    std::uint64_t const total = store.lastSequence() - start;
    std::vector<Receipt> receipts;
    std::vector<IndexedObject> removed; // among them in the archive's order
    RemovedNotes notes(store);
    auto const takeIn = [&]() -> Result<void> {
        std::vector<IndexedObject> group;
        std::vector<std::string> damaged;
        SequenceSet lost;
        auto headers = readHeadersAgain(store, receipts, charsetOf);
        for (std::size_t i = 0; i < receipts.size(); ++i) {
            if (headers[i])
                group.push_back({receipts[i], *std::move(headers[i])});
            else if (store.isRemoved(receipts[i].sequence))
                ++gone;
            else if (auto said = lineOf(receipts[i], headers[i].error()); mayPass(headers[i].error()))
                return fail(headers[i].error().code, std::move(said));
            else {
                lost.add(receipts[i].sequence);
                damaged.push_back(std::move(said));
            }
            ++report.objects;
            if (progress)
                progress(report.objects, total);
        }
        receipts.clear();
        std::ranges::move(removed, std::back_inserter(group));
        removed.clear();
        std::ranges::sort(group, {}, [](IndexedObject const& one) { return one.receipt.sequence; });
        QIANLI_TRY(index.apply(group));
        for (std::string const& line : damaged)
            log::error("not in the index: {}", line);
        if (leftOut != nullptr && !damaged.empty())
            leftOut->add(lost, damaged.back());
        std::ranges::move(damaged, std::back_inserter(report.damaged));
        return {};
    };
    QIANLI_TRY(store.replayWithRemoved(start, [&](Receipt const& receipt, bool isRemoved) -> Result<void> {
        if (goOn && !goOn())
            return fail(ErrorCode::Cancelled, "stopped before everything was taken in");
        if (isRemoved) {
            QIANLI_ASSIGN(auto note, notes.of(receipt.sequence));
            removed.push_back({receipt, {}, std::move(note)});
        } else {
            receipts.push_back(receipt);
        }
        return receipts.size() + removed.size() < batch ? Result<void>() : takeIn();
    }));
    QIANLI_TRY(takeIn());
    report.objects -= report.damaged.size() + gone;
    return report;
}

Result<ReindexReport> reindex(BlobStore const& store, StudyIndex& index, CharsetOf const& charsetOf,
                              std::function<void(std::uint64_t, std::uint64_t)> progress)
{
    if (index.appliedSequence() != 0)
        return fail(ErrorCode::Refused, "the index to be rebuilt is not empty");
    QIANLI_ASSIGN(ReindexReport report, replayInto(store, index, charsetOf, progress));
    QIANLI_TRY(index.checkpoint());
    return report;
}

} // namespace qianli::gateway
