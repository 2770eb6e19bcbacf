// qianli-bench COMMAND [--name value]...: puts a load on a DICOM server at 127.0.0.1 and prints its figures as one JSON
// document. Started by the scripts beside it (docs/performance.md).
#include "tests/bench/commands.h"

#include <csignal>
#include <fmt/format.h>
#include <map>
#include <sys/resource.h>

using namespace qianli;

namespace {

std::map<std::string, bench::Report (*)(bench::Options&)> const commands{{"ingest", bench::ingest},
                                                                         {"drain", bench::drain},
                                                                         {"sustain", bench::sustain},
                                                                         {"idle-and-active", bench::idleAndActive},
                                                                         {"limit", bench::limit}};

bench::Report run(std::string const& name, std::span<char* const> words)
{
    auto const found = commands.find(name);
    if (found == commands.end())
        return fail(ErrorCode::InvalidInput, "no such command");
    QIANLI_ASSIGN(auto options, bench::Options::read(words));
    return found->second(options);
}

// Thousands of associations are as many descriptors.
void raiseDescriptorLimit()
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    raiseDescriptorLimit();
    std::string const name = argc > 1 ? argv[1] : "";
    auto const report = run(name, std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 1 ? 2 : 1));
    if (!report) {
        fmt::print(stderr, "qianli-bench {}: {}\n", name, report.error().message);
        return report.error().code == ErrorCode::InvalidInput ? 2 : 1;
    }
    fmt::print("{}\n", report->dump());
    return 0;
}
