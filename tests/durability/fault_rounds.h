// FaultRounds: runs the sender against a data folder, on the simulated disk or killed, and checks what is left against
// what was acknowledged.
#pragma once

#include "tests/support/support.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace qianli::test {

struct Faults {
    unsigned long cut = 0; // operation before which the power fails; 0: never
    std::string keep;      // seed for what lasts by chance; "": nothing that was not synced
    std::string deaf;      // syncs that do nothing
    std::string unsynced;  // what did not last before
    std::string full;      // "from-to": ENOSPC
    std::string syncError; // "from-to": EIO
};

struct Work {
    int threads = 4;
    int objects = 12; // of each thread
    int first = 0;
    int checkpointEvery = 10;
    bool abrupt = false;
};

class FaultRounds {
public:
    FaultRounds();

    std::filesystem::path data() const { return folder_ / "data"; }
    // Runs the sender; when the power was cut the data folder is then what lasted. The exit code: 0 done, 137 cut.
    int run(Faults const& faults, Work const& work);
    // Kills it (SIGKILL) after that many acknowledgements.
    void runAndKill(Work const& work, std::size_t acknowledgements);
    // Operations of the last run, when it was not cut.
    unsigned long operations() const;
    std::string output() const { return output_; }
    std::size_t acknowledged() const;

    // Starts the gateway's archive and index on a copy of the data folder and compares with all acknowledgements so
    // far. "" when nothing is lost, partial, damaged or left over; else what is wrong.
    std::string examine() const;

private:
    std::vector<std::string> command(Work const& work) const;

    TemporaryFolder folder_;
    std::string output_;
};

} // namespace qianli::test
