// Caller: a modality as the benches need it, on a blocking socket: it says who it is and from where, sends at the pace
// of its line, and asks whether a study is visible.
//
// Its upper layer is its own, and not the gateway's: a fault in ours would otherwise hide on both sides.
#pragma once

#include "common/base/file.h"
#include "common/base/result.h"
#include "common/dicom/network/command_set.h"
#include "tests/bench/objects.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace qianli::bench {

struct Line {
    std::uint16_t port = 0;
    std::string source = "127.0.0.1"; // our address: sites are told apart by it
    std::string callingAe = "BENCH", calledAe = "QIANLI";
    std::uint64_t bytesPerSecond = 0; // of the township's line; 0: as fast as the machine
};

enum class Priority : std::uint16_t { Medium = 0, High = 1, Low = 2 }; // PS3.7 9.3.1.1

class Caller {
public:
    // LimitExceeded when we are told to try again later (A-ASSOCIATE-RJ transient); Refused for other rejections.
    static Result<Caller> connect(Line const& line);

    Result<void> echo();
    // The status of the response.
    Result<std::uint16_t> store(Object const& object, Priority priority);
    // Whether C-FIND at study level finds it.
    Result<bool> sees(std::string const& studyUid);
    Result<void> release();
    int descriptor() const { return socket_.get(); }

private:
    struct Pdu {
        std::uint8_t type = 0;
        std::vector<std::uint8_t> body;
    };

    Caller(Line line, FileDescriptor socket) : line_(std::move(line)), socket_(std::move(socket)) {}
    Result<void> associate();
    Result<void> readAccept(std::vector<std::uint8_t> const& body);
    Result<void> send(std::uint8_t context, dicom::CommandSet const& command,
                      std::vector<std::span<std::uint8_t const>> const& dataSet);
    Result<dicom::CommandSet> response(); // data sets that come with it are thrown away
    Result<Pdu> readPdu();
    Result<void> readExactly(std::span<std::uint8_t> bytes);

    Line line_;
    FileDescriptor socket_;
    std::uint32_t fragment_ = 16384; // bytes of a PDV that the peer takes
    std::uint16_t messageId_ = 0;
};

} // namespace qianli::bench
