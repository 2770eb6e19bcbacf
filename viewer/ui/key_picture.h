// KeyPicture: a marked image as it goes into the report, with what was measured on it.
#pragma once

#include "viewer/model/measurement.h"
#include "viewer/model/series.h"
#include "viewer/model/view_state.h"

#include <QImage>

#include <span>

namespace qianli::viewer {

// `look`: as it was seen when it was marked; none: as the file says. Any thread.
QImage drawKeyPicture(StackEntry const& entry, Pixels const& pixels, std::optional<ViewState> const& look,
                      std::span<Measurement const> measurements);

} // namespace qianli::viewer
