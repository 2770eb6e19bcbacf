// What is kept of measurements: it comes back as it went, and what somebody else wrote does no harm.
#include "viewer/client/draft_journal.h"
#include "viewer/client/draft_marks.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <limits>

using namespace qianli;
using namespace qianli::viewer;
using nlohmann::json;

namespace {

Measurement ofKind(MeasurementKind kind)
{
    Measurement measurement;
    measurement.kind = kind;
    measurement.studyUid = "2.25." + std::string(59, '1');
    measurement.sopInstanceUid = "2.25.7";
    measurement.frame = 3;
    for (std::size_t index = 0; index < pointCount(kind); ++index)
        measurement.points.emplace_back(10.25 * static_cast<double>(index), 0.1 + static_cast<double>(index));
    if (kind == MeasurementKind::Calibration)
        measurement.knownMillimetres = 25.4;
    if (kind == MeasurementKind::Ellipse)
        measurement.label = QPointF(1.5, -20);
    return measurement;
}

json lengthJson()
{
    return {{"kind", "length"}, {"object", "2.25.7"}, {"frame", 0}, {"points", {{1, 2}, {3, 4}}}};
}

DraftMarks readMarks(json const& measurement)
{
    return draftMarksFromJson({{"measurements", {measurement, lengthJson()}}});
}

} // namespace

TEST_CASE("E21: every kind of measurement comes back as it went", "[measure][E21]")
{
    DraftMarks marks;
    for (auto const kind :
         {MeasurementKind::Length, MeasurementKind::Angle, MeasurementKind::Cobb, MeasurementKind::CardiothoracicRatio,
          MeasurementKind::Ellipse, MeasurementKind::Calibration})
        marks.measurements.push_back(ofKind(kind));
    marks.keyImages.push_back({"2.25.1", "2.25.2", "1.2.840.10008.5.1.4.1.1.2", "2.25.7", 4});
    auto const text = toJson(marks).dump();
    auto const again = draftMarksFromJson(json::parse(text));
    CHECK(again == marks);
    CHECK(again.measurements == marks.measurements);
}

TEST_CASE("E21: a journal of before there were measurements is still read", "[measure][E21]")
{
    JournalledDraft draft;
    draft.studyUid = "2.25.1";
    draft.marks.measurements.push_back(ofKind(MeasurementKind::Cobb));
    auto old = toJson(draft);
    REQUIRE(journalledDraftFromJson(old));
    CHECK(journalledDraftFromJson(old)->marks == draft.marks);
    old.erase("measurements");
    REQUIRE(journalledDraftFromJson(old));
    CHECK(journalledDraftFromJson(old)->marks.measurements.empty());
}

TEST_CASE("E21: a measurement of before its study was kept is still read, and lies on its object", "[measure][E21]")
{
    auto const marks = draftMarksFromJson({{"measurements", {lengthJson()}}});
    REQUIRE(marks.measurements.size() == 1);
    CHECK(marks.measurements.front().studyUid.empty());
    CHECK(draftMarksFromJson(toJson(marks)) == marks);
    auto const ofStudy = [](char const* study) {
        auto measurement = draftMarksFromJson({{"measurements", {lengthJson()}}}).measurements.front();
        measurement.studyUid = study;
        return measurement;
    };
    CHECK(haveSameObject(ofStudy(""), ofStudy("2.25.1")));
    CHECK(haveSameObject(ofStudy("2.25.1"), ofStudy("2.25.1")));
    CHECK_FALSE(haveSameObject(ofStudy("2.25.1"), ofStudy("2.25.2")));
}

TEST_CASE("E21: what was measured on an object whose UIDs break the standard's rule comes back", "[measure][E21]")
{
    DraftMarks marks;
    for (std::string const& uid : {"1.2." + std::string(61, '1'), std::string("1.2.840.x7"), std::string("1.02.3")}) {
        auto measurement = ofKind(MeasurementKind::Calibration);
        measurement.studyUid = uid;
        measurement.sopInstanceUid = uid + ".1";
        marks.measurements.push_back(measurement);
        marks.keyImages.push_back({uid, uid + ".2", "1.2.840.10008.5.1.4.1.1.2", uid + ".1", 0});
    }
    auto const again = draftMarksFromJson(json::parse(toJson(marks).dump()));
    CHECK(again.measurements.size() == 3);
    CHECK(again.keyImages.size() == 3);
    CHECK(again == marks);
}

TEST_CASE("broken or hostile marks cost themselves and nothing else", "[measure][E21]")
{
    for (json const& marks : {json(), json(3), json("x"), json::array({1, 2}), json{{"measurements", 7}},
                              json{{"measurements", {{"a", 1}}}}, json{{"keyImages", "all"}}})
        CHECK(draftMarksFromJson(marks).empty());
    auto const with = [](char const* name, json value) {
        auto measurement = lengthJson();
        measurement[name] = std::move(value);
        return measurement;
    };
    json deep = 1;
    for (int level = 0; level < 1000; ++level)
        deep = json::array({std::move(deep)});
    std::vector<json> const broken{json(),
                                   json(1),
                                   json::array(),
                                   json::object(),
                                   deep,
                                   with("kind", "volume"),
                                   with("kind", 1),
                                   with("kind", json()),
                                   with("object", ""),
                                   with("object", "2.25 7"),
                                   with("object", "2.25.7\\2.25.8"),
                                   with("object", std::string(10'000, '1')),
                                   with("object", 5),
                                   with("study", ""),
                                   with("study", 5),
                                   with("study", "2.25.1 "),
                                   with("object", std::string("2.25\0.7", 7)),
                                   with("frame", -1),
                                   with("frame", 1.5),
                                   with("frame", "0"),
                                   with("frame", 1e18),
                                   with("frame", std::numeric_limits<std::uint64_t>::max()),
                                   with("points", json()),
                                   with("points", {{1, 2}}),
                                   with("points", {{1, 2}, {3, 4}, {5, 6}}),
                                   with("points", {{1, 2}, {3}}),
                                   with("points", {{1, 2}, {3, "4"}}),
                                   with("points", {{1, 2}, {3, 1e300}}),
                                   with("points", {{1, 2}, {3, json()}}),
                                   with("points", std::vector<json>(100'000, json::array({1, 2}))),
                                   with("points", "1,2,3,4"),
                                   with("kind", "calibration")};
    for (json const& one : broken) {
        INFO(one.dump().substr(0, 200));
        auto const marks = readMarks(one);
        REQUIRE(marks.measurements.size() == 1);
        CHECK(marks.measurements.front().points[1] == QPointF(3, 4));
    }
    for (json const& length : {json(0), json(-3), json(1e9), json("10")}) {
        auto ruler = with("kind", "calibration");
        ruler["millimetres"] = length;
        CHECK(readMarks(ruler).measurements.size() == 1);
    }
    // A label that is nowhere is beside what it names.
    CHECK_FALSE(readMarks(with("label", {1, 1e30})).measurements.front().label);
    // No more than a case takes.
    CHECK(draftMarksFromJson({{"measurements", std::vector<json>(5'000, lengthJson())}}).measurements.size() ==
          mostMeasurements);
    CHECK(
        toJson(DraftMarks{{}, std::vector<Measurement>(mostMeasurements, ofKind(MeasurementKind::CardiothoracicRatio))})
            .dump()
            .size() < (256 << 10));
}
