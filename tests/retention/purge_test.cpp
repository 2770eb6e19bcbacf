// purge: what has been kept long enough, and who may say that it goes.
#include "tests/retention/index_rows.h"
#include "tests/retention/retention_fixture.h"

#include "common/crypto/password.h"
#include "gateway/identity/persons.h"
#include "gateway/workflow/identity_marks.h"

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

constexpr auto out = PatientClass::Outpatient;
constexpr auto in = PatientClass::Inpatient;

bool has(std::string const& text, std::string const& word)
{
    return text.find(word) != std::string::npos;
}

struct PurgeFixture : RetentionFixture {
    // A study of that day, read and delivered.
    void past(TimePoint day, std::string const& study, std::string const& patient, PatientClass patientClass,
              std::string const& site = "puzi")
    {
        gateway.clock.set(day);
        receive(study, patient, site);
        if (site == "puzi")
            issue(study);
        if (patientClass != PatientClass::Unknown)
            need(StudyMarks(*workflow).setClass({{site}, study}, patientClass, "operator"));
    }
    PurgeList list(std::optional<TimePoint> at = std::nullopt)
    {
        return need(Purges(*workflow).list(gateway.index(), at.value_or(gateway.clock.now()), "operator",
                                           gateway.folder / "purge", nullptr));
    }
    std::vector<std::string> goesAt(TimePoint at)
    {
        std::vector<std::string> uids;
        for (Retained const& one : list(at).goes)
            uids.push_back(one.study.header.studyUid.value());
        std::ranges::sort(uids);
        return uids;
    }
    Result<PurgeReport> confirm(std::string const& digest, std::string const& person)
    {
        return confirm(digest, person, "correct horse " + person);
    }
    Result<PurgeReport> confirm(std::string const& digest, std::string const& person, std::string const& password)
    {
        auto deleting = deleter();
        return Purges(*workflow).confirm(deleting, gateway.index(), digest, person, password, "command line", nullptr);
    }
    std::string refusal(std::string const& digest, std::string const& person)
    {
        auto const confirmed = confirm(digest, person);
        return confirmed ? "" : confirmed.error().message;
    }
};

using Uids = std::vector<std::string>;

} // namespace

TEST_CASE("records are kept for whole years from the day of the last visit", "[retention]")
{
    using namespace std::chrono;
    CHECK(Retention::retainUntil(onDay(2010, 3, 4), out) == onDay(2025, 3, 4));
    CHECK(Retention::retainUntil(onDay(2010, 3, 4), in) == onDay(2040, 3, 4));
    CHECK(Retention::retainUntil(onDay(2010, 3, 4), PatientClass::Unknown) == onDay(2040, 3, 4));
    CHECK(Retention::retainUntil(onDay(2008, 2, 29), out) == onDay(2023, 3, 1));
}

SCENARIO("only what has been kept long enough is listed", "[retention]")
{
    PurgeFixture gateway;
    gateway.past(onDay(2009, 5, 1), "1.2.1", "P1", out);
    gateway.past(onDay(2009, 6, 1), "1.2.2", "P2", in);
    gateway.past(onDay(2009, 7, 1), "1.2.3", "P3", PatientClass::Unknown);
    gateway.past(onDay(2010, 1, 1), "1.2.4", "P4", out);
    gateway.past(onDay(2023, 4, 1), "1.2.5", "P4", out); // comes back in year 14

    CHECK(gateway.goesAt(onDay(2024, 4, 30)) == Uids{});
    CHECK(gateway.goesAt(onDay(2024, 5, 3)) == Uids{"1.2.1"});
    CHECK(gateway.goesAt(onDay(2038, 3, 30)) == Uids{"1.2.1"});
    CHECK(gateway.goesAt(onDay(2038, 4, 3)) == Uids{"1.2.1", "1.2.4", "1.2.5"});
    CHECK(gateway.goesAt(onDay(2039, 6, 3)) == Uids{"1.2.1", "1.2.2", "1.2.4", "1.2.5"});
    CHECK(gateway.goesAt(onDay(2039, 7, 3)).size() == 5);

    // The file is the list, and its digest names it.
    auto const list = gateway.list(onDay(2024, 5, 3));
    auto const text = readFile(list.file, 1 << 20);
    REQUIRE(text);
    CHECK(*text == list.text);
    CHECK(crypto::sha256Hex(*text) == list.digest);
    CHECK(has(*text, "study\tpuzi\t1.2.1\t0\toutpatient\t"));
    CHECK(!has(*text, "ZHANG"));
    CHECK(!has(*text, "P1"));
}

SCENARIO("a visit at another site extends all studies of the person", "[retention]")
{
    PurgeFixture gateway;
    gateway.gateway.clock.set(onDay(2009, 5, 1));
    gateway.receive("1.2.1", "P1", "puzi", "500101196001011236", "19600101");
    gateway.issue("1.2.1");
    need(StudyMarks(*gateway.workflow).setClass({{"puzi"}, "1.2.1"}, out, "operator"));
    gateway.gateway.clock.set(onDay(2020, 1, 1));
    gateway.receive("1.2.2", "000777", "lintai", "500101196001011236", "19600101");
    auto const persons = need(gateway.workflow->database().read([&](sqlite::Database& database) {
        return Persons(gateway.gateway.index(), Decisions(database)).sameAs({{"puzi"}, "P1", 0, ""});
    }));
    bool const linked = persons.size() == 2; // the number's check digit decides
    CHECK(linked);
    CHECK(gateway.goesAt(onDay(2024, 6, 1)) == Uids{});
    CHECK(gateway.goesAt(onDay(2035, 2, 1)) == Uids{"1.2.1"});
}

SCENARIO("two administrators confirm the same list within a day", "[retention]")
{
    PurgeFixture gateway;
    gateway.past(onDay(2009, 5, 1), "1.2.1", "P1", out);
    gateway.past(onDay(2009, 5, 2), "1.2.2", "P2", out);
    gateway.past(onDay(2009, 5, 3), "1.2.3", "P3", out);
    gateway.gateway.clock.set(onDay(2025, 1, 1));
    gateway.receive("1.2.9", "P9");
    gateway.addUser("admin1", model::Role::Admin);
    gateway.addUser("admin2", model::Role::Admin);
    gateway.addUser("lihua", model::Role::Radiologist);
    auto const list = gateway.list();
    INFO(list.text);
    REQUIRE(list.goes.size() == 3);

    THEN("one alone deletes nothing, and neither does anybody else")
    {
        auto const first = need(gateway.confirm(list.digest, "admin1"));
        CHECK(!first.executed);
        CHECK(has(gateway.refusal(list.digest, "admin1"), "another administrator"));
        CHECK(gateway.refusal(list.digest, "lihua") == "lihua is no administrator");
        CHECK(has(gateway.confirm(list.digest, "admin2", "wrong").error().message, "wrong"));
        CHECK(has(gateway.refusal(std::string(64, 'a'), "admin2"), "no list has this digest"));
        CHECK(gateway.holds("1.2.1"));
        gateway.gateway.clock.advance(std::chrono::hours(25));
        CHECK(has(gateway.refusal(list.digest, "admin2"), "more than 24 hours"));
        CHECK(gateway.holds("1.2.1"));
    }
    THEN("the second one deletes what is on the list, and that is on record")
    {
        need(gateway.confirm(list.digest, "admin1"));
        gateway.gateway.clock.advance(std::chrono::hours(2));
        auto const done = need(gateway.confirm(list.digest, "admin2"));
        CHECK(done.executed);
        CHECK(done.studies == 3);
        CHECK(done.objects == 6);
        CHECK(done.leftOut == Uids{});
        CHECK(done.confirmedBy == Uids{"admin1", "admin2"});
        for (auto const* uid : {"1.2.1", "1.2.2", "1.2.3"})
            CHECK(!gateway.holds(uid));
        CHECK(gateway.holds("1.2.9"));
        CHECK(gateway.records.count(AuditEventKind::StudyDeleted) == 3);
        CHECK(gateway.refusal(list.digest, "admin1") != "");

        // What was written of the patients goes with them; that there was something stays.
        auto const reports = need(gateway.workflow->reports().list());
        REQUIRE(reports.size() == 3);
        for (auto const& report : reports) {
            CHECK(report.text.findings == "");
            CHECK(report.patientName == "");
            CHECK(report.state == model::TaskState::Withdrawn);
        }
        auto const rebuilt = gateway.gateway.folder / "rebuilt.db";
        auto index = need(StudyIndex::open(rebuilt));
        need(reindex(gateway.gateway.store(), *index, nullptr, nullptr));
        index.reset();
        CHECK(difference(indexRows(gateway.gateway.indexFile()), indexRows(rebuilt)) == "");
    }
    THEN("what changed since then is left out, and said")
    {
        need(gateway.confirm(list.digest, "admin1"));
        need(StudyMarks(*gateway.workflow).hold({{"puzi"}, "1.2.1"}, "dispute", "head"));
        gateway.receive("1.2.7", "P2"); // the patient came back
        auto const done = need(gateway.confirm(list.digest, "admin2"));
        CHECK(done.studies == 1);
        REQUIRE(done.leftOut.size() == 2);
        CHECK(has(done.leftOut[0] + done.leftOut[1], "held by head: dispute"));
        CHECK(has(done.leftOut[0] + done.leftOut[1], "it changed after the list was made"));
        CHECK(gateway.holds("1.2.1"));
        CHECK(gateway.holds("1.2.2"));
        CHECK(!gateway.holds("1.2.3"));
    }
    THEN("whoever comes back while others of the list go keeps everything")
    {
        need(gateway.confirm(list.digest, "admin1"));
        auto deleting = gateway.deleter();
        auto const done =
            need(Purges(*gateway.workflow)
                     .confirm(deleting, gateway.gateway.index(), list.digest, "admin2", "correct horse admin2",
                              "command line", [&](std::uint64_t gone, std::uint64_t) {
                                  if (gone == 1)
                                      gateway.receive("1.2.7", "P2");
                                  return true;
                              }));
        CHECK(done.studies == 2);
        REQUIRE(done.leftOut.size() == 1);
        CHECK(has(done.leftOut[0], "1.2.2: it changed after the list was made"));
        CHECK(gateway.holds("1.2.2"));
    }
    THEN("what is another line now is left out, though its time is over")
    {
        need(gateway.confirm(list.digest, "admin1"));
        need(decideIdentity(*gateway.workflow, gateway.gateway.index(),
                            {IdentityVerb::Merge,
                             {{"puzi"}, "P1", 0, ""},
                             {{"puzi"}, "P3", 0, ""},
                             "head",
                             "one person",
                             gateway.gateway.clock.now()}));
        auto const done = need(gateway.confirm(list.digest, "admin2"));
        CHECK(done.studies == 2);
        REQUIRE(done.leftOut.size() == 1);
        CHECK(has(done.leftOut[0], "1.2.1: it changed after the list was made"));
        CHECK(gateway.holds("1.2.1"));
    }
    THEN("a list of a later day can't be confirmed")
    {
        auto const later = gateway.list(onDay(2050, 1, 1));
        CHECK(has(gateway.refusal(later.digest, "admin1"), "has not come yet"));
    }
    THEN("the first one must still be an administrator when the second one confirms")
    {
        need(gateway.confirm(list.digest, "admin1"));
        need(gateway.workflow->database().write([](sqlite::Database& database) -> Result<void> {
            return database.execute("UPDATE users SET disabled = 1 WHERE name = 'admin1'");
        }));
        CHECK(has(gateway.refusal(list.digest, "admin2"), "no administrator any more"));
        CHECK(gateway.holds("1.2.1"));
    }
}

SCENARIO("what is held, open or on its way stays, and the list says why", "[retention]")
{
    PurgeFixture gateway;
    gateway.past(onDay(2009, 5, 1), "1.2.1", "P1", out);
    need(StudyMarks(*gateway.workflow).hold({{"puzi"}, "1.2.1"}, "dispute", "head"));
    gateway.receive("1.2.2", "P2"); // nobody has read it
    need(StudyMarks(*gateway.workflow).setClass({{"puzi"}, "1.2.2"}, out, "operator"));
    gateway.receive("1.2.3", "P3");
    gateway.issue("1.2.3", false);
    need(StudyMarks(*gateway.workflow).setClass({{"puzi"}, "1.2.3"}, out, "operator"));
    gateway.gateway.clock.set(onDay(2025, 1, 1));
    auto const list = gateway.list();
    CHECK(list.goes.empty());
    REQUIRE(list.stays.size() == 3);
    CHECK(has(list.text, "held by head: dispute"));
    CHECK(has(list.text, "is open: ready"));
    CHECK(has(list.text, "deliveries of its report wait"));
}
