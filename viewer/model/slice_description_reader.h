// Reads out of a header what tells a picture from others of its place.
#pragma once

#include "viewer/model/header_reader.h"
#include "viewer/model/slice_description.h"

#include <cstdint>
#include <vector>

namespace qianli::viewer {

// What the top level of an object says.
SliceDescription readDescription(HeaderReader const& reader);
// What a functional group says over what is known so far, also the attributes that a converted object could assign to
// none (PS3.3 C.7.6.16.2.25.1).
void applyDescriptionGroups(HeaderReader const& groups, SliceDescription& description);

// Of the dimensions of an enhanced object (PS3.3 C.7.6.17): the places in Dimension Index Values (0020,9157) of those
// that say more than where a frame lies.
std::vector<std::size_t> tellingDimensions(HeaderReader const& reader);
std::vector<std::uint32_t> dimensionValues(HeaderReader const& frameGroups, std::vector<std::size_t> const& telling);

} // namespace qianli::viewer
