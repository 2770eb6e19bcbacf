#include "tests/decoding/sample_file.h"

#include <string_view>

namespace qianli::test {
namespace {

std::string little(std::uint64_t value, int width)
{
    std::string bytes;
    for (int i = 0; i < width; ++i)
        bytes += static_cast<char>(value >> (8 * i) & 0xFF);
    return bytes;
}

std::string element(std::uint16_t group, std::uint16_t number, std::string_view vr, std::string value)
{
    if (value.size() % 2 == 1)
        value += vr == "UI" ? '\0' : ' ';
    bool const isLong = vr == "OB" || vr == "OW" || vr == "UT" || vr == "SQ" || vr == "OV";
    std::string bytes = little(group, 2);
    bytes += little(number, 2);
    bytes += vr;
    if (isLong)
        bytes += little(0, 2);
    bytes += little(value.size(), isLong ? 4 : 2);
    bytes += value;
    return bytes;
}

std::string number(std::uint16_t element16, std::uint16_t value)
{
    return element(0x0028, element16, "US", little(value, 2));
}

std::string pixelData(SampleFile const& file)
{
    if (file.fragments.empty())
        return element(0x7FE0, 0x0010, file.bitsAllocated > 8 ? "OW" : "OB", file.native);
    std::string out = little(0x00107FE0, 4);
    out += "OB";
    out += little(0xFFFFFFFF0000, 6);
    for (auto value : file.fragments) {
        if (value.size() % 2 == 1)
            value += '\0';
        out += little(0xE000FFFE, 4);
        out += little(value.size(), 4);
        out += value;
    }
    out += little(0xE0DDFFFE, 8);
    return out;
}

} // namespace

std::string SampleFile::bytes() const
{
    std::string meta;
    meta += element(0x0002, 0x0001, "OB", std::string("\0\1", 2));
    meta += element(0x0002, 0x0002, "UI", "1.2.840.10008.5.1.4.1.1.7");
    meta += element(0x0002, 0x0003, "UI", "1.2.3.4");
    meta += element(0x0002, 0x0010, "UI", transferSyntax);
    meta += element(0x0002, 0x0012, "UI", "1.2.3");
    std::uint16_t const stored = bitsStored == 0 ? bitsAllocated : bitsStored;
    std::string file(128, '\0');
    file += "DICM";
    file += element(0x0002, 0x0000, "UL", little(meta.size(), 4));
    file += meta;
    file += element(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.7");
    file += element(0x0008, 0x0018, "UI", "1.2.3.4");
    file += number(0x0002, samples);
    file += element(0x0028, 0x0004, "CS", photometric);
    file += number(0x0006, planar);
    file += element(0x0028, 0x0008, "IS", std::to_string(frames));
    file += number(0x0010, rows);
    file += number(0x0011, columns);
    file += number(0x0100, bitsAllocated);
    file += number(0x0101, stored);
    file += number(0x0102, static_cast<std::uint16_t>(stored - 1));
    file += number(0x0103, 0);
    if (!extendedTable.empty())
        file += element(0x7FE0, 0x0001, "OV", extendedTable);
    file += pixelData(*this);
    return file;
}

SampleFile flatClip(std::uint32_t frames, std::uint16_t hundredsOfRows, std::uint8_t step)
{
    SampleFile file;
    file.transferSyntax = "1.2.840.10008.1.2.5";
    file.rows = file.columns = static_cast<std::uint16_t>(100 * hundredsOfRows);
    file.frames = frames;
    file.fragments = {""};
    for (std::uint32_t frame = 0; frame < frames; ++frame) {
        std::string rle(64, '\0'); // PS3.5 Annex G: one segment, behind its header
        rle[0] = 1;
        rle[4] = 64;
        for (int run = 0; run < 100 * hundredsOfRows * hundredsOfRows; ++run)
            rle += std::string{static_cast<char>(257 - 100), static_cast<char>(step * frame)};
        file.fragments.push_back(rle);
    }
    return file;
}

} // namespace qianli::test
