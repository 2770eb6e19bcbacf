#include "viewer/ui/document_tile.h"

#include "viewer/client/background.h"
#include "viewer/i18n/language.h"
#include "viewer/model/document_kind.h"
#include "viewer/render/open_document.h"

#include <QPainter>

#include <algorithm>

namespace qianli::viewer {

namespace {
QImage sheetWith(QString const& word, int edge)
{
    QImage image(edge, edge, QImage::Format_RGB32);
    image.fill(Qt::black);
    QPainter painter(&image);
    QRect const sheet(edge / 6, edge / 10, edge * 2 / 3, edge * 4 / 5);
    painter.fillRect(sheet, QColor(0xD8, 0xDA, 0xDC));
    QFont font;
    font.setPixelSize(edge / 8);
    font.setBold(true);
    painter.setFont(font);
    painter.setPen(QColor(0x2A, 0x2E, 0x34));
    painter.drawText(sheet.adjusted(4, 4, -4, -4), Qt::AlignCenter | Qt::TextWordWrap, word);
    return image;
}

// For a worker thread.
Result<QImage> firstPage(ImageAttributes const& object, int edge)
{
    QIANLI_ASSIGN(
        auto const source,
        openDocument(object, displayLanguage() == DisplayLanguage::Chinese ? Language::Chinese : Language::English));
    QSizeF const sheet = source->size(0);
    return drawPage(*source, 0, edge / std::max(sheet.width(), sheet.height()));
}
} // namespace

QString documentWord(ImageAttributes const& object)
{
    switch (documentKind(object)) {
    case DocumentKind::Waveform:
        return object.series.modality == "ECG" || object.series.modality.empty() ? say("心电图", "ECG")
                                                                                 : say("波形", "Waveform");
    case DocumentKind::StructuredReport:
        return say("报告", "Report");
    case DocumentKind::Pdf:
        return "PDF";
    default:
        return say("文档", "Document");
    }
}

void showDocumentOn(SeriesTile& tile, int edge)
{
    auto const object = tile.wanted().image;
    tile.setThumbnail(sheetWith(documentWord(*object), edge));
    inBackground<QImage>(
        &tile, [object, edge] { return firstPage(*object, edge); },
        [shown = &tile, object](Result<QImage> page) {
            if (page && shown->wanted().image == object)
                shown->setThumbnail(*page);
        });
}

} // namespace qianli::viewer
