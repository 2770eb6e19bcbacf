#include "tests/fuzz/targets.h"

#include "common/base/file.h"
#include "tests/fuzz/expectation.h"

#include <array>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

namespace qianli::fuzz {
namespace {

// libFuzzer looks here after each input; to everybody else it is an array.
[[gnu::section("__libfuzzer_extra_counters"), gnu::used]] std::array<std::uint8_t, seenKinds> counters{};

} // namespace

void seen(std::size_t kind)
{
    counters.at(kind) = 1;
}

MemoryFile::MemoryFile(Input bytes) : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC))
{
    if (descriptor_ < 0)
        need(Result<void>(failErrno("memfd_create")));
    need(writeAll(descriptor_, bytes));
}

MemoryFile::~MemoryFile()
{
    ::close(descriptor_);
}

std::filesystem::path MemoryFile::path() const
{
    return fmt::format("/proc/self/fd/{}", descriptor_);
}

std::filesystem::path reportsFolder()
{
    char const* const folder = std::getenv("QIANLI_FUZZ_REPORTS");
    expect(folder != nullptr, "QIANLI_FUZZ_REPORTS names the folder that make_corpus wrote");
    return folder;
}

} // namespace qianli::fuzz
