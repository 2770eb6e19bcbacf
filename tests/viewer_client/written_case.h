// Small studies of invented people, each with pictures that belong to nobody else, for tests that look whether what is
// on the screen belongs together.
#pragma once

#include "common/dicom/part10.h"
#include "tests/support/synthetic_object.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

namespace qianli::test {

struct WrittenCase {
    std::string study, name, ideographs, id, sex = "M", birthDate = "19680102", date = "20261126";
    std::uint32_t seed = 1; // of the pixels
};

// The pixels of one of its slices, as they are stored.
inline std::uint16_t firstSample(WrittenCase const& one, int slice)
{
    auto const dataSet =
        SyntheticObject("1", "1", "1").pixels(512, one.seed * 16 + static_cast<std::uint32_t>(slice)).dataSet();
    return static_cast<std::uint16_t>(dataSet[dataSet.size() - 512] | (dataSet[dataSet.size() - 511] << 8));
}

// `normal`: of the slices, "z" or "x" (a sagittal reconstruction of the same room, in a series of its own).
// `bytes`: of pixels; a whole slice has 512.
inline void writeSlice(std::filesystem::path const& folder, WrittenCase const& one, int slice, char normal = 'z',
                       std::size_t bytes = 512)
{
    std::string const series = one.study + (normal == 'z' ? ".1" : ".2");
    std::string const instance = series + "." + std::to_string(slice);
    SyntheticObject object(one.study, series, instance);
    for (std::uint32_t const date : {0x00080020u, 0x00080021u, 0x00080022u, 0x00080023u})
        object.set(date, "DA", one.date);
    bool const axial = normal == 'z';
    std::string const along = std::to_string(5 * slice);
    object.set(0x00080005, "CS", "ISO_IR 192")
        .set(0x00100010, "PN", one.name + "=" + one.ideographs)
        .set(0x00100020, "LO", one.id)
        .set(0x00100030, "DA", one.birthDate)
        .set(0x00100040, "CS", one.sex)
        .set(0x00200011, "IS", axial ? "1" : "2")
        .set(0x00200013, "IS", std::to_string(slice))
        .set(0x00200032, "DS", axial ? "0\\0\\" + along : along + "\\0\\40")
        .set(0x00200037, "DS", axial ? "1\\0\\0\\0\\1\\0" : "0\\1\\0\\0\\0\\-1")
        .set(0x00200052, "UI", one.study + ".9")
        .set(0x00280002, "US", std::string("\x01\x00", 2))
        .set(0x00280004, "CS", "MONOCHROME2")
        .set(0x00280030, "DS", "2\\2")
        .set(0x00280100, "US", std::string("\x10\x00", 2))
        .set(0x00280101, "US", std::string("\x10\x00", 2))
        .set(0x00280102, "US", std::string("\x0F\x00", 2))
        .set(0x00280103, "US", std::string("\x00\x00", 2))
        .pixels(bytes, one.seed * 16 + static_cast<std::uint32_t>(slice));
    auto const dataSet = object.dataSet();
    std::filesystem::create_directories(folder);
    std::ofstream out(folder / instance, std::ios::binary);
    out << dicom::encodeFileMeta({dicom::Uid::ofKnown(object.sopClass()),
                                  dicom::Uid::ofKnown(object.sopInstance()),
                                  dicom::Uid::ofKnown(SyntheticObject::transferSyntax),
                                  {}});
    out.write(reinterpret_cast<char const*>(dataSet.data()), static_cast<std::streamsize>(dataSet.size()));
    REQUIRE(out.good());
}

} // namespace qianli::test
