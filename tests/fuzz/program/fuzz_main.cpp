// One fuzz target as a libFuzzer program; QIANLI_FUZZ_TARGET is the function.
#include "common/base/log.h"
#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    qianli::fuzz::QIANLI_FUZZ_TARGET({data, size});
    return 0;
}
