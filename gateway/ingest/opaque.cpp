#include "gateway/ingest/opaque.h"

#include "common/dicom/sop_class.h"

#include <fmt/format.h>

namespace qianli::gateway {
namespace {

dicom::Uid seriesOf(dicom::Uid const& study)
{
    return dicom::Uid::derivedFrom("unreadable series of " + study.value());
}

dicom::InstanceHeader headerOf(dicom::Uid study, dicom::Uid sopClass, dicom::Uid sopInstance,
                               dicom::Uid const& transferSyntax)
{
    dicom::InstanceHeader header;
    header.seriesUid = seriesOf(study);
    header.studyUid = std::move(study);
    header.modality = dicom::usualModality(sopClass);
    if (header.modality.empty())
        header.modality = "OT"; // PS3.3 C.7.3.1.1.1: other
    header.sopClassUid = std::move(sopClass);
    header.sopInstanceUid = std::move(sopInstance);
    header.transferSyntaxUid = transferSyntax.value();
    header.defects = dicom::defect::headerUnreadable;
    return header;
}

} // namespace

dicom::InstanceHeader opaqueHeader(Announcement const& announcement, Sender const& sender, TimePoint receivedAt)
{
    // Without the site where there is a caller: the study is the same before and after a release from quarantine.
    auto const& site = sender.callingAe.empty() ? sender.site.value : std::string();
    auto const name =
        fmt::format("unreadable study of {}/{}/{}/{}", site, sender.callingAe, sender.address, toDicomDate(receivedAt));
    return headerOf(dicom::Uid::derivedFrom(name), announcement.sopClass, announcement.sopInstance,
                    announcement.transferSyntax);
}

bool isOpaque(Receipt const& receipt)
{
    return dicom::isPrivateTransferSyntax(receipt.transferSyntax) && receipt.series == seriesOf(receipt.study);
}

dicom::InstanceHeader opaqueHeader(Receipt const& receipt)
{
    return headerOf(receipt.study, receipt.sopClass, receipt.sopInstance, receipt.transferSyntax);
}

} // namespace qianli::gateway
