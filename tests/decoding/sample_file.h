// A small DICOM image file written byte by byte, so that it can lie.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qianli::test {

struct SampleFile {
    std::string transferSyntax = "1.2.840.10008.1.2.1";
    std::uint16_t samples = 1, rows = 2, columns = 2, bitsAllocated = 8, bitsStored = 0,
                  planar = 0; // bitsStored 0: all
    std::string photometric = "MONOCHROME2";
    std::uint32_t frames = 1;
    std::string native;                 // pixel data, where there are no fragments
    std::vector<std::string> fragments; // the first is the Basic Offset Table

    std::string extendedTable; // Extended Offset Table, where it is not empty

    std::string bytes() const; // the whole Part 10 file
};

// A clip in RLE, square, each frame of one grey: that of frame n is n * `step`.
SampleFile flatClip(std::uint32_t frames, std::uint16_t hundredsOfRows, std::uint8_t step);

} // namespace qianli::test
