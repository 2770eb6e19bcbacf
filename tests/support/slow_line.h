// SlowLine: a township's uplink: what is sent through its port arrives at another, so many bytes a second and so much
// later.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace qianli::test {

class SlowLine {
public:
    // Both ways the same. Connections to port() go on to 127.0.0.1:`target` until the line is destroyed, which ends
    // them.
    SlowLine(std::uint16_t target, std::size_t bytesPerSecond, std::chrono::milliseconds delay);
    ~SlowLine();
    SlowLine(SlowLine const&) = delete;
    SlowLine& operator=(SlowLine const&) = delete;
    std::uint16_t port() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace qianli::test
