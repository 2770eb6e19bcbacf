// Devices' habits (domain.md 4.5): what is written against the standard is taken, its bytes are walked to the end, and
// the object says what was wrong with it. One row a habit: the conformant object, changed in one place.
#include "common/dicom/data_set_scan.h"
#include "common/dicom/instance_header.h"
#include "common/dicom/sop_class.h"
#include "tests/dicom/data_set_bytes.h"

#include <bit>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <set>

using namespace qianli;
using namespace qianli::dicom;
using namespace qianli::test;
using namespace std::string_literals;

namespace {

struct Value {
    std::string vr, bytes; // as they are, without padding
};
using Attributes = std::map<Tag, Value>;

// A CT slice with nothing to complain about.
Attributes conformant()
{
    auto const us = [](char value) { return Value{"US", std::string{value, '\0'}}; };
    return {{tag::sopClassUid, {"UI", "1.2.840.10008.5.1.4.1.1.2\0"s}},
            {tag::sopInstanceUid, {"UI", "1.2.840.99.4\0\0"s.substr(0, 12)}},
            {tag::studyDate, {"DA", "20261126"}},
            {tag::studyTime, {"TM", "083000"}},
            {tag::accessionNumber, {"SH", ""}},
            {tag::modality, {"CS", "CT"}},
            {tag::manufacturer, {"LO", "ACME"}},
            {tag::referringPhysicianName, {"PN", ""}},
            {tag::patientName, {"PN", "Zhang^San "}},
            {tag::patientId, {"LO", "000123"}},
            {tag::patientBirthDate, {"DA", ""}},
            {tag::patientSex, {"CS", "M "}},
            {tag::patientAge, {"AS", "045Y"}},
            {tag::studyInstanceUid, {"UI", "1.2.840.99.1"}},
            {tag::seriesInstanceUid, {"UI", "1.2.840.99.2"}},
            {tag::studyId, {"SH", ""}},
            {tag::seriesNumber, {"IS", "1 "}},
            {tag::instanceNumber, {"IS", "12"}},
            {Tag{0x0028, 0x0002}, us(1)},
            {Tag{0x0028, 0x0004}, {"CS", "MONOCHROME2 "}},
            {tag::rows, us(4)},
            {tag::columns, us(4)},
            {Tag{0x0028, 0x0030}, {"DS", "0.48828125\\0.48828125 "}},
            {Tag{0x0028, 0x0100}, us(16)},
            {Tag{0x0028, 0x0101}, us(12)},
            {Tag{0x0028, 0x0102}, us(11)},
            {Tag{0x0028, 0x0103}, us(0)},
            {Tag{0x0029, 0x0010}, {"LO", "ACME 1.1"}},
            {Tag{0x0029, 0x1001}, {"LO", "private "}},
            {tag::pixelData, {"OW", std::string(32, '\1')}}};
}

std::string writeExplicit(Attributes const& attributes)
{
    DataSetBytes bytes;
    for (auto const& [tag, value] : attributes)
        bytes.element(tag, value.vr, value.bytes);
    return bytes.text();
}

std::string writeImplicit(Attributes const& attributes)
{
    DataSetBytes bytes;
    for (auto const& [tag, value] : attributes)
        bytes.implicitElement(tag, value.bytes);
    return bytes.text();
}

// In pieces of every awkward size: what is judged must not depend on how the network cut it.
Defects defectsOf(std::string const& bytes, char const* syntax = transfer::explicitLittle)
{
    std::set<Defects> seen;
    for (std::size_t const piece : {bytes.size(), std::size_t{1}, std::size_t{7}}) {
        DataSetScanner scanner(Uid::ofKnown(syntax), instanceHeaderTags());
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            auto const fed = scanner.feed(DataSetBytes::asBytes(std::string_view(bytes).substr(at, piece)));
            INFO((fed ? std::string() : fed.error().message));
            REQUIRE(fed);
        }
        auto const scanned = scanner.finish();
        INFO((scanned ? std::string() : scanned.error().message));
        REQUIRE(scanned);
        auto const header = toInstanceHeader(*scanned, Uid::ofKnown(syntax), "");
        INFO((header ? std::string() : header.error().message));
        REQUIRE(header);
        seen.insert(header->defects);
    }
    REQUIRE(seen.size() == 1);
    return *seen.begin();
}

std::string wordsOf(Defects defects)
{
    std::string words;
    for (DefectKind const& kind : defectKinds())
        if ((defects & kind.bit) != 0)
            words += std::string(kind.code) + " ";
    return words;
}

struct Habit {
    char const* what;
    std::string expected; // codes, each with a space behind it
    std::function<void(Attributes&)> change;
};

void set(Attributes& attributes, Tag tag, std::string bytes)
{
    attributes.at(tag).bytes = std::move(bytes);
}

std::vector<Habit> const habits{
    {"nothing", "", [](Attributes&) {}},
    {"a UID of 65 bytes", "uid-too-long ",
     [](Attributes& a) { set(a, tag::studyInstanceUid, "1.2." + std::string(61, '7') + "\0"s); }},
    {"a UID of 128 bytes", "uid-too-long ",
     [](Attributes& a) { set(a, tag::seriesInstanceUid, "1." + std::string(126, '7')); }},
    {"a component with a leading zero", "uid-leading-zero ",
     [](Attributes& a) { set(a, tag::studyInstanceUid, "1.2.0840.9.1"); }},
    {"two dots side by side", "uid-leading-zero ",
     [](Attributes& a) { set(a, tag::studyInstanceUid, "1.2..840.9.1"); }},
    {"a component that is 0 is right", "", [](Attributes& a) { set(a, tag::studyInstanceUid, "1.2.0.840.91"); }},
    {"a UID filled up with a space", "uid-padding ",
     [](Attributes& a) { set(a, tag::sopInstanceUid, "1.2.840.99.44 "); }},
    {"letters in a UID", "uid-characters ", [](Attributes& a) { set(a, tag::sopInstanceUid, "1.2.840.DR.4"); }},
    {"no modality", "required-missing ", [](Attributes& a) { a.erase(tag::modality); }},
    {"an empty modality", "required-missing ", [](Attributes& a) { set(a, tag::modality, ""); }},
    {"no rows", "required-missing ", [](Attributes& a) { a.erase(tag::rows); }},
    {"no High Bit", "required-missing ",
     [](Attributes& a) {
         a.erase(Tag{0x0028, 0x0102});
     }},
    {"an image without pixels", "required-missing ", [](Attributes& a) { a.erase(tag::pixelData); }},
    {"a report has no rows and needs none", "",
     [](Attributes& a) {
         set(a, tag::sopClassUid, "1.2.840.10008.5.1.4.1.1.88.11\0"s);
         set(a, tag::modality, "SR");
         for (std::uint16_t const element : {0x02, 0x04, 0x10, 0x11, 0x30, 0x100, 0x101, 0x102, 0x103})
             a.erase(Tag{0x0028, element});
         a.erase(tag::pixelData);
     }},
    {"no Patient ID at all", "type2-missing ", [](Attributes& a) { a.erase(tag::patientId); }},
    {"an empty Patient ID is right", "", [](Attributes& a) { set(a, tag::patientId, ""); }},
    {"an un-padded value", "odd-length ", [](Attributes& a) { set(a, tag::patientName, "Zhang^San"); }},
    {"a DS of 17 bytes", "value-too-long ",
     [](Attributes& a) {
         set(a, Tag{0x0028, 0x0030}, "0.488281250000001\\0.48828125");
     }},
    {"a long list of short values is right", "",
     [](Attributes& a) {
         set(a, Tag{0x0028, 0x0030}, "0.48828125\\0.48828125\\0.4882812\\1 ");
     }},
    {"a study ID of 20 characters", "value-too-long ",
     [](Attributes& a) { set(a, tag::studyId, std::string(20, 'X')); }},
    {"a date with dashes", "value-too-long value-format ", [](Attributes& a) { set(a, tag::studyDate, "2026-11-26"); }},
    {"month 13", "value-format ", [](Attributes& a) { set(a, tag::studyDate, "20261326"); }},
    {"a time with colons", "value-format ", [](Attributes& a) { set(a, tag::studyTime, "08:30:00"); }},
    {"a fraction of a second is right", "", [](Attributes& a) { set(a, tag::studyTime, "083000.123456 "); }},
    {"an age without unit", "value-format ", [](Attributes& a) { set(a, tag::patientAge, "45"); }},
    {"male in full", "value-format ", [](Attributes& a) { set(a, tag::patientSex, "MALE"); }},
    {"a VR that does not exist", "unknown-vr ",
     [](Attributes& a) {
         a[Tag{0x0018, 0x9999}] = {"XX", "abcd"};
     }},
    {"a private block without creator", "private-creator ",
     [](Attributes& a) {
         a.erase(Tag{0x0029, 0x0010});
     }},
};

} // namespace

TEST_CASE("each habit of devices is flagged as what it is, and nothing else", "[defects]")
{
    for (Habit const& habit : habits) {
        INFO(habit.what);
        Attributes attributes = conformant();
        habit.change(attributes);
        CHECK(wordsOf(defectsOf(writeExplicit(attributes))) == habit.expected);
    }
}

TEST_CASE("the attributes that the index reads are judged in implicit VR, too", "[defects]")
{
    std::set<std::string> const needsVr{"a DS of 17 bytes", "a VR that does not exist"};
    for (Habit const& habit : habits) {
        if (needsVr.contains(habit.what))
            continue;
        INFO(habit.what);
        Attributes attributes = conformant();
        habit.change(attributes);
        auto expected = habit.expected;
        if (expected == "value-too-long value-format ") // of a date only its format is looked at
            expected = "value-format ";
        CHECK(wordsOf(defectsOf(writeImplicit(attributes), transfer::implicitLittle)) == expected);
    }
}

TEST_CASE("a group length is compared with the group", "[defects]")
{
    auto const withLength = [](std::string const& length) {
        Attributes attributes = conformant();
        attributes[Tag{0x0010, 0x0000}] = {"UL", length};
        return wordsOf(defectsOf(writeExplicit(attributes)));
    };
    Attributes group;
    for (auto const& [tag, value] : conformant())
        if (tag.group == 0x0010)
            group[tag] = value;
    auto const right = static_cast<char>(writeExplicit(group).size());
    CHECK(withLength({right, 0, 0, 0}) == "");
    CHECK(withLength({static_cast<char>(right - 2), 0, 0, 0}) == "group-length ");
    CHECK(withLength({right, 0}) == "group-length ");
    // The last group has no other behind it.
    Attributes last = conformant();
    last[Tag{0x7FE0, 0x0000}] = {"UL", {44, 0, 0, 0}};
    CHECK(wordsOf(defectsOf(writeExplicit(last))) == "");
    last[Tag{0x7FE0, 0x0000}] = {"UL", {40, 0, 0, 0}};
    CHECK(wordsOf(defectsOf(writeExplicit(last))) == "group-length ");
}

TEST_CASE("order, zeros at the end and private sequences without VRs are flagged", "[defects]")
{
    auto const right = writeExplicit(conformant());
    CHECK(wordsOf(defectsOf(right + std::string(9, '\0'))) == "trailing-bytes ");
    CHECK(wordsOf(defectsOf(right + std::string(1, '\0'))) == "trailing-bytes ");

    DataSetBytes swapped;
    swapped.element(Tag{0x0029, 0x0010}, "LO", "ACME");
    swapped.element(Tag{0x0008, 0x0090}, "PN", "");
    auto attributes = conformant();
    attributes.erase(tag::referringPhysicianName);
    CHECK(wordsOf(defectsOf(swapped.text() + writeExplicit(attributes))) == "tag-order ");

    // A private sequence whose items are written without VRs.
    DataSetBytes inner;
    inner.elementWithLength(Tag{0x7FE3, 0x1001}, "SQ", undefinedLength);
    inner.item();
    inner.implicitElement(Tag{0x0008, 0x0060}, "CT");
    inner.itemEnd();
    inner.sequenceEnd();
    DataSetBytes creator;
    creator.element(Tag{0x7FE3, 0x0010}, "LO", "ACME");
    CHECK(wordsOf(defectsOf(right + creator.text() + inner.text())) == "ambiguous ");
    // One that is written as PS3.5 says is no defect.
    DataSetBytes proper;
    proper.elementWithLength(Tag{0x7FE3, 0x1001}, "SQ", undefinedLength);
    proper.item();
    proper.element(Tag{0x0008, 0x0060}, "CS", "CT");
    proper.itemEnd();
    proper.sequenceEnd();
    CHECK(wordsOf(defectsOf(right + creator.text() + proper.text())) == "");
}

TEST_CASE("every kind of defect has its own bit, code and words in two languages", "[defects]")
{
    Defects all = 0;
    std::set<std::string_view> codes;
    for (DefectKind const& kind : defectKinds()) {
        CHECK(std::has_single_bit(kind.bit));
        CHECK((all & kind.bit) == 0);
        all |= kind.bit;
        codes.insert(kind.code);
        CHECK_FALSE(kind.english.empty());
        CHECK_FALSE(kind.chinese.empty());
    }
    CHECK(codes.size() == defectKinds().size());
}
