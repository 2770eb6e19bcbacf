// Mutation for files that a signature covers: every second input is another one with a single byte changed. Where more
// is changed, nothing behind the digest is reached.
#include <cstddef>
#include <cstdint>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed)
{
    if (size == 0 || seed % 2 == 0)
        return LLVMFuzzerMutate(data, size, most);
    std::uint32_t const drawn = (seed * 2654435761u) ^ (seed >> 7);
    auto& byte = data[drawn % size];
    byte = static_cast<std::uint8_t>(byte ^ (1u << (seed >> 1) % 8));
    return size;
}
