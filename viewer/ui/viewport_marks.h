// What a viewport paints over and beside its picture: where one is in the stack, the key image's tag, the band of
// another patient or of an earlier study.
#pragma once

#include "viewer/model/stack_geometry.h"

#include <QPainter>

#include <functional>

namespace qianli::viewer {

// What is decoded is lighter; where one is, is the accent; where slices are missing, the bar is notched; where they
// lie unevenly, it has a tick. `geometry`: null where nothing is known of it.
void paintScrollBar(QPainter& painter, QRect const& track, std::size_t index, std::size_t count,
                    std::function<bool(std::size_t)> const& isDecoded, StackGeometry const* geometry = nullptr);
void paintKeyTag(QPainter& painter, QRect const& area);

// A strip at the top of a viewport that shows something else than the case; it takes its place from the picture.
struct ViewportBand {
    enum class Kind { None, Prior, OtherPatient };
    Kind kind = Kind::None;
    QString words;
    bool operator==(ViewportBand const&) const = default;
};
// As high as its words need: none of them is cut off.
int heightOf(ViewportBand const& band, QFont const& font, int width);
void paintBand(QPainter& painter, QRect const& place, ViewportBand const& band);

} // namespace qianli::viewer
