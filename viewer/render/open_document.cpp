#include "viewer/render/open_document.h"

#include "common/base/file.h"
#include "common/dicom/sop_class.h"
#include "viewer/decoding/image_file.h"
#include "viewer/model/document_kind.h"
#include "viewer/model/header_reader.h"
#include "viewer/model/sr_document.h"
#include "viewer/model/waveform.h"
#include "viewer/render/ecg_pages.h"
#include "viewer/render/notice_page.h"
#include "viewer/render/pdf_pages.h"
#include "viewer/render/sr_pages.h"

#include <fcntl.h>

namespace qianli::viewer {
namespace {

QString className(dicom::Uid const& uid)
{
    for (auto const& known : dicom::storageClasses())
        if (known.uid == uid.value())
            return QString::fromUtf8(known.name.data(), static_cast<qsizetype>(known.name.size()));
    return QString::fromStdString(uid.value());
}

std::shared_ptr<PageSource const> notice(ImageAttributes const& object, Language language)
{
    QString const title = className(object.sopClassUid);
    return std::make_shared<NoticePage>(
        title, language == Language::Chinese
                   ? QStringLiteral("这个对象没有图像，这个版本不能显示它的内容。它已收到并保存。")
                   : QStringLiteral("This object holds no picture, and this version can't show what is in it. It was "
                                    "received and is kept."));
}

Result<std::shared_ptr<PageSource const>> openWaveform(ImageAttributes const& object, Language language)
{
    auto waveform = loadWaveform(object.file);
    // Sound is no fault of the file's.
    if (!waveform && waveform.error().code == ErrorCode::Refused)
        return notice(object, language);
    if (!waveform)
        return tl::unexpected(std::move(waveform).error());
    return std::make_shared<EcgPages>(*waveform, EcgSettings{}, language);
}

Result<std::shared_ptr<PageSource const>> openReport(ImageAttributes const& object, Language language)
{
    QIANLI_ASSIGN(auto document, loadSrDocument(object.file));
    return std::make_shared<SrPages>(std::move(document), language);
}

Result<std::shared_ptr<PageSource const>> openPdf(ImageAttributes const& object)
{
    auto const name = object.file.filename().string();
    auto opened = ImageFile::open(object.file);
    if (!opened)
        return tl::unexpected(std::move(opened).error().at(name));
    HeaderReader const reader((*opened)->header());
    auto bytes = reader.bytes(DCM_EncapsulatedDocument);
    // Without the padding to an even length, where the object says how long the document is (PS3.3 C.24.2).
    if (auto const length = reader.number(DCM_EncapsulatedDocumentLength);
        length && *length > 0 && *length < static_cast<double>(bytes.size()))
        bytes.resize(static_cast<std::size_t>(*length));
    if (bytes.empty())
        return fail(ErrorCode::InvalidInput, name + ": the object holds no document");
    auto file = PdfFile::open(bytes, {});
    if (!file)
        return tl::unexpected(std::move(file).error().at(name));
    return std::make_shared<PdfPages>(*file, QString::fromStdString(reader.text(DCM_DocumentTitle)));
}

Result<void> checkUnchanged(ImageAttributes const& object)
{
    QIANLI_ASSIGN(auto const file, openFile(object.file, O_RDONLY | O_NONBLOCK));
    return checkStamp(file.get(), object.stamp);
}

} // namespace

Result<std::shared_ptr<PageSource const>> openDocument(ImageAttributes const& object, Language language)
{
    if (auto const unchanged = checkUnchanged(object); !unchanged)
        return tl::unexpected(Error(unchanged.error()).at(object.file.filename().string()));
    switch (documentKind(object)) {
    case DocumentKind::Waveform:
        return openWaveform(object, language);
    case DocumentKind::StructuredReport:
        return openReport(object, language);
    case DocumentKind::Pdf:
        return openPdf(object);
    default:
        return notice(object, language);
    }
}

} // namespace qianli::viewer
