// From an identifier to a question: levels, kinds of matching, keys that we don't know.
#include "gateway/service/query.h"

#include "common/dicom/sop_class.h"
#include "gateway/service/dimse_status.h"

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

TEST_CASE("a retrieve that names everything by an empty value or an asterisk is refused with the key's name",
          "[service][R11]")
{
    auto const refusal = [](dicom::DecodedIdentifier const& asked) {
        auto const query = toRetrieveQuery(asked, InformationModel::PatientRoot);
        return query ? std::string() : toDimseStatus(query.error(), model::Service::Get).comment;
    };
    constexpr dicom::Tag patient{0x0010, 0x0020}, study{0x0020, 0x000D}, series{0x0020, 0x000E}, object{0x0008, 0x0018};
    for (auto const* const value : {"\\", "\\\\", "1.2\\", "\\1.2", "1.2\\\\1.3", "1.2\\ "}) {
        CAPTURE(value);
        CHECK(refusal(identifier("STUDY", study, "UI", value)).starts_with("(0020,000D)"));
        CHECK(refusal(identifier("SERIES", series, "UI", value)).starts_with("(0020,000E)"));
        CHECK(refusal(identifier("IMAGE", object, "UI", value)).starts_with("(0008,0018)"));
        auto above = identifier("IMAGE", object, "UI", "1.2.3");
        above.elements[study] = {"UI", value};
        CHECK(refusal(above).starts_with("(0020,000D)"));
    }
    for (auto const* const value : {"*", "**", " ", "* "}) {
        CAPTURE(value);
        CHECK(refusal(identifier("PATIENT", patient, "LO", value)).starts_with("(0010,0020)"));
        auto below = identifier("STUDY", study, "UI", "1.2");
        below.elements[patient] = {"LO", value};
        CHECK(refusal(below).starts_with("(0010,0020)"));
    }
    CHECK(refusal(identifier("PATIENT", patient, "LO", "P?1*")).empty()); // lost characters are a part of the ID
    auto const error = toRetrieveQuery(identifier("STUDY", study, "UI", "\\"), InformationModel::StudyRoot).error();
    CHECK(toDimseStatus(error, model::Service::Move).code == status::dataSetMismatch);
}

TEST_CASE("a list of UIDs has a bound, in questions and in retrieves", "[service][R11]")
{
    auto const listOf = [](int count) {
        std::string uids = "1.2";
        for (int i = 1; i < count; ++i)
            uids += "\\1.2." + std::to_string(i);
        return identifier("IMAGE", {0x0008, 0x0018}, "UI", uids);
    };
    auto const taken = toRetrieveQuery(listOf(10'000), InformationModel::StudyRoot);
    REQUIRE(taken);
    CHECK(taken->matches.front().values.size() == 10'000);
    auto const many = listOf(20'001);
    CHECK_FALSE(toFindQuery(many, InformationModel::StudyRoot));
    auto const refused = toRetrieveQuery(many, InformationModel::StudyRoot);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::InvalidInput);
}
