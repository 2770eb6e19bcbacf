// HTJ2K by a decoder that is not the viewer's: the judge of the viewer's own.
#pragma once

#include "viewer/decoding/codecs.h"

namespace qianli::test {

Result<void> decodeWithOpenJph(viewer::Codestream codestream, viewer::DecodedFrame& frame);

} // namespace qianli::test
