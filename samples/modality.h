// A township's modality as it behaves on the line: sends what is in a folder, pauses, breaks off.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace qianli::samples {

struct ModalitySettings {
    std::string host, calledAe, callingAe;
    std::uint16_t port = 104;
    double imagesPerSecond = 0;   // 0: as fast as it goes
    Duration pause{0};            // between two studies
    std::uint64_t abortAfter = 0; // objects, then the line is cut; 0: never
};

struct SentCount {
    std::uint64_t objects = 0, bytes = 0, refused = 0;
    bool brokenOff = false;
};

// One association a study, files in the order of their names. What the gateway refuses is printed on standard error and
// counted.
Result<SentCount> sendAsModality(std::filesystem::path const& folder, ModalitySettings const& settings);

} // namespace qianli::samples
