// `qianli-viewer render` and `qianli-viewer pixels` as a script would use them.
#include "tests/support/support.h"
#include "tests/viewer_model/sample_image.h"

#include <QImage>
#include <catch2/catch.hpp>

using namespace qianli;

namespace {

test::ProgramResult runViewer(std::vector<std::string> words)
{
    words.insert(words.begin(), (test::programFolder() / "qianli-viewer").string());
    return test::run(words);
}

} // namespace

TEST_CASE("A file becomes a picture of its own size", "[command]")
{
    test::TemporaryFolder const folder;
    test::writeImageFile(folder / "in.dcm");
    auto const done =
        runViewer({"render", "--input", folder / "in.dcm", "--output", folder / "out.png", "--window", "128/256"});
    INFO(done.errors);
    REQUIRE(done.exitCode == 0);
    QImage const image(QString::fromStdString(folder / "out.png"));
    REQUIRE(image.size() == QSize(2, 2));
    CHECK(qRed(image.pixel(0, 0)) == 10);
    CHECK(qRed(image.pixel(1, 1)) == 40);
}

TEST_CASE("pixels writes the stored values", "[command]")
{
    test::TemporaryFolder const folder;
    test::writeImageFile(folder / "in.dcm");
    auto const all = runViewer({"pixels", "--input", folder / "in.dcm"});
    CHECK(all.exitCode == 0);
    CHECK(all.output == "\x0A\x14\x1E\x28");
    CHECK(runViewer({"pixels", "--input", folder / "in.dcm", "--frame", "1"}).output == all.output);
    auto const beyond = runViewer({"pixels", "--input", folder / "in.dcm", "--frame", "2"});
    CHECK(beyond.exitCode == 1);
    CHECK(beyond.errors.find("no frame 2") != std::string::npos);
}

TEST_CASE("What can't be drawn is refused with one sentence", "[command]")
{
    test::TemporaryFolder const folder;
    test::writeImageFile(folder / "in.dcm");
    auto const in = folder / "in.dcm";
    auto const out = folder / "out.png";
    auto const refusedBy = [&](std::vector<std::string> const& extra, int code, std::string const& words) {
        std::vector<std::string> all{"render", "--input", in, "--output", out};
        all.insert(all.end(), extra.begin(), extra.end());
        auto const result = runViewer(all);
        INFO(result.errors);
        CHECK(result.exitCode == code);
        CHECK(result.errors.find(words) != std::string::npos);
        CHECK_FALSE(std::filesystem::exists(out));
    };
    refusedBy({"--layout", "mip"}, 1, "no volume");
    refusedBy({"--layout", "volume"}, 1, "no volume");
    refusedBy({"--layout", "hologram"}, 2, "no layout \"hologram\"");
    refusedBy({"--layout", "mpr"}, 1, "no volume");
    refusedBy({"--window", "file"}, 1, "no window");
    refusedBy({"--window", "40"}, 2, "--window");
    refusedBy({"--size", "0x10"}, 2, "--size");
    refusedBy({"--slice", "9"}, 1, "holds 1");
    refusedBy({"--slice", "0"}, 2, "--slice");
}

TEST_CASE("Corners are painted into the picture", "[command]")
{
    test::TemporaryFolder const folder;
    test::writeImageFile(folder / "in.dcm", [](DcmDataset& d) {
        d.putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 192");
        d.putAndInsertString(DCM_PatientName, "Zhang^Bing=张^昞");
    });
    std::vector<std::string> words{"render", "--input", folder / "in.dcm", "--output", folder / "plain.png",
                                   "--size", "200x200"};
    REQUIRE(runViewer(words).exitCode == 0);
    words[4] = folder / "corners.png";
    words.insert(words.end(), {"--overlay", "corners"});
    REQUIRE(runViewer(words).exitCode == 0);
    CHECK(QImage(QString::fromStdString(folder / "plain.png")) !=
          QImage(QString::fromStdString(folder / "corners.png")));
}
