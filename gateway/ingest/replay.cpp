#include "gateway/ingest/replay.h"

#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr std::size_t batch = 500;

Result<IndexedObject> readAgain(BlobStore const& store, Receipt const& receipt,
                                std::function<std::string(model::SiteId const&)> const& siteCharset)
{
    QIANLI_TRY(store.open(receipt.location));
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
    std::string charset = siteCharset ? siteCharset(receipt.site) : std::string();
    if (charset.empty())
        charset = receipt.charset;
    QIANLI_ASSIGN(dicom::InstanceHeader header, dicom::toInstanceHeader(scanned, receipt.transferSyntax, charset));
    return IndexedObject{receipt, std::move(header)};
}

} // namespace

Result<ReindexReport> replayInto(BlobStore const& store, StudyIndex& index,
                                 std::function<std::string(model::SiteId const&)> const& siteCharset,
                                 std::function<void(std::uint64_t, std::uint64_t)> const& progress)
{
    ReindexReport report;
    std::uint64_t const start = index.appliedSequence();
    std::uint64_t const total = store.lastSequence() - start;
    std::vector<IndexedObject> group;
    auto const visit = [&](Receipt const& receipt) -> Result<void> {
        auto object = readAgain(store, receipt, siteCharset);
        if (object)
            group.push_back(*std::move(object));
        else
            report.damaged.push_back(fmt::format("receipt {} ({}): {}", receipt.sequence, receipt.sopInstance.value(),
                                                 object.error().message));
        ++report.objects;
        if (progress)
            progress(report.objects, total);
        if (group.size() < batch)
            return {};
        QIANLI_TRY(index.apply(group));
        group.clear();
        return {};
    };
    QIANLI_TRY(store.replay(start, visit));
    QIANLI_TRY(index.apply(group));
    report.objects -= report.damaged.size();
    return report;
}

Result<ReindexReport> reindex(BlobStore const& store, StudyIndex& index,
                              std::function<std::string(model::SiteId const&)> siteCharset,
                              std::function<void(std::uint64_t, std::uint64_t)> progress)
{
    if (index.appliedSequence() != 0)
        return fail(ErrorCode::Refused, "the index to be rebuilt is not empty");
    QIANLI_ASSIGN(ReindexReport report, replayInto(store, index, siteCharset, progress));
    QIANLI_TRY(index.checkpoint());
    return report;
}

} // namespace qianli::gateway
