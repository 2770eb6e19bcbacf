// Fifty township hospitals whose consoles all count their patients from 1: who is taken for whom?
//
// Three figures: studies of two people in one patient (silent merges), patients of two people taken for one person
// (false links), and patients of one person, seen at several sites with a sound national ID, that were found to be one
// (true links).
#include "gateway/identity/conflicts.h"
#include "gateway/identity/persons.h"
#include "gateway/workflow/workflow_database.h"
#include "tests/identity/population.h"
#include "tests/support/support.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <set>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

using Citizens = std::set<std::size_t>;

struct Counts {
    std::size_t studies = 0, patients = 0, silentMerges = 0, falseLinks = 0, links = 0, trueLinks = 0, expected = 0;
};

Counts count(Population const& population, StudyIndex const& index, sqlite::Database& decisions)
{
    Counts counts;
    counts.studies = population.visits.size();
    // Of each patient row, whose studies are in it.
    std::map<model::PatientKey, Citizens> owners;
    std::map<std::size_t, std::set<model::PatientKey>> sound; // by citizen
    auto const studies = index.studiesChangedSince(0, 0);     // in the order of arrival
    REQUIRE(studies);
    REQUIRE(studies->size() == population.visits.size());
    for (std::size_t i = 0; i < population.visits.size(); ++i) {
        Visit const& visit = population.visits[i];
        owners[(*studies)[i].patient].insert(visit.citizen);
        if (visit.isSound)
            sound[visit.citizen].insert((*studies)[i].patient);
    }
    counts.patients = owners.size();
    for (auto const& [patient, citizens] : owners)
        counts.silentMerges += citizens.size() > 1 ? 1 : 0;

    Persons const persons(index, Decisions(decisions));
    std::map<model::PatientKey, std::set<model::PatientKey>> groups;
    for (auto const& [patient, citizens] : owners) {
        auto const group = persons.sameAs(patient);
        if (!group)
            FAIL(group.error().message);
        for (PatientRecord const& one : *group) {
            groups[patient].insert(one.key);
            counts.links += one.key != patient ? 1 : 0;
            counts.falseLinks += owners.at(one.key) != citizens ? 1 : 0;
        }
    }
    for (auto const& [citizen, patients] : sound)
        for (auto first = patients.begin(); first != patients.end(); ++first)
            for (auto second = std::next(first); second != patients.end(); ++second) {
                ++counts.expected;
                counts.trueLinks += groups[*first].contains(*second) && groups[*second].contains(*first) ? 1 : 0;
            }
    return counts;
}

} // namespace

SCENARIO("fifty sites with colliding Patient IDs: nobody is taken for somebody else", "[identity]")
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    constexpr int patients = 200; // tens of times slower
#else
    constexpr int patients = 2000;
#endif
    Population const population = makePopulation(50, patients, 4);
    TemporaryFolder folder;
    auto index = StudyIndex::open(folder / "index.db");
    REQUIRE(index);
    constexpr std::size_t group = 2000;
    for (std::size_t first = 0; first < population.objects.size(); first += group)
        REQUIRE((*index)->apply(
            std::span(population.objects).subspan(first, std::min(group, population.objects.size() - first))));
    auto workflow = WorkflowDatabase::open(folder / "workflow.db");
    REQUIRE(workflow);
    auto const counts =
        (*workflow)->read([&](sqlite::Database& database) { return count(population, **index, database); });

    fmt::print(
        "figure: identity: 50 sites x {} colliding Patient IDs, {} studies of {} people, {} patients kept apart\n",
        patients, counts.studies, population.citizens.size(), counts.patients);
    fmt::print("figure: identity: silent merges {}, false links {} of {}, true links {} of {} ({:.2f} %)\n",
               counts.silentMerges, counts.falseLinks, counts.links, counts.trueLinks, counts.expected,
               100.0 * static_cast<double>(counts.trueLinks) / static_cast<double>(counts.expected));
    CHECK(counts.silentMerges == 0);
    CHECK(counts.falseLinks == 0);
    CHECK(counts.expected > static_cast<std::size_t>(patients) * 2);
    CHECK(static_cast<double>(counts.trueLinks) >= 0.99 * static_cast<double>(counts.expected));
}

TEST_CASE("an ID that a console sends for everybody is one conflict, not thousands of pairs", "[identity]")
{
    TemporaryFolder folder;
    auto index = StudyIndex::open(folder / "index.db");
    REQUIRE(index);
    std::vector<IndexedObject> objects;
    for (int i = 1; i <= 60; ++i) {
        IndexedObject object;
        object.receipt.sequence = static_cast<std::uint64_t>(i);
        object.receipt.site = {"puzi"};
        object.header.patientId = "000000";
        object.header.patientName = fmt::format("Person^Number{}", std::string(static_cast<std::size_t>(i), 'a'));
        object.header.patientBirthDate = fmt::format("19{:02}0101", i);
        object.header.studyUid = object.receipt.study = dicom::Uid::ofKnown(fmt::format("1.2.{}", i));
        object.header.seriesUid = object.receipt.series = dicom::Uid::ofKnown(fmt::format("1.2.{}.1", i));
        object.header.sopInstanceUid = object.receipt.sopInstance = dicom::Uid::ofKnown(fmt::format("1.2.{}.1.1", i));
        object.receipt.sopClass = object.receipt.transferSyntax = dicom::Uid::ofKnown("1.2");
        objects.push_back(object);
    }
    REQUIRE((*index)->apply(objects));
    auto workflow = WorkflowDatabase::open(folder / "workflow.db");
    REQUIRE(workflow);
    auto const found =
        (*workflow)->read([&](sqlite::Database& database) { return conflictsOf(**index, Decisions(database)); });
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    CHECK(found->front().kind == Conflict::Kind::PatientId);
    CHECK(found->front().reason.find("60 persons") != std::string::npos);
    CHECK(found->front().reason.find("none are compared") != std::string::npos);
    CHECK(found->front().patients.size() == 50);
}
