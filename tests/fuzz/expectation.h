// Expectations of a fuzz target, and the small things that its inputs are cut with.
#pragma once

#include "common/base/result.h"
#include "tests/fuzz/targets.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace qianli::fuzz {

// Ends the process with the sentence when `holds` is false: to libFuzzer that is a crash.
inline void expect(bool holds, std::string_view sentence)
{
    if (holds)
        return;
    std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
    std::abort();
}

// Tells the fuzzer what kind of thing the input was, where the code's own edges don't: an input that shows something
// new is kept and mutated. `kind` is below seenKinds.
constexpr std::size_t seenKinds = 512;
void seen(std::size_t kind);

// For what a target needs for itself.
template <typename T>
T need(Result<T> result)
{
    if (!result) {
        std::fprintf(stderr, "the fuzz target can't work: %s\n", result.error().message.c_str());
        std::abort();
    }
    if constexpr (!std::is_void_v<T>)
        return *std::move(result);
}

// Lengths to cut bytes with, the same for the same seed.
class Cuts {
public:
    explicit Cuts(std::uint32_t seed) : state_(seed * 2654435761u + 1) {}
    std::size_t next(std::size_t most)
    {
        state_ = state_ * 1664525u + 1013904223u;
        auto const drawn = state_ >> 16;
        // Short pieces find more than long ones.
        std::size_t const length = drawn % 4 != 0 ? 1 + drawn / 4 % 9 : 1 + drawn % 700;
        return length < most ? length : most;
    }

private:
    std::uint32_t state_;
};

// One byte of the input's front that chooses; 0 when there is none.
inline std::uint8_t takeChoice(Input& input)
{
    if (input.empty())
        return 0;
    auto const choice = input.front();
    input = input.subspan(1);
    return choice;
}

inline std::string_view asText(Input input)
{
    return {reinterpret_cast<char const*>(input.data()), input.size()};
}

inline Input asInput(std::string_view text)
{
    return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}

// A file in memory that holds these bytes, for what reads from a path.
class MemoryFile {
public:
    explicit MemoryFile(Input bytes);
    ~MemoryFile();
    MemoryFile(MemoryFile const&) = delete;
    MemoryFile& operator=(MemoryFile const&) = delete;
    std::filesystem::path path() const;

private:
    int descriptor_;
};

} // namespace qianli::fuzz
