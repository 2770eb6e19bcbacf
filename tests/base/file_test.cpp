#include "common/base/file.h"
#include "tests/support/support.h"

#include <array>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>

using namespace qianli;

TEST_CASE("a file is replaced as a whole and belongs to its owner", "[file]")
{
    test::TemporaryFolder folder;
    auto const path = folder / "report.bin";
    REQUIRE(writeFileDurably(path, std::string("a\0b", 3)));
    CHECK(readFile(path, 100).value() == std::string("a\0b", 3));
    REQUIRE(writeFileDurably(path, "second"));
    CHECK(readFile(path, 100).value() == "second");
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    // Nothing else was left in the folder.
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator()) ==
          1);
    CHECK_FALSE(writeFileDurably(folder / "missing" / "x", "y"));
}

TEST_CASE("reading has a bound and names what is missing", "[file]")
{
    test::TemporaryFolder folder;
    std::ofstream(folder / "ten") << "0123456789";
    CHECK(readFile(folder / "ten", 10).value() == "0123456789");
    CHECK(readFile(folder / "ten", 9).error().code == ErrorCode::LimitExceeded);
    auto const missing = readFile(folder / "none", 10);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::NotFound);
    CHECK(missing.error().message.find("none") != std::string::npos);

    auto const file = openFile(folder / "ten", O_RDONLY);
    REQUIRE(file);
    std::array<std::uint8_t, 4> bytes{};
    REQUIRE(readAllAt(file->get(), bytes, 6));
    CHECK(std::string(bytes.begin(), bytes.end()) == "6789");
    CHECK(readAllAt(file->get(), bytes, 7).error().code == ErrorCode::Corrupt);
    CHECK_FALSE(writeAll(file->get(), bytes)); // opened for reading
}

TEST_CASE("directories are made with their parents, for the owner", "[file]")
{
    test::TemporaryFolder folder;
    auto const deep = folder.path() / "a" / "b" / "c";
    REQUIRE(createDirectoryDurably(deep));
    REQUIRE(createDirectoryDurably(deep));
    CHECK((std::filesystem::status(deep).permissions() & std::filesystem::perms::all) ==
          std::filesystem::perms::owner_all);
    std::ofstream(folder / "file") << "x";
    CHECK_FALSE(createDirectoryDurably(folder.path() / "file" / "below"));
}

TEST_CASE("a descriptor has one owner", "[file]")
{
    test::TemporaryFolder folder;
    std::ofstream(folder / "a") << "x";
    auto first = openFile(folder / "a", O_RDONLY).value();
    int const number = first.get();
    FileDescriptor second = std::move(first);
    CHECK(second.get() == number);
    CHECK((fcntl(number, F_GETFD) & FD_CLOEXEC) != 0);
    REQUIRE(second.close());
    CHECK(fcntl(number, F_GETFD) == -1);
}

TEST_CASE("errors say where", "[result]")
{
    Error const error = Error{ErrorCode::Refused, "the site is unknown"}.at("site puzi").at("C-STORE");
    CHECK(error.message == "C-STORE: site puzi: the site is unknown");
    CHECK(toString(error.code) == "refused");
    auto const chain = []() -> Result<int> {
        QIANLI_ASSIGN(int const value, Result<int>(fail(ErrorCode::NotFound, "nothing")));
        return value + 1;
    };
    CHECK(chain().error().code == ErrorCode::NotFound);
}
