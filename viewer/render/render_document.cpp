#include "viewer/render/render_document.h"

#include "viewer/model/document_kind.h"
#include "viewer/render/open_document.h"
#include "viewer/render/page_strip.h"

#include <algorithm>

namespace qianli::viewer {
namespace {

constexpr double usualScale = 6; // pixels a millimetre
constexpr double largestEdge = 4096;

// As large as `size` allows, in its middle.
Result<QImage> fitted(PageSource const& source, std::size_t page, QSize size)
{
    QSizeF const sheet = source.size(page);
    double const scale = std::min(size.width() / sheet.width(), size.height() / sheet.height());
    QIANLI_ASSIGN(auto const drawn, drawPage(source, page, scale));
    QImage image(size, QImage::Format_RGB32);
    image.fill(Qt::black);
    QPainter painter(&image);
    painter.drawImage((size.width() - drawn.width()) / 2, (size.height() - drawn.height()) / 2, drawn);
    return image;
}

QImage withStrip(QImage const& page, ImageAttributes const& object)
{
    QImage image(page.width(), page.height() + pageStripHeight, QImage::Format_RGB32);
    QPainter painter(&image);
    painter.drawImage(0, pageStripHeight, page);
    Stack const stack{StackKind::Images, {{std::make_shared<ImageAttributes>(object), 0}}};
    QFont font;
    font.setFamilies({QStringLiteral("Noto Sans CJK SC"), QStringLiteral("WenQuanYi Zen Hei")});
    painter.setFont(font);
    paintPageStrip(painter, {0, 0, image.width(), pageStripHeight},
                   cornerText(stack, ViewState(), nullptr, page.size(), {}, Language::Chinese));
    return image;
}

} // namespace

std::shared_ptr<ImageAttributes const> documentToDraw(std::vector<Study> const& studies)
{
    std::shared_ptr<ImageAttributes const> first;
    for (auto const& study : studies)
        for (auto const& series : study.series) {
            for (auto const& stack : series.stacks)
                for (auto const& entry : stack.entries)
                    if (entry.image->frameCount > 0)
                        return nullptr;
            for (auto const& document : series.documents)
                if (!first && documentKind(*document) != DocumentKind::None)
                    first = document;
        }
    return first;
}

Result<QImage> drawDocument(RenderArguments const& arguments, ImageAttributes const& object)
{
    if (arguments.layout == Layout::Mpr)
        return fail(ErrorCode::InvalidInput, "a document has no planes");
    QIANLI_ASSIGN(auto const source, openDocument(object, Language::Chinese));
    std::size_t const page = arguments.frame.value_or(arguments.slice.value_or(1)) - 1u;
    if (page >= source->count())
        return fail(ErrorCode::NotFound, "there is no page " + std::to_string(page + 1) + ": the document has " +
                                             std::to_string(source->count()));
    int const strip = arguments.overlay == Overlay::Corners ? pageStripHeight : 0;
    QSizeF const sheet = source->size(page);
    auto drawn =
        arguments.size
            ? fitted(*source, page, {arguments.size->width(), std::max(1, arguments.size->height() - strip)})
            : drawPage(*source, page, std::min(usualScale, largestEdge / std::max(sheet.width(), sheet.height())));
    if (!drawn || strip == 0)
        return drawn;
    return withStrip(*drawn, object);
}

} // namespace qianli::viewer
