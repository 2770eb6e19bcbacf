// Which files `--open` means: files, folders, a DICOMDIR whose offsets are broken, and paths that lead nowhere.
#include "tests/support/support.h"
#include "viewer/client/file_studies.h"
#include "viewer/client/gateway_client.h"
#include "viewer/i18n/language.h"

#include <catch2/catch.hpp>

#include <fstream>

using namespace qianli;
using namespace qianli::viewer;

TEST_CASE("files and folders are found once each; what is missing is named")
{
    test::TemporaryFolder const folder;
    std::filesystem::create_directories(folder / "a" / "b");
    std::ofstream(folder / "one.dcm") << "x";
    std::ofstream(folder / "a" / "b" / "two.dcm") << "x";
    auto const found = findFiles({folder.path(), folder / "one.dcm", folder / "absent.dcm"});
    CHECK(found.files.size() == 2);
    REQUIRE(found.problems.size() == 1);
    CHECK(found.problems[0].code == ErrorCode::NotFound);
    CHECK(found.problems[0].message.find("absent.dcm") != std::string::npos);
}

TEST_CASE("a DICOMDIR names its files, whatever its offsets say")
{
    for (char const* name : {"DICOMDIR", "DICOMDIR-reordered", "DICOMDIR-implicit", "DICOMDIR-bigEnd"}) {
        auto const path = test::sharedData(std::string("dicomdir/") + name);
        if (!path)
            return;
        CAPTURE(name);
        auto const files = readDicomdir(*path);
        REQUIRE(files);
        CHECK(files->size() > 3);
        for (auto const& file : *files)
            CHECK(std::filesystem::is_regular_file(file));
    }
}

TEST_CASE("a DICOMDIR whose lengths lie is named and never parsed; the files beside it are found")
{
    auto const path = test::sharedData("dicomdir/DICOMDIR-nooffset");
    if (!path)
        return;
    CHECK_FALSE(readDicomdir(*path));
    auto const found = findFiles({*path});
    CHECK(found.files.size() > 3);
    REQUIRE(found.problems.size() == 1);
    CHECK(sentence(found.problems[0]).contains("光盘目录已损坏，已直接读取旁边的文件"));
}

TEST_CASE("a file that is no DICOMDIR is refused with its name")
{
    test::TemporaryFolder const folder;
    std::ofstream(folder / "DICOMDIR") << "this is not DICOM";
    auto const files = readDicomdir(folder / "DICOMDIR");
    REQUIRE_FALSE(files);
    CHECK(files.error().message.find("DICOMDIR") != std::string::npos);
}

TEST_CASE("a password never travels in the clear to another machine")
{
    CHECK(GatewayClient::checkAddress("http://127.0.0.1:8043"));
    CHECK(GatewayClient::checkAddress("http://localhost:8043"));
    CHECK(GatewayClient::checkAddress("https://hub.example:8043"));
    CHECK(GatewayClient::checkAddress("hub.example:8043")->scheme() == "https");
    auto const clear = GatewayClient::checkAddress("http://hub.example:8043");
    REQUIRE_FALSE(clear);
    CHECK(clear.error().code == ErrorCode::Refused);
    for (char const* wrong : {"", "ftp://x", "http://", "::"})
        CHECK_FALSE(GatewayClient::checkAddress(wrong));
}
