#include "viewer/model/document_kind.h"

#include "common/dicom/sop_class.h"

namespace qianli::viewer {

DocumentKind documentKind(ImageAttributes const& object)
{
    if (object.frameCount != 0)
        return DocumentKind::None;
    std::string_view const uid = object.sopClassUid.value();
    if (uid.starts_with("1.2.840.10008.5.1.4.1.1.11."))
        return DocumentKind::None;
    if (uid.starts_with("1.2.840.10008.5.1.4.1.1.9."))
        return DocumentKind::Waveform;
    if (uid.starts_with("1.2.840.10008.5.1.4.1.1.88."))
        return DocumentKind::StructuredReport;
    return uid == dicom::sop::encapsulatedPdf ? DocumentKind::Pdf : DocumentKind::Other;
}

} // namespace qianli::viewer
