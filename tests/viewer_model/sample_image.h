// Small pictures made in memory or written as DICOM files for the tests of the viewer's model and drawing.
#pragma once

#include "viewer/model/pixels.h"
#include "viewer/model/series.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <filesystem>
#include <functional>

namespace qianli::test {

// A 16-bit monochrome frame of the given stored values.
viewer::DecodedFrame makeFrame(std::uint32_t rows, std::uint32_t columns, std::vector<int> const& values,
                               viewer::Signedness signedness = viewer::Signedness::Unsigned,
                               std::uint16_t bitsStored = 16);

std::shared_ptr<viewer::Pixels const> makePixels(std::uint32_t rows, std::uint32_t columns,
                                                 std::vector<int> const& values);

// An axial slice at `z` of a series; instance number and UID follow `instance`.
std::shared_ptr<viewer::ImageAttributes> makeSlice(int instance, double z);

// A Part 10 file of a 2x2 image of 8 bits; `change` may add or replace elements before it is written.
void writeImageFile(std::filesystem::path const& path, std::function<void(DcmDataset&)> const& change = {});

} // namespace qianli::test
