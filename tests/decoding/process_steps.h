// What tests of decoder processes share: files that are small, slow or replaced, and a look at the processes.
#pragma once

#include "common/base/file.h"
#include "tests/decoding/sample_file.h"
#include "tests/support/support.h"
#include "viewer/decoding/decoder_pool.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <fstream>

namespace qianli::test {

using namespace viewer;
using namespace std::chrono_literals;

inline std::string const rleSyntax = "1.2.840.10008.1.2.5";

// Two by two pixels of this value.
inline std::string smallRle(char value)
{
    std::string frame(64, '\0');
    frame[0] = 1;
    frame[4] = 64;
    SampleFile file;
    file.transferSyntax = rleSyntax;
    file.fragments = {"", frame + std::string{'\xFD', value}};
    return file.bytes();
}

// A file that keeps a decoder busy for a second or so: 400 million bits, one by one. Mostly a hole on the disk.
inline void writeSlow(std::filesystem::path const& path, std::uint16_t side = 20'000)
{
    SampleFile file;
    file.bitsAllocated = 1;
    file.rows = side;
    file.columns = side;
    file.native = std::string(8, '\0');
    std::string bytes = file.bytes();
    std::uint32_t const length = std::uint32_t{side} * side / 8;
    for (int i = 0; i < 4; ++i)
        bytes[bytes.size() - 12 + static_cast<std::size_t>(i)] = static_cast<char>(length >> (8 * i) & 0xFF);
    REQUIRE(writeFileDurably(path, bytes));
    std::filesystem::resize_file(path, bytes.size() - 8 + length);
}

inline DecoderPoolOptions oneProcess()
{
    DecoderPoolOptions options;
    options.processes = 1;
    return options;
}

inline pid_t onlyProcess(DecoderPool const& pool)
{
    while (pool.processes().empty())
        std::this_thread::sleep_for(1ms);
    return pool.processes().front();
}

inline std::string statusLine(pid_t process, std::string const& name)
{
    std::ifstream file("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name + ":"))
            return line.substr(line.find_first_not_of(" \t", name.size() + 1));
    return {};
}

inline int firstNumber(std::filesystem::path const& path)
{
    std::ifstream file(path);
    int number = 0;
    file >> number;
    return number;
}

inline FileStamp stampNow(std::filesystem::path const& path)
{
    return stampOf(openFile(path, O_RDONLY)->get()).value();
}

inline std::filesystem::path besideThis(char const* program)
{
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
}

struct Sample {
    TemporaryFolder folder;
    std::filesystem::path good = folder / "good.dcm";
    Sample() { REQUIRE(writeFileDurably(good, smallRle(5))); }
    void checkGood(DecoderPool& pool) const
    {
        auto const frame = pool.decode(good, 0);
        INFO((frame ? "" : frame.error().message));
        REQUIRE(frame);
        CHECK(frame->values == std::vector<std::uint8_t>{5, 5, 5, 5});
    }
};

} // namespace qianli::test
