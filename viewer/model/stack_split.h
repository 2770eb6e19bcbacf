// Splits the pictures of one series into the stacks in which a reader scrolls.
#pragma once

#include "viewer/model/series.h"

#include <memory>
#include <vector>

namespace qianli::viewer {

// What the series plans with last; the promise is that of arrange().
std::vector<Stack> splitIntoStacks(std::vector<std::shared_ptr<ImageAttributes const>> const& pictures);

// As the technician made them: by instance number, then what else says so.
bool isEarlier(StackEntry const& a, StackEntry const& b);

} // namespace qianli::viewer
