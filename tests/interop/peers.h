// What the interoperation tests share: the gateway as a program of its own, with one site a foreign program, and sample
// files.
#pragma once

#include "common/dicom/network/dicom_client.h"
#include "tests/support/support.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace qianli::test {

// An invented CT slice as a Part 10 file.
struct SampleFile {
    std::string study = "2.25.900", series = "2.25.901", instance = "2.25.902.1";
    std::string patientName = "张昞"; // UTF-8, encoded as `charset`
    std::string charset = "GB18030";
    std::string patientId = "P900";
    int number = 1;
};
void writeSample(std::filesystem::path const& path, SampleFile const& sample);

// A file's data set: everything behind the meta header.
std::string dataSetOf(std::filesystem::path const& path);

// `qianli-gateway serve` on a free port, with the site "puzi": AE titles of the peers below may echo, store, find, get
// and move.
class ServedGateway {
public:
    // Move destinations by AE title and port on this machine.
    explicit ServedGateway(std::map<std::string, std::uint16_t> const& destinations = {});
    std::uint16_t port() const { return port_; }
    std::string portText() const { return std::to_string(port_); }
    TemporaryFolder const& folder() const { return folder_; }
    std::string log() const { return program_->log(); }

    // Every instance of the study, fetched by our own C-GET, by SOP Instance UID: transfer syntax and data set.
    struct Fetched {
        std::string transferSyntax, dataSet;
    };
    std::map<std::string, Fetched> fetch(std::string const& study,
                                         std::set<std::pair<std::string, std::string>> const& classesAndSyntaxes) const;
    std::map<std::string, Fetched> fetchCt(std::string const& study) const;
    // The one SampleFile at `path` is in the gateway byte for byte.
    bool holds(std::filesystem::path const& path) const;

    dicom::Destination destination() const;

private:
    TemporaryFolder folder_;
    std::uint16_t port_;
    std::unique_ptr<RunningProgram> program_;
};

// Runs a program to its end; fails the test when it is not installed.
ProgramResult runPeer(std::vector<std::string> const& command,
                      std::map<std::string, std::string> const& environment = {});

} // namespace qianli::test
