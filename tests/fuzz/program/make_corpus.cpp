// make_corpus FOLDER: writes FOLDER/TARGET/*, what each fuzz target starts from; fails where there is too little of it.
#include "common/base/file.h"
#include "tests/fuzz/expectation.h"

#include <fmt/format.h>
#include <set>

using namespace qianli;

namespace {

constexpr std::size_t least = 50;

void write(fuzz::Target const& target, std::filesystem::path const& folder)
{
    std::filesystem::create_directories(folder);
    auto const corpus = target.corpus();
    std::set<std::string> const different(corpus.begin(), corpus.end());
    fuzz::expect(different.size() >= least,
                 fmt::format("{} starts from at least {} different inputs", target.name, least));
    std::size_t number = 0;
    for (auto const& bytes : different)
        fuzz::need(writeFileDurably(folder / fmt::format("{:03}", number++), bytes));
    fmt::print("{}: {} files\n", target.name, different.size());
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        fmt::print(stderr, "make_corpus FOLDER\n");
        return 2;
    }
    std::filesystem::path const folder = argv[1];
    ::setenv("QIANLI_FUZZ_REPORTS", (folder / "reports").c_str(), 1);
    fuzz::prepareReports(folder / "reports");
    for (auto const& target : fuzz::targets())
        write(target, folder / target.name);
    return 0;
}
