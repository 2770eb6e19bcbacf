// Real series: each slice at its place, whatever its file is called.
#include "common/base/file.h"
#include "common/base/text.h"
#include "tests/support/support.h"
#include "viewer/model/geometry_text.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

using namespace qianli;
using namespace qianli::viewer;

namespace {

// Files in no order.
std::vector<std::filesystem::path> filesOf(std::filesystem::path const& folder)
{
    std::vector<std::filesystem::path> files;
    for (auto const& file : std::filesystem::directory_iterator(folder))
        files.push_back(file.path());
    std::sort(files.begin(), files.end(), [](auto const& a, auto const& b) {
        return std::hash<std::string>()(a.filename()) < std::hash<std::string>()(b.filename());
    });
    return files;
}

Stack onlyStack(std::vector<std::filesystem::path> const& files)
{
    std::vector<std::shared_ptr<ImageAttributes const>> objects;
    for (auto const& file : files) {
        auto image = loadImageAttributes(file);
        REQUIRE(image);
        objects.push_back(*image);
    }
    auto studies = arrange(objects);
    REQUIRE(studies.size() == 1);
    REQUIRE(studies[0].series.size() == 1);
    REQUIRE(studies[0].series[0].stacks.size() == 1);
    measureStacks(studies);
    return studies[0].series[0].stacks[0];
}

// Image Position (Patient) of each file of a folder, as other readers found it.
std::map<std::string, std::vector<double>> positionsOf(std::filesystem::path const& manifest, std::string const& folder)
{
    auto const read = readFile(manifest, 16 << 20);
    REQUIRE(read);
    std::map<std::string, std::vector<double>> positions;
    for (auto const& line : text::split(*read, '\n')) {
        auto const at = line.find("ipp [");
        if (!line.starts_with(folder + "/") || at == std::string::npos)
            continue;
        auto const end = line.find(']', at);
        std::vector<double> numbers;
        for (auto const& part : text::split(line.substr(at + 5, end - at - 5), ','))
            numbers.push_back(std::stod(part));
        positions[std::filesystem::path(line.substr(0, line.find('\t'))).filename()] = numbers;
    }
    return positions;
}

struct RealSeries {
    char const* folder;
    std::size_t slices;
    double spacing, tilt;
    bool uneven;
};

constexpr RealSeries series[] = {{"ct/ge-head-64px-93", 93, 1.5, 0, false},
                                 {"ct/philips-tilt-58", 58, 2.397, 16.5, false},
                                 {"ct/ge-tilt-28", 28, 4.002, 18.5, true},
                                 {"ct/siemens-abdomen-49", 49, 0.8, 0, false}};

} // namespace

TEST_CASE("user-pains A6: real series lie in the order of their places, not of their names", "[series][shared]")
{
    auto const manifest = test::sharedData("MANIFEST.tsv");
    for (auto const& one : series) {
        auto const folder = test::sharedData(one.folder);
        if (!folder || !manifest)
            return;
        INFO(one.folder);
        auto const stack = onlyStack(filesOf(*folder));
        auto const positions = positionsOf(*manifest, one.folder);
        CHECK(stack.kind == StackKind::Slices);
        REQUIRE(stack.entries.size() == one.slices);
        REQUIRE(stack.geometry);
        CHECK(stack.geometry->isVolume());
        CHECK(stack.geometry->spacing == Approx(one.spacing).margin(0.001));
        CHECK(stack.geometry->tiltDegrees == Approx(one.tilt).margin(0.05));
        CHECK(stack.geometry->tiltDeclared == (one.tilt != 0));
        CHECK(stack.geometry->uneven == one.uneven);
        CHECK(stack.geometry->gaps.empty());
        // All of them run along the patient: z alone gives the order.
        std::vector<double> along;
        for (auto const& entry : stack.entries) {
            auto const known = positions.find(entry.image->file.filename());
            REQUIRE(known != positions.end());
            CHECK(entry.attributes().plane->position.z == Approx(known->second.at(2)));
            along.push_back(known->second.at(2));
        }
        CHECK((std::is_sorted(along.begin(), along.end()) || std::is_sorted(along.rbegin(), along.rend())));
    }
}

TEST_CASE("A slice left out of a real series is told; one that came twice is not", "[series][shared]")
{
    auto const folder = test::sharedData("ct/philips-tilt-58");
    if (!folder)
        return;
    auto const whole = onlyStack(filesOf(*folder));
    std::vector<std::filesystem::path> files;
    for (auto const& entry : whole.entries)
        files.push_back(entry.image->file);
    files.erase(files.begin() + 20);
    files.push_back(files.front());
    auto const stack = onlyStack(files);
    REQUIRE(stack.entries.size() == 57);
    REQUIRE(stack.geometry->gaps.size() == 1);
    CHECK(stack.geometry->gaps[0].after == 19);
    CHECK(stack.geometry->gaps[0].missing() == 1);
    auto const lines = geometryLines(*stack.geometry, Language::Chinese);
    CHECK(std::find(lines.begin(), lines.end(), "机架倾斜 16.5°") != lines.end());
    CHECK(std::find(lines.begin(), lines.end(), "缺层：20–21 之间") != lines.end());
    CHECK(geometryWarning(*stack.geometry, Language::Chinese).find("约缺 1 层：第 20–21 层之间") != std::string::npos);
    CHECK(geometryWarning(*whole.geometry, Language::Chinese).empty());
}

TEST_CASE("Frames of a real enhanced CT lie in the order of their places, the way their stack counts",
          "[series][shared]")
{
    for (auto const* name :
         {"ct/single/eCT_Supplemental.dcm", "compressed/CT0012.fragmented_no_bot_jpeg_baseline.51.dcm"}) {
        auto const file = test::sharedData(name);
        if (!file)
            return;
        auto const stack = onlyStack({*file});
        INFO(name);
        CHECK(stack.kind == StackKind::Slices);
        REQUIRE(stack.entries.size() == 2);
        CHECK(stack.entries[0].frame == 1); // In-Stack Position Number 1 is the second frame
        CHECK(stack.entries[0].attributes().plane->position.z == Approx(-149));
        CHECK(stack.entries[1].attributes().plane->position.z == Approx(-159));
        REQUIRE(stack.geometry);
        CHECK(stack.geometry->spacing == Approx(10));
        CHECK_FALSE(stack.geometry->isVolume()); // of two slices none is made
    }
}
