// Inflater: undoes the deflate of a data set as it arrives, with a ceiling on what comes out (PS3.5 A.5, RFC 1951;
// security.md R04).
#pragma once

#include "common/base/result.h"
#include "common/dicom/data_set_scan.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace qianli::dicom {

class Inflater {
public:
    using Sink = std::function<Result<void>(std::span<std::uint8_t const>)>;

    explicit Inflater(ScanLimits const& limits);
    ~Inflater();
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;

    // Gives what comes out to the sink, at most 64 KiB at a time.
    Result<void> feed(std::span<std::uint8_t const> bytes, Sink const& sink);
    // InvalidInput when the stream has not ended.
    Result<void> finish() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace qianli::dicom
