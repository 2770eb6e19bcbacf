// Hanging: in which order the stacks of a case come onto the screen.
#pragma once

#include "viewer/model/series.h"

#include <vector>

namespace qianli::viewer {

struct HungStack {
    Series const* series = nullptr;
    Stack const* stack = nullptr;
    bool isMain = false; // what the examination was made for: no dose sheet, no screen capture
};

// What is read first of all: of cross sections the slices, phases in their order; then what else was made of them. A
// localizer comes only where nothing else is and, like a document, only when nothing else will come.
std::vector<HungStack> hangingOrder(Study const& study, bool isComplete);

// One projection by itself, which may hang beside the next one.
bool isRadiograph(HungStack const& hung);

} // namespace qianli::viewer
