// Whose a task is: its marks, its priors at other sites, and a study of two patients.
#include "gateway/workflow/identity_marks.h"
#include "gateway/workflow/priors.h"
#include "tests/workflow/workflow_fixture.h"

using namespace qianli;
using namespace qianli::test;

namespace {

struct IdentityFixture : WorkflowFixture {
    static constexpr auto validId = "500101196001011236";

    void come(std::string const& site, std::string const& study, std::string const& id, std::string const& name)
    {
        // A national ID counts for one person only beside the birth date that it names.
        arrive({.study = study,
                .site = site,
                .patientId = id,
                .patientName = name,
                .birthDate = id == validId ? "19600101" : ""});
        follow();
        auto const reached = need(gateway::identitiesSeenUpTo(*workflow));
        need(gateway::markIdentities(*workflow, *index, need(index->studiesChangedSince(reached, 1000)), seen));
    }
    model::ReadingTask at(std::string const& site, std::string const& study, int part = 0)
    {
        auto const found = need(workflow->tasks().ofStudy({site}, study, part));
        REQUIRE(found);
        return *found;
    }
    void say(gateway::IdentityVerb verb, model::PatientKey const& one, model::PatientKey const& other)
    {
        need(gateway::decideIdentity(*workflow, *index, {verb, one, other, "wangmin", "because", clock.now()}));
    }
    std::vector<std::string> priors(model::ReadingTask const& task)
    {
        std::vector<std::string> words;
        for (auto const& prior : need(gateway::priorsOf(*workflow, *index, task)))
            words.push_back(prior.site.value + " " + prior.studyUid + " " + prior.siteName);
        return words;
    }
    gateway::SeenIdentities seen;
};

using Words = std::vector<std::string>;

} // namespace

SCENARIO("priors of a linked person are offered with their site's name, never by a Patient ID alone", "[workflow]")
{
    IdentityFixture fixture;
    fixture.come("puzi", "1.1", IdentityFixture::validId, "张三");
    fixture.come("longtan", "1.2", IdentityFixture::validId, "ZHANG^SAN");
    fixture.come("longtan", "1.3", "77", "李四");
    fixture.come("puzi", "1.4", "77", "李四");
    auto const here = [&] { return fixture.at("puzi", "1.1"); };
    CHECK(fixture.priors(here()) == Words{"longtan 1.2 longtan"});
    CHECK(here().linkedSites == "longtan");
    CHECK(fixture.at("longtan", "1.2").linkedSites == "普子乡卫生院");
    CHECK(fixture.priors(fixture.at("puzi", "1.4")).empty());

    auto const task = fixture.at("longtan", "1.2");
    need(fixture.workflow->tasks().claim(task.id, fixture.user("wangmin")));
    need(fixture.issue(task.id));
    auto const prior = need(gateway::priorsOf(*fixture.workflow, *fixture.index, here())).front();
    REQUIRE(prior.report);
    CHECK(prior.report->text.findings == "所见");
    CHECK(prior.patientName == "ZHANG^SAN");

    auto const changes = need(fixture.workflow->tasks().newestChange());
    fixture.say(gateway::IdentityVerb::Unlink, {{"puzi"}, IdentityFixture::validId, 0, ""},
                {{"longtan"}, IdentityFixture::validId, 0, ""});
    CHECK(fixture.priors(here()).empty());
    CHECK(here().linkedSites.empty());
    // Whoever looks at the list is told of both.
    CHECK(need(fixture.workflow->tasks().changedSince(changes)).tasks.size() == 2);
    fixture.say(gateway::IdentityVerb::Link, {{"puzi"}, "77", 0, ""}, {{"longtan"}, "77", 0, ""});
    CHECK(fixture.priors(fixture.at("puzi", "1.4")) == Words{"longtan 1.3 longtan"});
}

SCENARIO("another person under a Patient ID marks every task under it, and is no prior", "[workflow]")
{
    IdentityFixture fixture;
    fixture.come("puzi", "1.1", "77", "张三");
    fixture.come("puzi", "1.2", "77", "张三");
    CHECK_FALSE(fixture.at("puzi", "1.1").identityConflict);
    fixture.come("puzi", "1.3", "77", "李四");
    for (auto const* study : {"1.1", "1.2", "1.3"})
        CHECK(fixture.at("puzi", study).identityConflict);
    CHECK(fixture.priors(fixture.at("puzi", "1.1")) == Words{"puzi 1.2 普子乡卫生院"});
    CHECK(fixture.priors(fixture.at("puzi", "1.3")).empty());

    model::PatientKey const first{{"puzi"}, "77", 0, ""}, second{{"puzi"}, "77", 1, ""};
    fixture.say(gateway::IdentityVerb::Merge, first, second);
    for (auto const* study : {"1.1", "1.2", "1.3"})
        CHECK_FALSE(fixture.at("puzi", study).identityConflict);
    CHECK(fixture.priors(fixture.at("puzi", "1.3")).size() == 2);
    // More images of the same studies change nothing of that.
    fixture.come("puzi", "1.3", "77", "李四");
    CHECK_FALSE(fixture.at("puzi", "1.3").identityConflict);
    fixture.say(gateway::IdentityVerb::Unmerge, first, second);
    CHECK(fixture.at("puzi", "1.1").identityConflict);
}

SCENARIO("a study of two patients is two tasks, each with its own report", "[workflow]")
{
    IdentityFixture fixture;
    fixture.come("puzi", "1.1", "1", "张三");
    auto const first = fixture.at("puzi", "1.1");
    CHECK_FALSE(first.splitStudy);
    fixture.come("puzi", "1.1", "2", "李四");
    CHECK(fixture.at("puzi", "1.1", 0).splitStudy);
    CHECK(fixture.at("puzi", "1.1", 1).splitStudy);
    CHECK(fixture.at("puzi", "1.1", 0).patientName == "张三");
    CHECK(fixture.at("puzi", "1.1", 1).patientName == "李四");
    CHECK(fixture.at("puzi", "1.1", 0).id == first.id);
    CHECK(fixture.at("puzi", "1.1", 0).instances == 1);
    need(fixture.workflow->tasks().claim(first.id, fixture.user("wangmin")));
    need(fixture.issue(first.id));
    CHECK(need(fixture.workflow->reports().newestOfStudy({"puzi"}, "1.1", 0)));
    CHECK_FALSE(need(fixture.workflow->reports().newestOfStudy({"puzi"}, "1.1", 1)));
    CHECK(fixture.at("puzi", "1.1", 1).state == model::TaskState::Receiving);
}

SCENARIO("more images of a study cost no look at its patient's history until something is new there", "[workflow]")
{
    IdentityFixture fixture;
    fixture.come("puzi", "1.1", IdentityFixture::validId, "张三");
    fixture.come("puzi", "1.2", IdentityFixture::validId, "张三");
    auto const spoil = [&] {
        need(fixture.workflow->database().write(
            [](sqlite::Database& database) { return database.execute("UPDATE tasks SET linked_sites = 'nowhere'"); }));
    };
    spoil();
    fixture.come("puzi", "1.2", IdentityFixture::validId, "张三");
    CHECK(fixture.at("puzi", "1.2").linkedSites.empty());
    CHECK(fixture.at("puzi", "1.1").linkedSites == "nowhere");

    WHEN("the person turns up elsewhere")
    {
        fixture.come("longtan", "1.3", IdentityFixture::validId, "ZHANG^SAN");
        CHECK(fixture.at("puzi", "1.1").linkedSites == "longtan");
        CHECK(fixture.at("puzi", "1.2").linkedSites == "longtan");
    }
    WHEN("another comes under the Patient ID")
    {
        fixture.come("puzi", "1.4", IdentityFixture::validId, "李四");
        CHECK(fixture.at("puzi", "1.1").identityConflict);
        CHECK(fixture.at("puzi", "1.2").identityConflict);
        CHECK(fixture.at("puzi", "1.1").linkedSites.empty());
    }
}
