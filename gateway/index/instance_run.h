// InstanceRun: up to sixteen instances of one series, as they came one after the other, packed into one value of the
// index. Neighbours are much alike, so each is written as what differs from the one before it.
//
// Promise: the bytes depend on the instances alone, not on the groups in which they came; unpacking never reads beyond
// them and says Corrupt where they make no sense.
#pragma once

#include "common/base/result.h"
#include "gateway/archive/receipt.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

struct RunInstance {
    std::uint64_t sequence = 0;
    std::string sopInstance;
    std::int64_t shared = 0; // row of the table shared
    Digest digest{};
    std::int64_t received = 0; // milliseconds since 1970
    std::uint32_t offset = 0;
    std::uint64_t length = 0;
    std::string number, position, orientation, contentDate, contentTime, acquisition;
    int version = 1;
    bool newest = true;         // no higher version at this site
    bool released = true;       // a site may see it
    bool newestReleased = true; // the one of all versions that a site sees
    std::string path;           // empty: as objectPath() gives it
    // What a device's row counts of it, so that reading again takes back what was counted, and nothing else.
    enum Text : std::uint8_t { Corrected = 1, Uncertain = 2, Noted = 4 };
    std::uint8_t text = 0; // 0: from an earlier version of ours, which did not note it

    bool operator==(RunInstance const&) const = default;
};

constexpr std::size_t instancesOfRun = 16;

// What the first instance of a run is compared with. A run is known by the sequence of its first instance.
RunInstance startOfRun(std::uint64_t run, std::string_view seriesUid);

void packInstance(std::vector<std::uint8_t>& packed, RunInstance const& before, RunInstance const& instance);

class RunReader {
public:
    RunReader() = default;
    RunReader(std::span<std::uint8_t const> packed, std::uint64_t run, std::string_view seriesUid)
        : rest_(packed), instance_(startOfRun(run, seriesUid))
    {
    }

    // True: an instance is there. Called before the first one, too.
    Result<bool> next();
    RunInstance const& instance() const { return instance_; }

private:
    bool readNumber(std::uint64_t& value);
    bool readText(std::string& value);
    bool readDifferences();

    std::span<std::uint8_t const> rest_;
    RunInstance instance_; // the last one that was read
};

Result<std::vector<RunInstance>> unpackRun(std::span<std::uint8_t const> packed, std::uint64_t run,
                                           std::string_view seriesUid);
std::vector<std::uint8_t> packRun(std::span<RunInstance const> instances, std::uint64_t run,
                                  std::string_view seriesUid);

} // namespace qianli::gateway
