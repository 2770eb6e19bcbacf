#include "gateway/ingest/replay.h"

#include "gateway/ingest/opaque.h"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <thread>

namespace qianli::gateway {
namespace {

constexpr std::size_t batch = 500;
constexpr std::size_t readers = 8;

Result<IndexedObject> readAgain(BlobStore const& store, Receipt const& receipt, CharsetOf const& charsetOf)
{
    QIANLI_ASSIGN(auto header, readHeaderAgain(store, receipt, charsetOf ? charsetOf(receipt) : receipt.charset));
    return IndexedObject{receipt, std::move(header)};
}

// After a power cut nothing is in the page cache and each object waits for the disk, so several wait at the same time.
std::vector<Result<IndexedObject>> readAllAgain(BlobStore const& store, std::span<Receipt const> receipts,
                                                CharsetOf const& charsetOf)
{
    std::vector<Result<IndexedObject>> objects(receipts.size(), fail(ErrorCode::Internal, "not read"));
    std::atomic<std::size_t> next = 0;
    auto const work = [&] {
        for (std::size_t i = next++; i < receipts.size(); i = next++)
            objects[i] = readAgain(store, receipts[i], charsetOf);
    };
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < std::min(readers, receipts.size()); ++i)
        helpers.emplace_back(work);
    work();
    helpers.clear();
    return objects;
}

} // namespace

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
                                 std::function<void(std::uint64_t, std::uint64_t)> const& progress)
{
    ReindexReport report;
    std::uint64_t const start = index.appliedSequence();
    std::uint64_t const total = store.lastSequence() - start;
    std::vector<Receipt> receipts;
    auto const takeIn = [&]() -> Result<void> {
        std::vector<IndexedObject> group;
        auto objects = readAllAgain(store, receipts, charsetOf);
        for (std::size_t i = 0; i < receipts.size(); ++i) {
            if (objects[i])
                group.push_back(*std::move(objects[i]));
            else
                report.damaged.push_back(fmt::format("receipt {} ({}): {}", receipts[i].sequence,
                                                     receipts[i].sopInstance.value(), objects[i].error().message));
            ++report.objects;
            if (progress)
                progress(report.objects, total);
        }
        receipts.clear();
        return index.apply(group);
    };
    QIANLI_TRY(store.replay(start, [&](Receipt const& receipt) -> Result<void> {
        receipts.push_back(receipt);
        return receipts.size() < batch ? Result<void>() : takeIn();
    }));
    QIANLI_TRY(takeIn());
    report.objects -= report.damaged.size();
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
