// Where slices lie, in a reader's words: tilt, distances, what is missing.
#pragma once

#include "viewer/model/stack_geometry.h"

#include <string>
#include <vector>

namespace qianli::viewer {

// For a corner of the picture, few words each: "机架倾斜 12°", "缺层：9–10、14–15 之间", "层距 1.4–2.6 mm".
std::vector<std::string> geometryLines(StackGeometry const& geometry, Language language);

// What a reader must know before trusting what is not on a slice; empty when there is nothing of the kind.
std::string geometryWarning(StackGeometry const& geometry, Language language);

} // namespace qianli::viewer
