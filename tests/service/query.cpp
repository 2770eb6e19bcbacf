// From an identifier to a question: levels, kinds of matching, keys that we don't know.
#include "gateway/service/query.h"

#include "common/dicom/sop_class.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::gateway;

namespace {

dicom::DecodedIdentifier identifier(std::string const& level, dicom::Tag tag = {0x0010, 0x0020},
                                    std::string const& vr = "LO", std::string const& value = "")
{
    dicom::DecodedIdentifier result;
    if (!level.empty())
        result.elements[{0x0008, 0x0052}] = {"CS", level};
    result.elements[tag] = {vr, value};
    return result;
}

Match onlyMatch(dicom::DecodedIdentifier const& asked)
{
    auto const find = toFindQuery(asked, InformationModel::StudyRoot);
    REQUIRE(find);
    REQUIRE(find->query.matches.size() == 1);
    return find->query.matches.front();
}

} // namespace

TEST_CASE("the level has to be there, known, and in the model", "[service]")
{
    CHECK(levelOf(identifier("PATIENT"), InformationModel::PatientRoot) == Level::Patient);
    CHECK_FALSE(levelOf(identifier("PATIENT"), InformationModel::StudyRoot));
    CHECK(levelOf(identifier("IMAGE"), InformationModel::StudyRoot) == Level::Image);
    CHECK_FALSE(levelOf(identifier("study"), InformationModel::StudyRoot));
    CHECK_FALSE(levelOf(identifier(""), InformationModel::StudyRoot));
    CHECK(informationModelOf(dicom::Uid::ofKnown(dicom::sop::patientRootGet)) == InformationModel::PatientRoot);
    CHECK_FALSE(informationModelOf(dicom::Uid::ofKnown(dicom::sop::verification)));
}

TEST_CASE("the form of a key decides how it matches", "[service]")
{
    using Kind = Match::Kind;
    CHECK(onlyMatch(identifier("STUDY", {0x0010, 0x0020}, "LO", "P1")).kind == Kind::Value);
    CHECK(onlyMatch(identifier("STUDY", {0x0010, 0x0010}, "PN", "张*")).kind == Kind::Wildcard);
    auto const list = onlyMatch(identifier("STUDY", {0x0020, 0x000D}, "UI", "1.2\\1.3"));
    CHECK(list.kind == Kind::UidList);
    CHECK(list.values == std::vector<std::string>{"1.2", "1.3"});
    auto const range = onlyMatch(identifier("STUDY", {0x0008, 0x0020}, "DA", "20260101-20261231"));
    CHECK(range.kind == Kind::Range);
    CHECK(range.values == std::vector<std::string>{"20260101", "20261231"});
    CHECK(onlyMatch(identifier("STUDY", {0x0008, 0x0020}, "DA", "-20261231")).values ==
          std::vector<std::string>{"", "20261231"});
    CHECK(onlyMatch(identifier("STUDY", {0x0008, 0x0020}, "DA", "20261122")).kind == Kind::Value);
    CHECK(onlyMatch(identifier("STUDY", {0x0008, 0x0061}, "CS", "CT\\DX")).values.size() == 2);
}

TEST_CASE("a question has a bound: of keys, of their length, of stars in a row", "[service][R11]")
{
    auto const ask = [](dicom::DecodedIdentifier const& asked) {
        return toFindQuery(asked, InformationModel::StudyRoot);
    };
    CHECK(ask(identifier("STUDY", {0x0010, 0x0010}, "PN", std::string(1024, '?'))));
    CHECK_FALSE(ask(identifier("STUDY", {0x0010, 0x0010}, "PN", std::string(1025, '?'))));
    auto const bomb = onlyMatch(identifier("STUDY", {0x0010, 0x0010}, "PN", "a" + std::string(500, '*') + "?**b**"));
    CHECK(bomb.values == std::vector<std::string>{"a*?*b*"});
    std::string uids;
    for (int i = 0; i < 10'000; ++i)
        uids += "1.2." + std::to_string(i) + "\\";
    CHECK(onlyMatch(identifier("STUDY", {0x0020, 0x000D}, "UI", uids)).values.size() == 10'001);
    auto many = identifier("STUDY");
    for (std::uint16_t i = 0; many.elements.size() < 500; ++i)
        many.elements[{0x0011, i}] = {"LO", ""};
    CHECK(ask(many));
    many.elements[{0x0013, 1}] = {"LO", ""};
    CHECK_FALSE(ask(many));
}

TEST_CASE("universal keys are no condition, unknown keys with a value are owned up to", "[service]")
{
    auto const universal = toFindQuery(identifier("STUDY", {0x0010, 0x0010}, "PN", "*"), InformationModel::StudyRoot);
    REQUIRE(universal);
    CHECK(universal->query.matches.empty());
    CHECK_FALSE(universal->keysIgnored);
    auto const unknown = toFindQuery(identifier("STUDY", {0x0018, 0x9004}, "CS", "X"), InformationModel::StudyRoot);
    REQUIRE(unknown);
    CHECK(unknown->query.matches.empty());
    CHECK(unknown->keysIgnored);
    auto const below = toFindQuery(identifier("STUDY", {0x0020, 0x000E}, "UI", "1.2"), InformationModel::StudyRoot);
    REQUIRE(below);
    CHECK(below->keysIgnored); // a series' key says nothing at study level
}

TEST_CASE("a retrieve needs the unique key of its level, without wildcards", "[service]")
{
    auto const study =
        toRetrieveQuery(identifier("STUDY", {0x0020, 0x000D}, "UI", "1.2\\1.3"), InformationModel::StudyRoot);
    REQUIRE(study);
    CHECK(study->matches.front().values.size() == 2);
    CHECK_FALSE(toRetrieveQuery(identifier("STUDY", {0x0020, 0x000D}, "UI", ""), InformationModel::StudyRoot));
    CHECK_FALSE(toRetrieveQuery(identifier("STUDY", {0x0020, 0x000D}, "UI", "1.2*"), InformationModel::StudyRoot));
    CHECK_FALSE(toRetrieveQuery(identifier("IMAGE", {0x0020, 0x000D}, "UI", "1.2"), InformationModel::StudyRoot));
    CHECK(toRetrieveQuery(identifier("PATIENT", {0x0010, 0x0020}, "LO", "P1"), InformationModel::PatientRoot));
}
