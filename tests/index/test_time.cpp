#include "gateway/index/study_index.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <map>

using namespace qianli;
using namespace qianli::gateway;
using namespace std::chrono_literals;

namespace {

dicom::Uid const study = dicom::Uid::ofKnown("1.2.3");

struct Sent {
    std::string time;       // of the device, UTC
    TimePoint receivedAt{}; // by our clock
    Origin origin = Origin::Site;
    std::string images = {}, acquisition = "1", imageType = "ORIGINAL\\PRIMARY\\AXIAL";
    std::string series = "1.2.3.1";
    std::string date = "20261126";
};

IndexedObject object(std::uint64_t sequence, Sent const& sent)
{
    IndexedObject made;
    made.receipt.sequence = sequence;
    made.receipt.site = {"puzi"};
    made.receipt.origin = sent.origin;
    made.receipt.receivedAt = sent.receivedAt;
    made.receipt.study = made.header.studyUid = study;
    made.receipt.series = made.header.seriesUid = dicom::Uid::ofKnown(sent.series);
    made.receipt.sopInstance = made.header.sopInstanceUid = dicom::Uid::ofKnown(fmt::format("1.2.3.1.{}", sequence));
    made.receipt.sopClass = made.header.sopClassUid = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2");
    made.receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.1");
    made.header.patientId = "P1";
    made.header.studyDate = "19700101";
    made.header.contentDate = sent.date;
    made.header.contentTime = sent.time;
    made.header.timezone = "+0000";
    made.header.imagesInAcquisition = sent.images;
    made.header.acquisitionNumber = sent.acquisition;
    made.header.imageType = sent.imageType;
    return made;
}

TimePoint const ten = *parseIso8601("2026-11-26T10:00:00Z");

// In groups of so many.
std::unique_ptr<StudyIndex> indexOf(std::filesystem::path const& file, std::vector<Sent> const& all, std::size_t group)
{
    auto index = StudyIndex::open(file);
    REQUIRE(index);
    std::vector<IndexedObject> objects;
    for (std::size_t i = 0; i < all.size(); ++i)
        objects.push_back(object(i + 1, all[i]));
    for (std::size_t i = 0; i < objects.size(); i += group)
        REQUIRE((*index)->apply(std::span(objects).subspan(i, std::min(group, objects.size() - i))));
    return std::move(*index);
}

} // namespace

TEST_CASE("a study's clock skew is that of the object whose clock was nearest, whatever the groups", "[index][time]")
{
    std::vector<Sent> const objects{
        {"095000", ten},                       // 10 minutes behind
        {"095900", ten + 1s},                  // 61 seconds less the second itself
        {"100500", ten + 2s, Origin::Station}, // what stations make does not count
        {"100000", ten + 3s, Origin::Import},  // nor what is imported
        {"101000", ten + 4s},                  // ahead, but further away
        {"", ten + 5s, Origin::Site, {}, "1", {}, "1.2.3.2", "00000000"},
    };
    for (std::size_t const group : {1u, 2u, 6u}) {
        test::TemporaryFolder folder;
        auto const index = indexOf(folder / "index.db", objects, group);
        auto const found = index->study({"puzi"}, study);
        REQUIRE(found);
        REQUIRE(*found);
        CHECK((*found)->clockSkew == 60s);
    }
    test::TemporaryFolder folder;
    auto const index = indexOf(folder / "index.db", {{"180000", ten}}, 1);
    CHECK((*index->study({"puzi"}, study))->clockSkew == -8h);
    // Also after everything in memory was forgotten.
    REQUIRE(index->release({"puzi"}, {}));
    auto const later = object(2, {"170000", ten});
    REQUIRE(index->apply({&later, 1}));
    CHECK((*index->study({"puzi"}, study))->clockSkew == -7h);
    auto const worse = object(3, {"190000", ten});
    REQUIRE(index->apply({&worse, 1}));
    CHECK((*index->study({"puzi"}, study))->clockSkew == -7h);
}

TEST_CASE("a study without a date that makes sense has no skew", "[index][time]")
{
    test::TemporaryFolder folder;
    auto const index = StudyIndex::open(folder / "index.db");
    auto one = object(1, {"100000", ten});
    one.header.contentDate = one.header.studyDate = "00000000";
    REQUIRE((*index)->apply({&one, 1}));
    CHECK_FALSE((*(*index)->study({"puzi"}, study))->clockSkew);
}

TEST_CASE("how many images a device said there are is kept for each acquisition", "[index][time]")
{
    test::TemporaryFolder folder;
    auto const index = indexOf(folder / "index.db",
                               {{"100000", ten, Origin::Site, "200", "1"},
                                {"100001", ten, Origin::Site, "200", "1"},
                                {"100002", ten, Origin::Site, "150", "2"},
                                {"100003", ten, Origin::Site, "151", "2"},
                                {"100004", ten, Origin::Site, "149", "2"},
                                {"100005", ten, Origin::Site, "2", "1", "ORIGINAL\\PRIMARY\\LOCALIZER", "1.2.3.2"},
                                {"100006", ten, Origin::Site, "many", "1", {}, "1.2.3.3"},
                                {"100007", ten, Origin::Site, "-1", "1", {}, "1.2.3.3"},
                                {"100008", ten, Origin::Site, "60", "", {}, "1.2.3.4"},
                                {"100009", ten, Origin::Station, "61", "", {}, "1.2.3.4"}},
                               3);
    std::map<std::string, int> told;
    auto const expected = index->expectedImages({"puzi"}, study);
    REQUIRE(expected);
    for (auto const& one : *expected)
        told[one.series + "/" + one.acquisition] = one.images;
    CHECK(told == std::map<std::string, int>{{"1.2.3.1/1", 200}, {"1.2.3.1/2", 151}, {"1.2.3.4/", 60}});
    CHECK(index->expectedImages({"longtan"}, study)->empty());
}
