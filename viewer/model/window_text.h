// How a window is said: "W350 L40 CHEST", "VOI LUT 1 NORMAL", "W3453 L5435 自动".
#pragma once

#include "viewer/model/grey_scale.h"
#include "viewer/model/image.h"

#include <QString>

namespace qianli::viewer {

// "W350 L40"; small numbers with as many digits as tell them apart.
QString windowNumbers(Window const& window);

// What the view uses, and whether the object's own window was of no use.
QString windowText(GreyScale const& grey, VoiChoice const& choice, Language language);

} // namespace qianli::viewer
