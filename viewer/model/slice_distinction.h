// SliceDistinction: one way in which pictures of the same place differ, and the words that say so.
#pragma once

#include "viewer/model/series.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace qianli::viewer {

struct SliceDistinction {
    using Key = std::pair<double, std::string>; // ordered as stacks are offered
    enum class Weight {
        Recipe, // how they were made: pictures that differ never belong together
        Time,   // when they were made: only pictures that share their places are told apart by it
    };
    Weight weight;
    Key (*key)(StackEntry const& entry);
    // `keys`: of all parts, in order.
    StackLabel (*label)(std::vector<Key> const& keys, std::size_t which);
};

// What says most to a reader first.
std::span<SliceDistinction const> sliceDistinctions();

// "轴位", "斜冠状": of the plane that is seen.
StackLabel planeWord(ImagePlane const& plane);
// "期相 2/3"
StackLabel numbered(char const* chinese, char const* english, std::size_t which, std::size_t count);
// Both, one after the other.
StackLabel joined(StackLabel const& first, StackLabel const& second);

} // namespace qianli::viewer
