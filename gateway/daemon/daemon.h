// Daemon: puts the stations together in the order of the data's way, and takes them apart again. It composes; it
// decides nothing.
//
// Promise: when start() returns, everything that was acknowledged before is in index and reading list, and work is
// accepted; stop() takes at most some ten seconds and loses nothing.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "gateway/configuration/configuration.h"

#include <memory>
#include <optional>
#include <string>

namespace qianli::gateway {

class Daemon {
public:
    // `clock` must outlive the daemon. Conflict when another gateway runs on the same data.
    static Result<std::unique_ptr<Daemon>> start(Configuration configuration, Clock const& clock);
    ~Daemon(); // stops

    // Reads [[site]], [[station]], [[peer]] and the certificate of HTTPS anew; on an error everything stays as it was.
    Result<void> reload();
    Result<void> stop();
    // Why it should be started again; waits some seconds for a sign of life. Not after stop().
    std::optional<std::string> fault();

private:
    struct Parts;
    explicit Daemon(std::unique_ptr<Parts> parts);
    Result<void> readAgain();
    std::unique_ptr<Parts> parts_;
};

} // namespace qianli::gateway
