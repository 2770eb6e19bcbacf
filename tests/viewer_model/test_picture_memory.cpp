// Pictures that come and go in any order keep what was written to them, and give back what they took.
#include "tests/support/allocations/refused_allocation.h"
#include "viewer/model/picture_memory.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <new>
#include <random>
#include <set>
#include <thread>
#include <unistd.h>

using namespace qianli::viewer;
using qianli::test::RefusedAllocation;

namespace {

using Picture = PictureVector<std::uint16_t>;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr bool keepsBooks = true; // of all memory, in memory
#else
constexpr bool keepsBooks = false;
#endif

// Of this process (proc(5)): of addresses, and of those that lie in memory.
std::pair<std::size_t, std::size_t> bytesOfAll()
{
    std::ifstream file("/proc/self/statm");
    std::size_t total = 0, resident = 0;
    file >> total >> resident;
    auto const page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return {total * page, resident * page};
}

std::size_t residentBytes()
{
    return bytesOfAll().second;
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
                // Of few sizes, so that they take each other's places; some larger than a block, some below its least.
                std::size_t const samples = step % 100 == 99 ? 20u << 20 : random() % 5 * 131'072 + 1;
                auto const value = static_cast<std::uint16_t>(random());
                kept.emplace_back(filled(samples, value), value);
                if (step % 60 == 59)
                    kept.clear(); // blocks go, and with them the places in them
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
    if (keepsBooks)
        return;
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

TEST_CASE("The place of a picture that went is the next one's of its size", "[memory]")
{
    constexpr std::size_t samples = 256 << 10; // 512 kB, as a slice of CT
    std::vector<Picture> pictures;
    for (std::uint16_t value = 0; value < 8; ++value)
        pictures.push_back(filled(samples, value));
    std::set<std::uint16_t const*> places;
    for (std::size_t const gone : {1u, 4u, 6u}) {
        places.insert(pictures[gone].data());
        pictures[gone] = Picture();
    }
    auto const other = filled(samples + 8192, 100);
    CHECK_FALSE(places.contains(other.data()));
    std::vector<Picture> more;
    for (std::uint16_t value = 0; value < 3; ++value) {
        more.push_back(filled(samples, 200));
        CHECK(places.erase(more.back().data()) == 1);
    }
    for (std::uint16_t const value : {0, 2, 3, 5, 7})
        CHECK(holdsOnly(pictures[value], value));
    CHECK(holdsOnly(other, 100));
}

// A part of a huge page stays with the kernel, though nobody counts it (resident memory falls, free memory doesn't).
TEST_CASE("Small pictures go back together with their neighbours", "[memory]")
{
    if (keepsBooks)
        return;
    constexpr std::size_t samples = 256 << 10, count = 128;
    std::vector<Picture> pictures;
    for (std::size_t i = 0; i < count; ++i)
        pictures.push_back(filled(samples, 1));
    std::size_t const full = residentBytes();
    for (std::size_t i = 1; i < count; i += 2)
        pictures[i] = Picture();
    CHECK(full - std::min(full, residentBytes()) < count * samples / 8);
    for (std::size_t i = 0; i < count / 2; ++i)
        pictures[i] = Picture();
    CHECK(full - residentBytes() > (count / 2 - 8) * samples * 2);
}

TEST_CASE("A block for which the books have no room takes no addresses", "[memory]")
{
    constexpr std::size_t bytes = 64 << 20; // a block of its own
    freePicture(allocatePicture(bytes), bytes);
    std::size_t const before = bytesOfAll().first;
    for (int round = 0; round < 16; ++round)
        for (int given = 0; given < 4; ++given) {
            void* memory = nullptr;
            try {
                RefusedAllocation const refused(RefusedAllocation::Of::ThisThread, given);
                memory = allocatePicture(bytes);
            } catch (std::bad_alloc const&) {
            }
            CHECK((memory != nullptr || given < 3));
            if (memory != nullptr)
                freePicture(memory, bytes);
        }
    CHECK(bytesOfAll().first < before + 8 * bytes);
}
