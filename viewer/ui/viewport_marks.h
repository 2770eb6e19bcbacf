// What a viewport paints over and beside its picture: where one is in the stack, the key image's tag, the band of
// another patient.
#pragma once

#include "viewer/model/image.h"

#include <QPainter>

#include <functional>

namespace qianli::viewer {

// What is decoded is lighter; where one is, is the accent.
void paintScrollBar(QPainter& painter, QRect const& track, std::size_t index, std::size_t count,
                    std::function<bool(std::size_t)> const& isDecoded);
void paintKeyTag(QPainter& painter, QRect const& area);
void paintOtherPatient(QPainter& painter, QRect const& band, PatientIdentity const& patient);

} // namespace qianli::viewer
