// Pictures that come and go in any order keep what was written to them, and give back what they took.
#include "viewer/model/picture_memory.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <unistd.h>

using namespace qianli::viewer;

namespace {

using Picture = PictureVector<std::uint16_t>;

// Bytes of this process that lie in memory (proc(5)).
std::size_t residentBytes()
{
    std::ifstream file("/proc/self/statm");
    std::size_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

Picture filled(std::size_t samples, std::uint16_t value)
{
    Picture picture;
    picture.resize(samples);
    std::fill(picture.begin(), picture.end(), value);
    return picture;
}

bool holdsOnly(Picture const& picture, std::uint16_t value)
{
    return std::all_of(picture.begin(), picture.end(), [=](std::uint16_t sample) { return sample == value; });
}

// What the kernel keeps of the mapping in which a byte lies (proc(5), VmFlags); "" when there is none.
std::string mappingFlags(std::uintptr_t place)
{
    std::ifstream file("/proc/self/smaps");
    bool isHere = false;
    for (std::string line; std::getline(file, line);) {
        unsigned long first = 0, end = 0;
        if (std::sscanf(line.c_str(), "%lx-%lx ", &first, &end) == 2)
            isHere = first <= place && place < end;
        else if (isHere && line.starts_with("VmFlags:"))
            return line + " ";
    }
    return {};
}

} // namespace

TEST_CASE("Pictures of all sizes keep their samples while others come and go in several threads", "[memory]")
{
    std::atomic<int> wrong = 0;
    std::vector<std::jthread> threads;
    for (unsigned thread = 0; thread < 4; ++thread)
        threads.emplace_back([&wrong, thread] {
            std::mt19937 random(thread);
            std::vector<std::pair<Picture, std::uint16_t>> kept;
            for (int step = 0; step < 300; ++step) {
                // From a few bytes over the border of its own memory to what is larger than a block.
                std::size_t const most = step % 100 == 99 ? 20u << 20 : 400'000;
                auto const value = static_cast<std::uint16_t>(random());
                kept.emplace_back(filled(1 + random() % most, value), value);
                if (kept.size() < 12)
                    continue;
                auto const gone = kept.begin() + static_cast<std::ptrdiff_t>(random() % kept.size());
                wrong += holdsOnly(gone->first, gone->second) ? 0 : 1;
                kept.erase(gone);
            }
            for (auto const& [picture, value] : kept)
                wrong += holdsOnly(picture, value) ? 0 : 1;
        });
    threads.clear();
    CHECK(wrong == 0);
}

TEST_CASE("What a picture took goes back at once, also between two that stay", "[memory]")
{
    constexpr std::size_t samples = 4 << 20; // 8 MB
    std::vector<Picture> pictures;
    std::size_t const before = residentBytes();
    for (std::uint16_t value = 0; value < 12; ++value)
        pictures.push_back(filled(samples, value));
    std::size_t const full = residentBytes();
    CHECK(full - before > 11 * samples * 2);
    for (std::size_t i = 1; i < pictures.size(); i += 2)
        pictures[i] = Picture();
    CHECK(full - residentBytes() > 5 * samples * 2);
    for (std::size_t i = 0; i < pictures.size(); i += 2)
        CHECK(holdsOnly(pictures[i], static_cast<std::uint16_t>(i)));
    pictures.clear();
    CHECK(residentBytes() < before + samples * 2);
}

// khugepaged makes huge pages of what is but partly there, within minutes: what was freed would be taken again.
TEST_CASE("The hole that a picture leaves is not filled again by the kernel", "[memory]")
{
    std::vector<Picture> pictures;
    for (std::uint16_t value = 0; value < 3; ++value)
        pictures.push_back(filled(leastPictureBytes, value));
    auto const place = reinterpret_cast<std::uintptr_t>(pictures[1].data());
    if (!std::filesystem::exists("/sys/kernel/mm/transparent_hugepage") || mappingFlags(place).empty()) {
        WARN("this system has no huge pages, or doesn't tell: nothing to see");
        return;
    }
    CHECK(mappingFlags(place).find(" hg ") != std::string::npos);
    pictures[1] = Picture();
    CHECK(mappingFlags(place).find(" nh ") != std::string::npos);
    CHECK(holdsOnly(pictures[0], 0));
    CHECK(holdsOnly(pictures[2], 2));
}
