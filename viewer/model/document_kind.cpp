#include "viewer/model/document_kind.h"

#include "common/dicom/sop_class.h"

namespace qianli::viewer {

DocumentKind documentKind(ImageAttributes const& object)
{
    return object.frameCount != 0 ? DocumentKind::None : documentKind(object.sopClassUid.value());
}

DocumentKind documentKind(std::string_view uid)
{
    if (uid.starts_with("1.2.840.10008.5.1.4.1.1.11."))
        return DocumentKind::None;
    if (uid.starts_with("1.2.840.10008.5.1.4.1.1.9."))
        return DocumentKind::Waveform;
    if (uid.starts_with("1.2.840.10008.5.1.4.1.1.88."))
        return DocumentKind::StructuredReport;
    return uid == dicom::sop::encapsulatedPdf ? DocumentKind::Pdf : DocumentKind::Other;
}

} // namespace qianli::viewer
