// The codec itself for the codestreams of a JPEG family's file, without what stands before it.
#pragma once

#include "viewer/decoding/codecs.h"
#include "viewer/decoding/image_file.h"

namespace qianli::test {

inline auto codecOf(viewer::ImageFile const& file)
{
    auto const uid = file.transferSyntax().value();
    return uid.ends_with(".90") || uid.ends_with(".91")   ? viewer::decodeJpeg2000
           : uid.ends_with(".80") || uid.ends_with(".81") ? viewer::decodeJpegLs
                                                          : viewer::decodeJpeg;
}

} // namespace qianli::test
