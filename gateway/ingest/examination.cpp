#include "gateway/ingest/examination.h"

#include "common/base/text.h"
#include "common/dicom/sop_class.h"
#include "gateway/ingest/opaque.h"

#include <fmt/format.h>

namespace qianli::gateway {
namespace {

// The first words are what fits into an Error Comment.
Result<void> compare(std::string_view attribute, dicom::Uid const& inDataSet, dicom::Uid const& inRequest)
{
    if (inDataSet == inRequest)
        return {};
    return fail(ErrorCode::Conflict, fmt::format("{} is not that of the request: {} in the data set, {} in the request",
                                                 attribute, inDataSet.value(), inRequest.value()));
}

// Nothing of what every object has: these bytes were no data set for us.
bool namesNothing(dicom::DataSetHeader const& scanned)
{
    return !scanned.elements.contains(dicom::tag::sopClassUid) &&
           !scanned.elements.contains(dicom::tag::sopInstanceUid);
}

} // namespace

Examination::Examination(Announcement announcement, dicom::ScanLimits const& limits)
    : announcement_(std::move(announcement)), longest_(limits.dataSetBytes),
      scanner_(announcement_.transferSyntax, dicom::instanceHeaderTags(), limits)
{
}

Result<void> Examination::feed(std::span<std::uint8_t const> bytes)
{
    length_ += bytes.size();
    if (length_ > longest_)
        return fail(ErrorCode::LimitExceeded, fmt::format("the data set is longer than {} bytes", longest_));
    if (unreadable_)
        return {};
    auto fed = scanner_.feed(bytes);
    if (!fed && dicom::isPrivateTransferSyntax(announcement_.transferSyntax))
        unreadable_ = true;
    else if (!fed)
        return fed;
    return {};
}

std::optional<dicom::Uid> Examination::study() const
{
    auto const* const kept = scanner_.soFar(dicom::tag::studyInstanceUid);
    if (kept == nullptr)
        return std::nullopt;
    auto study = dicom::Uid::fromPeer(text::trim(kept->value));
    return study ? std::optional(*std::move(study)) : std::nullopt;
}

Result<dicom::InstanceHeader> Examination::finish(Sender const& sender, TimePoint receivedAt)
{
    if (length_ == 0)
        return fail(ErrorCode::InvalidInput, "the data set is empty");
    auto scanned = scanner_.finish();
    bool const isPrivate = dicom::isPrivateTransferSyntax(announcement_.transferSyntax);
    if (isPrivate && (unreadable_ || !scanned || namesNothing(*scanned)))
        return opaqueHeader(announcement_, sender, receivedAt);
    if (!scanned)
        return tl::unexpected(std::move(scanned).error());
    auto header = dicom::toInstanceHeader(*scanned, announcement_.transferSyntax, sender.siteCharset);
    if (!header)
        return fail(ErrorCode::Conflict, std::move(header).error().message);
    QIANLI_TRY(compare("SOP Class UID (0008,0016)", header->sopClassUid, announcement_.sopClass));
    QIANLI_TRY(compare("SOP Instance UID (0008,0018)", header->sopInstanceUid, announcement_.sopInstance));
    return header;
}

} // namespace qianli::gateway
