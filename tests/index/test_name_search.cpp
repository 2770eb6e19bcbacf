// Patients are found as people type them (docs/decisions/0013), in a real index: 5,000 names from lists written by hand
// (tests/support/chinese_names), of which no reading comes from the product's tables.
#include "common/base/text.h"
#include "common/sqlite/database.h"
#include "gateway/index/name_search.h"
#include "gateway/index/study_index.h"
#include "tests/support/chinese_names.h"
#include "tests/support/support.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <map>
#include <set>

using namespace qianli;
using namespace qianli::gateway;
namespace tag = dicom::tag;

namespace {

Scope const everything{true, {}, true};

class Fixture {
public:
    Fixture()
    {
        auto opened = StudyIndex::open(folder / "index.db");
        if (!opened)
            FAIL(opened.error().message);
        index = std::move(*opened);
    }

    // A study of its own for each name.
    void add(std::string const& name, std::string const& patientId = "", std::string const& site = "puzi")
    {
        ++studies;
        addObject(std::to_string(studies), name, patientId.empty() ? fmt::format("P{}", studies) : patientId, site);
    }
    void addObject(std::string const& study, std::string const& name, std::string const& patientId,
                   std::string const& site = "puzi")
    {
        IndexedObject made;
        made.receipt.sequence = ++sequence;
        made.receipt.site = {site};
        made.receipt.study = made.header.studyUid = dicom::Uid::ofKnown("1.2." + study);
        made.receipt.series = made.header.seriesUid = dicom::Uid::ofKnown("1.2." + study + ".1");
        made.receipt.sopInstance = made.header.sopInstanceUid =
            dicom::Uid::ofKnown(fmt::format("1.2.{}.1.{}", study, sequence));
        made.receipt.sopClass = made.header.sopClassUid = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2");
        made.receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.1");
        made.receipt.receivedAt = TimePoint(std::chrono::seconds(1000 + sequence));
        made.receipt.location = {fmt::format("objects/{}", sequence), 300, 5000};
        made.header.modality = study.size() % 2 == 0 ? "CT" : "DX";
        made.header.studyDate = "20261126";
        made.header.patientName = name;
        made.header.patientId = patientId;
        group.push_back(made);
        if (group.size() == 500)
            apply();
    }
    void apply()
    {
        if (auto done = index->apply(group); !done)
            FAIL(done.error().message);
        group.clear();
    }

    std::vector<Answer> ask(Query const& query, Scope const& scope = everything) const
    {
        std::vector<Answer> answers;
        auto done = index->find(scope, query, [&](Answer const& answer) {
            answers.push_back(answer);
            return true;
        });
        if (!done)
            FAIL(done.error().message);
        return answers;
    }
    std::vector<std::string> search(std::string const& typed, std::size_t limit = 0, std::vector<Match> matches = {},
                                    Scope const& scope = everything) const
    {
        std::vector<std::string> found;
        for (Answer const& answer :
             ask({Level::Study, std::move(matches), limit, true, {typed, names::NameReach::Anywhere}}, scope))
            found.push_back(answer.values.at(tag::patientName));
        return found;
    }

    test::TemporaryFolder folder;
    std::unique_ptr<StudyIndex> index;
    std::vector<IndexedObject> group;
    std::uint64_t sequence = 0, studies = 0;
};

using Names = std::vector<std::string>;

// ---- What is a plausible way to type a name: decided without the product --------------------------------------------

struct Patient {
    test::MadeName name;
    std::string sent; // as the device wrote it
    bool inCharacters = true;
};

std::vector<std::string> spellings(std::string const& syllable)
{
    if (syllable.size() < 2 || syllable[1] != 'v')
        return {syllable};
    return {syllable, syllable.substr(0, 1) + "u" + syllable.substr(2),
            syllable.substr(0, 1) + "yu" + syllable.substr(2)};
}

// Syllable by syllable: in full, by its initial (zh, ch, sh as one or two letters), and the last one unfinished.
bool spells(std::string_view typed, std::vector<std::vector<std::string>> const& syllables, std::size_t place)
{
    if (typed.empty())
        return true;
    if (place == syllables.size())
        return false;
    for (std::string const& reading : syllables[place]) {
        std::set<std::string> forms{reading.substr(0, 1)};
        if (reading.size() > 1 && reading[1] == 'h')
            forms.insert(reading.substr(0, 2));
        for (std::string const& spelling : spellings(reading)) {
            forms.insert(spelling);
            if (spelling.starts_with(typed))
                return true;
        }
        for (std::string const& form : forms)
            if (typed.starts_with(form) && spells(typed.substr(form.size()), syllables, place + 1))
                return true;
    }
    return false;
}

bool isPlausible(std::string typed, Patient const& person)
{
    std::string const characters = person.name.characters();
    std::erase_if(typed, [](char c) { return c == ' ' || c == '^'; });
    if (static_cast<unsigned char>(typed[0]) >= 0x80)
        return person.inCharacters && (characters.starts_with(typed) ||
                                       characters.substr(person.name.surname.characters.size()).starts_with(typed));
    typed = text::toLowerAscii(typed);
    auto syllables = person.name.syllables();
    if (!person.inCharacters) // as it was sent, only that reading
        for (auto& one : syllables)
            one.resize(1);
    return spells(typed, syllables, 0) || spells(typed, syllables, person.name.surnameLength());
}

// How consoles and people write it.
Patient patientOf(std::mt19937_64& random)
{
    Patient person{test::makeName(random), {}, true};
    std::string const characters = person.name.characters(), letters = person.name.letters();
    std::string spaced = letters;
    std::ranges::replace(spaced, '^', ' ');
    std::string joined = letters;
    std::erase(joined, '^');
    switch (random() % 20) {
    case 0:
        person.sent = text::toUpperAscii(spaced);
        person.inCharacters = false;
        break;
    case 1:
        person.sent = joined;
        person.inCharacters = false;
        break;
    case 2:
        person.sent = letters + "^^^";
        person.inCharacters = false;
        break;
    case 3:
        person.sent = fmt::format("{} M {}", person.name.component("　"), 1 + random() % 90);
        break;
    case 4:
        person.sent = characters + "(急)";
        break;
    case 5:
        person.sent = characters + "2";
        break;
    case 6:
    case 7:
    case 8:
    case 9:
        person.sent = letters + "=" + person.name.component() + "=";
        break;
    case 10:
    case 11:
    case 12:
        person.sent = person.name.component();
        break;
    default:
        person.sent = characters;
    }
    return person;
}

// Each way to type this name, by kind.
std::vector<std::pair<std::string, std::string>> waysToType(Patient const& person, std::mt19937_64& random)
{
    auto const syllables = person.name.syllables();
    std::size_t const family = person.name.surnameLength();
    auto const drawn = [&](std::vector<std::string> const& readings) { return readings[random() % readings.size()]; };
    std::string full, given, initials, surname, familyThenInitials, initialThenFull;
    for (std::size_t i = 0; i < syllables.size(); ++i) {
        std::string const syllable = person.inCharacters ? drawn(syllables[i]) : syllables[i][0];
        auto const spelt = spellings(syllable);
        std::string const one = spelt[random() % spelt.size()];
        full += one;
        initials += one[0];
        familyThenInitials += i < family ? one : one.substr(0, 1);
        initialThenFull += i < family ? one.substr(0, 1) : one;
        (i < family ? surname : given) += one;
    }
    std::vector<std::pair<std::string, std::string>> ways = {
        {"pinyin", full},
        {"pinyin, capitals and space", text::toUpperAscii(surname) + " " + text::toUpperAscii(given)},
        {"pinyin with ^", surname + "^" + given},
        {"pinyin, unfinished", full.substr(0, full.size() - 1)},
        {"surname in pinyin", surname},
        {"initials", initials},
        {"mixed: zhangxd", familyThenInitials},
        {"mixed: zxiaodong", initialThenFull},
        {"given name in pinyin", given},
        {"given name, initials", initials.substr(family)},
    };
    if (person.inCharacters) {
        std::string const characters = person.name.characters();
        std::string const rest = characters.substr(person.name.surname.characters.size());
        ways.emplace_back("characters", characters);
        ways.emplace_back("characters, the first two", characters.substr(0, 6));
        ways.emplace_back("given name in characters", rest);
        ways.emplace_back("surname in characters", person.name.surname.characters);
    }
    return ways;
}

struct Tally {
    std::size_t asked = 0, right = 0, found = 0, shown = 0, shownRight = 0;
    double recall() const { return right == 0 ? 1 : static_cast<double>(found) / static_cast<double>(right); }
    double precision() const { return shown == 0 ? 1 : static_cast<double>(shownRight) / static_cast<double>(shown); }
};

} // namespace

TEST_CASE("of 5,000 names those are found that a query means", "[index][names]")
{
    std::mt19937_64 random(2026);
    std::vector<Patient> people;
    Fixture fixture;
    for (std::size_t i = 0; i < 5000; ++i) {
        people.push_back(patientOf(random));
        // The Patient ID says which person an answer is.
        fixture.add(people.back().sent, std::to_string(i));
    }
    fixture.apply();

    std::map<std::string, Tally> tallies;
    Tally all;
    for (std::size_t i = 0; i < people.size(); i += 25)
        for (auto const& [kind, typed] : waysToType(people[i], random)) {
            std::set<std::size_t> right;
            for (std::size_t other = 0; other < people.size(); ++other)
                if (isPlausible(typed, people[other]))
                    right.insert(other);
            REQUIRE(right.contains(i));
            auto const personIn = [](Answer const& answer) { return std::stoul(answer.values.at(tag::patientId)); };
            Tally here;
            here.asked = 1;
            here.right = right.size();
            for (Answer const& answer : fixture.ask({Level::Study, {}, 0, true, {typed, names::NameReach::Anywhere}}))
                here.found += right.contains(personIn(answer)) ? 1 : 0;
            for (Answer const& answer :
                 fixture.ask({Level::Study, {}, 20, true, {typed, names::NameReach::Anywhere}})) {
                ++here.shown;
                here.shownRight += right.contains(personIn(answer)) ? 1 : 0;
            }
            for (Tally* const tally : {&tallies[kind], &all}) {
                tally->asked += here.asked;
                tally->right += here.right;
                tally->found += here.found;
                tally->shown += here.shown;
                tally->shownRight += here.shownRight;
            }
        }
    fmt::print("figure: name search among {} names; right: a plausible way to type it, by lists written by hand\n",
               people.size());
    tallies["all"] = all;
    for (auto const& [kind, tally] : tallies)
        fmt::print("figure:   {:<28} {:5} queries, {:7.1f} right ones each, recall {:6.2f} %, precision@20 {:6.2f} %\n",
                   kind, tally.asked, static_cast<double>(tally.right) / static_cast<double>(tally.asked),
                   100 * tally.recall(), 100 * tally.precision());
    for (auto const& [kind, tally] : tallies) {
        CAPTURE(kind);
        CHECK(tally.recall() >= 0.99);
        CHECK(tally.precision() >= 0.95);
    }
}

TEST_CASE("the best answers come first, then the newest", "[index][names]")
{
    Fixture fixture;
    for (char const* const name : {"李张三", "张三丰", "张三", "张珊", "张素梅", "Zhang^San=张^三"})
        fixture.add(name);
    fixture.apply();
    CHECK(fixture.search("zhangsan") == Names{"Zhang^San=张^三", "张三", "张三丰", "李张三"});
    CHECK(fixture.search("张三") == Names{"Zhang^San=张^三", "张三", "张三丰", "李张三"});
    CHECK(fixture.search("zs", 3) == Names{"Zhang^San=张^三", "张珊", "张三"});
    CHECK(fixture.search("三丰") == Names{"张三丰"});
}

TEST_CASE("a search joins the other keys of a query", "[index][names]")
{
    Fixture fixture;
    fixture.add("张三", "1", "puzi");
    fixture.add("张三", "2", "sunjia");
    fixture.add("李四", "2", "puzi");
    fixture.apply();
    CHECK(fixture.search("zhangsan").size() == 2);
    CHECK(fixture.search("zhangsan", 0, {{Match::Kind::Value, tag::patientId, {"2"}}}).size() == 1);
    CHECK(fixture.search("zhangsan", 0, {}, {false, {{"sunjia"}}, true}).size() == 1);
    CHECK(fixture.search("zhangsan", 0, {}, {false, {{"elsewhere"}}, true}).empty());
    CHECK(fixture.search("lisi", 0, {{Match::Kind::Value, tag::studyDate, {"20261126"}}}).size() == 1);
    CHECK(fixture.search("lisi", 0, {{Match::Kind::Value, tag::studyDate, {"20261125"}}}).empty());
    // Nothing that could be looked for: the other keys alone.
    CHECK(fixture.search(" ^ ").size() == 3);
}

TEST_CASE("a broad search gives the newest without looking everybody up", "[index][names]")
{
    Fixture fixture;
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < 4500; ++i) {
        auto const& first = test::givenCharacters()[i % test::givenCharacters().size()].characters;
        auto const& second = test::givenCharacters()[i / 10 % test::givenCharacters().size()].characters;
        fixture.add("王" + first + second);
    }
    fixture.add("王");
    for (std::size_t i = 0; i < 100; ++i)
        fixture.add("李四");
    fixture.add("王五");
    fixture.apply();
    Names const found = fixture.search("wang", 10);
    REQUIRE(found.size() == 10);
    // The whole name, the newest of those that begin so, and nobody else.
    CHECK(found[0] == "王");
    CHECK(found[1] == "王五");
    CHECK(std::ranges::all_of(found, [](std::string const& name) { return name.starts_with("王"); }));
    CHECK(std::set(found.begin(), found.end()).size() == 10);
    CHECK(fixture.search("wang").size() == 4502);
    CHECK(fixture.search("wang", 4502).size() == 4502);
}

TEST_CASE("of a name that changed nothing stays behind", "[index][names]")
{
    auto const keysIn = [](Fixture const& fixture) {
        auto database = sqlite::Database::open(fixture.folder / "index.db", {sqlite::Access::ReadOnly});
        REQUIRE(database);
        auto read = database->prepare("SELECT key || '|' || text FROM name_key ORDER BY 1");
        REQUIRE(read);
        Names keys;
        while (read->step().value_or(false))
            keys.push_back(read->text(0));
        return keys;
    };
    Fixture changed, fresh;
    changed.addObject("1", "ZHANG SAN", "77");
    changed.addObject("2", "ZHANG SAN", "78");
    changed.addObject("3", "LI SI", "79");
    changed.apply();
    changed.addObject("1", "Zhang^San=张^三", "77");
    changed.addObject("3", "Li^Si=李^四", "79");
    changed.apply();
    fresh.addObject("1", "Zhang^San=张^三", "77");
    fresh.addObject("2", "ZHANG SAN", "78");
    fresh.addObject("3", "Li^Si=李^四", "79");
    fresh.apply();
    CHECK(keysIn(changed) == keysIn(fresh));
    CHECK(changed.search("lisi") == Names{"Li^Si=李^四"});
    CHECK(changed.search("李四").size() == 1);
    CHECK(changed.search("zs").size() == 2);
}

TEST_CASE("characters find what an English-only console sent, where another study of the patient tells them",
          "[index][names]")
{
    Fixture fixture;
    fixture.add("ZHANG SAN", "100");
    fixture.add("Zhang^San=张^三", "100");
    fixture.add("ZHANG SAN", "200");
    fixture.apply();
    CHECK(fixture.search("张三") == Names{"Zhang^San=张^三", "ZHANG SAN"});
    CHECK(fixture.search("zhangsan").size() == 3);
}

TEST_CASE("a caller with fuzzy_names gets both: what the standard's matching finds, and what was meant",
          "[index][names]")
{
    Fixture fixture;
    fixture.add("张三", "1");
    fixture.add("ZHANG SAN", "2");
    fixture.add("Zhang^San=张^三", "2");
    fixture.add("Zhangsan^Li", "3");
    fixture.add("赵四", "4");
    fixture.apply();
    auto const ask = [&](std::string const& key, Level level, bool fuzzy) {
        bool const wildcard = key.find_first_of("*?") != std::string::npos;
        Query query{
            level, {{wildcard ? Match::Kind::Wildcard : Match::Kind::Value, tag::patientName, {key}}}, 0, true, {}};
        if (auto const meant = searchMeantBy(key); fuzzy && meant)
            query.name = *meant;
        std::set<std::string> found;
        for (Answer const& answer : fixture.ask(query))
            found.insert(answer.values.at(tag::patientName));
        return found;
    };
    using Set = std::set<std::string>;
    CHECK(ask("zhang*", Level::Study, false) == Set{"ZHANG SAN", "Zhang^San=张^三", "Zhangsan^Li"});
    CHECK(ask("zhang*", Level::Study, true) == Set{"ZHANG SAN", "Zhang^San=张^三", "Zhangsan^Li", "张三"});
    CHECK(ask("zhangsan", Level::Study, false).empty());
    CHECK(ask("zhangsan", Level::Study, true) == Set{"ZHANG SAN", "Zhang^San=张^三", "张三"});
    CHECK(ask("zs", Level::Study, true) == Set{"ZHANG SAN", "Zhang^San=张^三", "赵四", "张三"});
    CHECK(ask("zs", Level::Series, true) == Set{"ZHANG SAN", "Zhang^San=张^三", "赵四", "张三"});
    CHECK(ask("张*", Level::Study, false) == Set{"张三", "Zhang^San=张^三"});
    CHECK(ask("张*", Level::Study, true) == Set{"张三", "Zhang^San=张^三", "ZHANG SAN"});
    CHECK(ask("zhaosi", Level::Patient, true) == Set{"赵四"});
    CHECK(ask("z?", Level::Study, true).empty());
    // Nothing stands behind the third group.
    CHECK(ask("===张三", Level::Study, false).empty());
    CHECK(ask("===张三", Level::Study, true).empty());
    CHECK(ask("=", Level::Study, false).size() == 5);
}

TEST_CASE("a key that means thousands of names is answered up to its limit, with both kinds", "[index][names]")
{
    Fixture fixture;
    fixture.add("Zorro^A", "0");
    // More names than are listed at once.
    for (int i = 0; i < 6000; ++i)
        fixture.add(fmt::format("张{}{}", text::fromCodePoints(std::u32string(1, U'\u4E00' + char32_t(i))),
                                text::fromCodePoints(std::u32string(1, U'\u4E00' + char32_t(i % 97)))),
                    std::to_string(i + 1));
    fixture.apply();
    Query query{Level::Study, {{Match::Kind::Wildcard, tag::patientName, {"z*"}}}, 7000, true, {}};
    query.name = *searchMeantBy("z*");
    std::size_t chinese = 0, latin = 0;
    for (Answer const& answer : fixture.ask(query))
        ++(answer.values.at(tag::patientName) == "Zorro^A" ? latin : chinese);
    CHECK(chinese == 6000);
    CHECK(latin == 1);
    query.limit = 10;
    CHECK(fixture.ask(query).size() == 10);
}

TEST_CASE("what a key of C-FIND may mean as pinyin", "[index][names]")
{
    using names::NameReach;
    auto const meant = [](std::string_view key) {
        auto const search = searchMeantBy(key);
        return search ? std::optional(std::pair(search->text, search->reach)) : std::nullopt;
    };
    CHECK(meant("zhangsan") == std::pair(std::string("zhangsan"), NameReach::Whole));
    CHECK(meant("zhang*") == std::pair(std::string("zhang"), NameReach::Beginning));
    CHECK(meant("*san*") == std::pair(std::string("san"), NameReach::Anywhere));
    CHECK_FALSE(meant("*"));
    CHECK_FALSE(meant(""));
    CHECK_FALSE(meant("zh?ng"));
    CHECK_FALSE(meant("zh*ng"));
}
