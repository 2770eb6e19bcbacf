// A receiver on loopback that answers C-STORE as the test wishes: for what no real PACS does on demand
// (receiver/main.cpp).
#pragma once

#include "tests/support/support.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace qianli::test {

class AnsweringReceiver {
public:
    // A pseudo status: the receiver breaks the association off instead of answering.
    static constexpr std::uint16_t breakOff = 0xFFFF;
    // Another one: it says nothing until the peer goes.
    static constexpr std::uint16_t noAnswer = 0xFFFE;
    // By SOP class: the statuses of its next C-STOREs, Success when there are no more.
    using Statuses = std::map<std::string, std::vector<std::uint16_t>>;

    AnsweringReceiver(std::uint16_t port, Statuses const& statuses, int rejectedAssociations = 0)
        : program_(command(port, statuses, rejectedAssociations), folder_ / "log")
    {
        REQUIRE(program_.waitForLog("ready"));
    }

    // SOP Instance UIDs in the order received, whatever was answered.
    std::vector<std::string> received() const
    {
        std::istringstream log(program_.log());
        std::vector<std::string> uids;
        for (std::string line; std::getline(log, line);)
            if (line.starts_with("stored "))
                uids.push_back(line.substr(7));
        return uids;
    }

private:
    static std::vector<std::string> command(std::uint16_t port, Statuses const& statuses, int rejected)
    {
        std::vector<std::string> words{programFolder() / "answering_receiver", std::to_string(port),
                                       std::to_string(rejected)};
        for (auto const& [sopClass, list] : statuses)
            words.push_back(fmt::format("{}={:04X}", sopClass, fmt::join(list, ",")));
        return words;
    }

    TemporaryFolder folder_;
    RunningProgram program_;
};

} // namespace qianli::test
