// docs/security.md says for every requirement which test shows it, docs/complaints.md which keeps a complaint from
// happening: here it is checked that each has one, and that the tests named exist in the programs named.
#include "common/base/file.h"
#include "common/base/text.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace qianli;

namespace {

std::filesystem::path sourceFolder()
{
    return QIANLI_SOURCE_DIR;
}

// Those about pictures.
std::set<std::string> complaints()
{
    return {"A1",  "A2",  "A3",  "A4",  "A5",  "A6",  "B8",  "C9",  "C11",
            "C12", "C13", "C14", "C15", "D17", "D18", "D19", "D20", "E21"};
}

// The requirements of the gateway; R36 (behind a certified TLCP gateway) is not built.
std::set<std::string> requirements()
{
    std::set<std::string> all;
    auto const add = [&](int from, int to) {
        for (int number = from; number <= to; ++number)
            all.insert("R" + std::string(number < 10 ? "0" : "") + std::to_string(number));
    };
    add(1, 18);
    add(20, 23);
    add(25, 29);
    add(31, 35);
    add(40, 46);
    add(50, 59);
    return all;
}

// Names of the test cases in each folder of tests/, as they stand in the sources.
std::map<std::string, std::set<std::string>> testNames()
{
    std::map<std::string, std::set<std::string>> names;
    std::regex const split("\"\\s*\n\\s*\"");
    std::regex const declared("(?:TEST_CASE|SCENARIO)\\(\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
    for (auto const& entry : std::filesystem::recursive_directory_iterator(sourceFolder() / "tests")) {
        if (!entry.is_regular_file() || entry.path().extension() != ".cpp")
            continue;
        auto const content = readFile(entry.path(), 8 << 20);
        REQUIRE(content);
        auto const joined = std::regex_replace(*content, split, "");
        auto const folder = *std::filesystem::relative(entry.path(), sourceFolder() / "tests").begin();
        for (std::sregex_iterator match(joined.begin(), joined.end(), declared), end; match != end; ++match)
            names["test_" + folder.string()].insert(std::regex_replace((*match)[1].str(), std::regex("\\\\\""), "\""));
    }
    return names;
}

struct Named {
    std::string test, program; // without a program: a file that is run on demand
};

// A row: | R01 | what it asks | "name" (program); `tests/path/of/what/runs/on/demand` |
std::map<std::string, std::vector<Named>> namedTests(std::string const& page)
{
    std::map<std::string, std::vector<Named>> rows;
    std::regex const requirement("^[A-E][0-9]{1,2}$|^R[0-9]{2}$");
    std::regex const named("\"([^\"]+)\" \\((test_[a-z_]+)\\)");
    std::regex const onDemand("`(tests/[a-z_/.-]+)`");
    for (std::string const& line : text::split(page, '\n')) {
        auto const cells = text::split(line, '|');
        if (cells.size() < 4)
            continue;
        std::string const id(text::trim(cells[1]));
        if (!std::regex_match(id, requirement))
            continue;
        std::string const tests(cells[3]);
        auto& row = rows[id];
        for (std::sregex_iterator match(tests.begin(), tests.end(), named), end; match != end; ++match)
            row.push_back({(*match)[1], (*match)[2]});
        for (std::sregex_iterator match(tests.begin(), tests.end(), onDemand), end; match != end; ++match)
            row.push_back({(*match)[1], ""});
    }
    return rows;
}

void checkPage(std::string const& path, std::set<std::string> const& expected)
{
    auto const page = readFile(sourceFolder() / path, 1 << 20);
    REQUIRE(page);
    auto const rows = namedTests(*page);
    auto const existing = testNames();
    for (std::string const& id : expected) {
        auto const row = rows.find(id);
        if (row == rows.end() || row->second.empty()) {
            FAIL_CHECK(id << " names no test");
            continue;
        }
        for (Named const& one : row->second) {
            if (one.program.empty()) {
                if (!std::filesystem::is_regular_file(sourceFolder() / one.test))
                    FAIL_CHECK(id << ": there is no " << one.test);
                continue;
            }
            auto const program = existing.find(one.program);
            if (program == existing.end() || !program->second.contains(one.test))
                FAIL_CHECK(id << ": no test \"" << one.test << "\" in " << one.program);
        }
    }
    for (auto const& [id, tests] : rows)
        if (!expected.contains(id))
            FAIL_CHECK(id << " is nothing that " << path << " must show");
}

} // namespace

TEST_CASE("every requirement of docs/security.md names a test that exists", "[architecture]")
{
    checkPage("docs/security.md", requirements());
}

TEST_CASE("every complaint of docs/complaints.md names a test that exists", "[architecture]")
{
    checkPage("docs/complaints.md", complaints());
}

TEST_CASE("a row that names no test or a missing one is seen", "[architecture]")
{
    auto const rows =
        namedTests("| R01 | what | \"a\" (test_x); \"b\" (test_y) |\n| R02 | what | later |\n| no | a | b |\n"
                   "| R03 | what | `tests/bench/soak` |\n");
    REQUIRE(rows.size() == 3);
    REQUIRE(rows.at("R03").size() == 1);
    CHECK(rows.at("R03")[0].test == "tests/bench/soak");
    CHECK(rows.at("R01").size() == 2);
    CHECK(rows.at("R01")[1].test == "b");
    CHECK(rows.at("R01")[1].program == "test_y");
    CHECK(rows.at("R02").empty());
    auto const existing = testNames();
    REQUIRE(existing.contains("test_architecture"));
    CHECK(existing.at("test_architecture").contains("a row that names no test or a missing one is seen"));
    CHECK_FALSE(existing.at("test_architecture").contains("no such test"));
}
