// Linked scrolling: which picture of one stack belongs beside a picture of another; and which stack of an earlier study
// is to be compared with what is read.
#pragma once

#include "viewer/model/series.h"

namespace qianli::viewer {

enum class LinkKind {
    None,     // planes that cross, or single pictures
    Position, // one frame of reference of one patient: the slice at the same place
    Distance, // parallel slices of another examination: as many millimetres further
    Count,    // no geometry: as many pictures further
};

struct StackPlace {
    Stack const* stack = nullptr;
    std::size_t index = 0;
};

LinkKind linkKind(StackPlace leader, StackPlace follower);

// The follower's picture for the leader's. `from`: which pictures of both lay beside each other when they were linked.
std::size_t linkedIndex(StackPlace leader, StackPlace follower, std::pair<std::size_t, std::size_t> from);

struct ComparedStack {
    Series const* series = nullptr;
    Stack const* stack = nullptr;
};

// Of `earlier`, what resembles `shown` most: modality, body part, direction of the slices, name. Empty when there is no
// picture.
ComparedStack comparableStack(Study const& earlier, Stack const& shown, SeriesIdentity const& series);

} // namespace qianli::viewer
