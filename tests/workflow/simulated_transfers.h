// Simulated transfers: what modalities of townships send, and how it comes: pauses, gaps, lines that break, repetition.
#pragma once

#include "gateway/index/study_index.h"
#include "gateway/ingest/transfers.h"

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace qianli::test {

// One image that the device means to send.
struct SimulatedImage {
    std::string series, seriesNumber, modality, imageType;
    int number = 0;
    std::string position, orientation;
    double along = 0; // the slice's normal, mm
    bool localizer = false;
};

struct SimulatedStudy {
    std::string uid, callingAe, kind;
    std::vector<SimulatedImage> images; // all that it means to send
    std::map<std::string, int> told;    // by series: Images in Acquisition, where the device says it
};

// What happens at a time, in seconds from the start of the transfer.
struct SimulatedEvent {
    enum class Kind { Begin, ObjectBegins, Object, End } kind{};
    double at = 0;
    int association = 0;
    int image = -1; // Object
    gateway::Departure::Way way{};
};

struct SimulatedTransfer {
    SimulatedStudy study;
    std::string course; // "whole", "cut", …
    std::vector<SimulatedEvent> events;
};

SimulatedTransfer simulate(int which, std::mt19937& random);

} // namespace qianli::test
