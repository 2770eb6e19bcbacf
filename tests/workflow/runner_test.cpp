// The gateway's own hand in the workflow, where something it works on is broken.
#include "common/crypto/certificate_authority.h"
#include "gateway/workflow/workflow_runner.h"
#include "tests/workflow/workflow_fixture.h"

#include <atomic>
#include <fmt/format.h>
#include <new>
#include <thread>

using namespace qianli;
using namespace qianli::test;
using model::TaskState;
using namespace std::chrono_literals;

namespace {

struct RunnerFixture : WorkflowFixture {
    RunnerFixture() { runner.watch(transfers); }
    ~RunnerFixture() { runner.stop(); }

    // What is kept of its images can't be read any more.
    void damage(std::string const& study)
    {
        auto database = need(sqlite::Database::open(folder / "index.db"));
        auto update = need(database.prepare("UPDATE run SET packed = X'FF' WHERE series IN (SELECT e.id FROM series e "
                                            "JOIN study s ON s.id = e.study WHERE s.uid = ?)"));
        need(update.run({study}));
        REQUIRE(database.changes() == 1);
        REQUIRE_FALSE(index->instances(
            {false, {{"puzi"}}, true},
            {gateway::Level::Image, {{gateway::Match::Kind::Value, dicom::tag::studyInstanceUid, {study}}}, 0, false}));
    }

    crypto::CertificateAuthority authority = need(crypto::CertificateAuthority::open(folder / "keys", clock));
    gateway::SignerCertificates certificates{authority};
    std::unique_ptr<gateway::BlobStore> store = need(gateway::BlobStore::open(folder / "archive"));
    gateway::ReportIssuer issuer{*workflow, *index, *store, certificates};
    gateway::WorkflowRunner runner{*workflow, *index, issuer};
};

} // namespace

SCENARIO("one study that can't be read stops nobody else's work", "[workflow]")
{
    RunnerFixture fixture;
    for (auto const* study : {"1.1", "1.2", "1.3"})
        fixture.arrive({.study = study});
    need(fixture.runner.step());
    need(fixture.workflow->tasks().claim(fixture.task("1.3").id, fixture.user("wangmin")));
    fixture.damage("1.1");
    fixture.clock.advance(2h);

    WHEN("time passes")
    {
        auto const done = fixture.runner.step();
        REQUIRE_FALSE(done);
        CHECK_THAT(done.error().message,
                   Catch::Matchers::StartsWith(fmt::format("task {}, study 1.1: ", fixture.task("1.1").id)));
        CHECK(fixture.task("1.2").state == TaskState::Ready);
        CHECK(fixture.task("1.3").claimedBy.empty());
    }
    WHEN("the gateway starts anew")
    {
        need(fixture.runner.start());
        // Its sender was cut off, as far as we know.
        CHECK(fixture.task("1.2").state == TaskState::Incomplete);
    }
    CHECK(fixture.task("1.1").state == TaskState::Receiving);
}

TEST_CASE("who could not be told for want of memory is told with the next round", "[workflow]")
{
    struct Forgetful final : gateway::TaskListener {
        void onTasksChanged(std::vector<model::ReadingTask> const& tasks) override
        {
            if (++rounds == 1)
                throw std::bad_alloc();
            told += static_cast<int>(tasks.size());
        }
        std::atomic<int> rounds = 0, told = 0;
    } listener;
    RunnerFixture fixture;
    fixture.runner.addListener(listener);
    need(fixture.runner.start());
    fixture.arrive({.study = "1.2.3"});
    fixture.runner.onCommitted({{"puzi"}, dicom::Uid::ofKnown("1.2.3"), 1, false});
    for (int i = 0; i < 1000 && listener.told == 0; ++i)
        std::this_thread::sleep_for(10ms);
    CHECK(listener.told >= 1);
    fixture.runner.stop();
}
