#include "common/dicom/inflater.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <zlib.h>

namespace qianli::dicom {
namespace {

constexpr std::size_t outputBlock = 64 << 10;
constexpr std::uint64_t freeOfRatio =
    1 << 20; // a small data set may well be a thousand times longer than its deflated form
constexpr std::uint64_t gzipTrailerBytes = 8;

} // namespace

struct Inflater::State {
    explicit State(ScanLimits const& scanLimits) : limits(scanLimits)
    {
        ready = inflateInit2(&stream, -MAX_WBITS) == Z_OK; // negative: no zlib header, as PS3.5 A.5 says
    }
    State(State const&) = delete;
    State& operator=(State const&) = delete;
    ~State() { inflateEnd(&stream); }

    ScanLimits limits;
    z_stream stream{};
    bool ready = false;
    std::uint64_t trailing = 0; // bytes after the end of the stream
    bool ended = false;
    std::uint64_t taken = 0;
    std::uint64_t given = 0;
    std::array<std::uint8_t, outputBlock> output;

    Result<void> checkCeiling() const
    {
        if (given > limits.inflatedBytes)
            return fail(ErrorCode::LimitExceeded,
                        fmt::format("the data set inflates to more than {} bytes", limits.inflatedBytes));
        if (given > freeOfRatio && given / limits.deflateRatio > taken)
            return fail(ErrorCode::LimitExceeded,
                        fmt::format("the data set inflates to more than {} times its length", limits.deflateRatio));
        return {};
    }
};

Inflater::Inflater(ScanLimits const& limits) : state_(std::make_unique<State>(limits)) {}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

Result<void> Inflater::feed(std::span<std::uint8_t const> bytes, Sink const& sink)
{
    State& state = *state_;
    if (!state.ready)
        return fail(ErrorCode::Unavailable, "no memory to inflate a data set");
    state.stream.next_in = const_cast<std::uint8_t*>(bytes.data()); // zlib reads it only
    state.stream.avail_in = static_cast<uInt>(bytes.size());
    while (!state.ended) {
        state.stream.next_out = state.output.data();
        state.stream.avail_out = static_cast<uInt>(state.output.size());
        uInt const before = state.stream.avail_in;
        int const code = inflate(&state.stream, Z_NO_FLUSH);
        std::size_t const made = state.output.size() - state.stream.avail_out;
        state.taken += before - state.stream.avail_in;
        state.given += made;
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("the deflated data set is damaged at byte {}: {}", state.taken,
                                    state.stream.msg ? state.stream.msg : zError(code)));
        QIANLI_TRY(state.checkCeiling());
        QIANLI_TRY(sink(std::span(state.output).first(made)));
        state.ended = code == Z_STREAM_END;
        if (!state.ended && state.stream.avail_out != 0)
            return {}; // all input is used up
    }
    // The stream is padded to even length with a NUL (PS3.5 A.5); some writers leave the checksum and length of a gzip trailer.
    auto const rest = bytes.last(state.stream.avail_in);
    state.stream.avail_in = 0;
    auto const ofTrailer = gzipTrailerBytes - std::min(state.trailing, gzipTrailerBytes);
    state.trailing += rest.size();
    auto const padding = rest.subspan(std::min<std::size_t>(ofTrailer, rest.size()));
    if (std::any_of(padding.begin(), padding.end(), [](std::uint8_t byte) { return byte != 0; }))
        return fail(ErrorCode::InvalidInput,
                    fmt::format("bytes follow the end of the deflated data set at byte {}", state.taken));
    return {};
}

Result<void> Inflater::finish() const
{
    if (!state_->ended)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the deflated data set ends early, at byte {}", state_->taken));
    return {};
}

} // namespace qianli::dicom
