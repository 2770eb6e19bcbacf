// A backup that is too old, or missing, is an alarm, and a new one ends it.
#include "tests/backup/backup_fixture.h"

#include "gateway/upkeep/watch.h"

using namespace qianli;
using namespace qianli::test;

TEST_CASE("an old backup is an alarm until there is a new one", "[backup]")
{
    BackupFixture fixture;
    gateway::WorkflowSettings settings;
    settings.file = fixture.folder / "workflow.db";
    auto const workflow = need(gateway::Workflow::open(settings, fixture.clock));
    gateway::AlarmBoard alarms(fixture.clock);
    gateway::AlarmSettings limits;
    limits.backupStaleAfter = std::chrono::hours(24 * 7);
    gateway::Watch watch({fixture.store(),
                          fixture.index(),
                          *workflow,
                          fixture.clock,
                          {&alarms, nullptr},
                          limits,
                          std::chrono::minutes(30),
                          0,
                          [] { return std::vector<model::Site>(); },
                          [] { return Duration(0); },
                          [] { return gateway::TimeServer::Followed; }});
    auto const stands = [&] {
        watch.look();
        return alarms.stands("backup", "");
    };
    auto const key = fixture.folder / "keys" / "ca.key";
    auto const bornBefore = [&](std::chrono::hours age) {
        std::filesystem::last_write_time(
            key, std::filesystem::file_time_type::clock::now() -
                     std::chrono::duration_cast<std::chrono::seconds>(SystemClock().now() - fixture.clock.now()) - age);
    };
    bornBefore(std::chrono::hours(24 * 6));
    CHECK_FALSE(stands()); // a new gateway
    bornBefore(std::chrono::hours(24 * 8));
    CHECK(stands());
    fixture.create();
    CHECK_FALSE(stands());
    fixture.clock.advance(std::chrono::hours(24 * 7 + 1));
    CHECK(stands());
    CHECK(alarms.standing().front().text.find("7 days ago") != std::string::npos);
    CHECK(alarms.standing().front().advice.find(fixture.backups.string()) != std::string::npos);
    fixture.create();
    CHECK_FALSE(stands());
}
