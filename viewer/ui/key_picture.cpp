#include "viewer/ui/key_picture.h"

#include "viewer/i18n/language.h"
#include "viewer/model/measurement_text.h"
#include "viewer/render/measurement_painter.h"
#include "viewer/render/overlay_painter.h"
#include "viewer/render/picture_graphics.h"

namespace qianli::viewer {

namespace {
constexpr int edge = 1000, letters = 26; // pixels: readable where four pictures share a page
}

QImage drawKeyPicture(StackEntry const& entry, Pixels const& pixels, std::optional<ViewState> const& look,
                      std::span<Measurement const> measurements)
{
    auto const& frame = entry.attributes();
    ViewState state = look.value_or(ViewState());
    if (!look)
        state.voi = initialVoi(pixels, frame.grey, entry.image->series.modality);
    state.zoom.reset();
    state.pan = {};
    QSizeF lying(pixels.columns, pixels.rows * frame.pixelAspect);
    if (state.orientation.swapsAxes())
        lying.transpose();
    QSize const size = lying.scaled(edge, edge, Qt::KeepAspectRatio).toSize().expandedTo({1, 1});
    QImage picture = renderPicture(pixels, *entry.image, entry.frame, state, size);
    QPainter painter(&picture);
    QFont font = painter.font();
    font.setPixelSize(letters);
    painter.setFont(font);
    ViewMapping const mapping(pixels.rows, pixels.columns, frame.pixelAspect, state, picture.size());
    auto const own = ownSpacing(measurements, *entry.image, entry.frame);
    QString const unit = QString::fromStdString(valueUnit(*entry.image, frame.grey));
    Language const language = displayLanguage() == DisplayLanguage::Chinese ? Language::Chinese : Language::English;
    paintCornerText(painter, picture.rect(), keyPictureText(entry, state, pixels, language), letters * 3 / 2);
    std::vector<QRectF> taken;
    for (Measurement const& measurement : measurements) {
        if (measurement.frame != entry.frame || !isOf(measurement, *entry.image))
            continue;
        auto const words =
            measurementText(measurement, measure(measurement, *entry.image, &pixels, own), unit, language);
        taken.push_back(
            paintMeasurement(painter, mapping, picture.rect(), measurement, words, {false, false, 2}, taken));
    }
    return picture;
}

} // namespace qianli::viewer
