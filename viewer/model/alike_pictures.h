// Sorts the pictures of a series by what may never share a stack: planes, matrices, pixel sizes, frames of reference.
#pragma once

#include "viewer/model/series.h"

#include <memory>
#include <vector>

namespace qianli::viewer {

struct AlikePictures { // parallel, of one size, in one frame of reference
    std::vector<StackEntry> entries;
    StackLabel label; // what the others have not; empty when there are no others
};

struct SortedPictures {
    std::vector<AlikePictures> planes; // in the order in which they were made
    std::vector<StackEntry> loose;     // without a place, or the only one of their plane
    std::vector<StackEntry> localizers;
    std::vector<std::vector<StackEntry>> cines; // the frames of one object each
};

SortedPictures sortPictures(std::vector<std::shared_ptr<ImageAttributes const>> const& pictures);

} // namespace qianli::viewer
