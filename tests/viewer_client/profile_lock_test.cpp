// Two windows of one person on one workstation never share journal and outbox.
#include "tests/viewer_client/client_steps.h"
#include "viewer/client/profile_lock.h"
#include "viewer/i18n/language.h"

#include <csignal>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

TEST_CASE("a profile is one program's; it is free again when that program ends, also by kill -9", "[profile]")
{
    TemporaryFolder const folder;
    auto const file = folder / "lock";
    auto const freeForOthers = [&] { return run({"flock", "--nonblock", file.string(), "true"}).exitCode == 0; };
    {
        auto const first = ProfileLock::take(file, "王敏");
        REQUIRE(first);
        CHECK_FALSE(freeForOthers());
        // The next window of this same program.
        auto const second = ProfileLock::take(file, "王敏");
        REQUIRE(second);
        CHECK(*second == *first);
    }
    CHECK(freeForOthers());
    {
        RunningProgram other({"flock", "--no-fork", file.string(), "sh", "-c", "echo held; exec sleep 60"},
                             folder / "log");
        REQUIRE(other.waitForLog("held"));
        auto const refused = ProfileLock::take(file, "王敏");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::Conflict);
        CHECK(refused.error().message.find("王敏") != std::string::npos);
        other.stop(SIGKILL);
    }
    CHECK(ProfileLock::take(file, "王敏"));
}

SCENARIO("the second viewer of one person says so and leaves the first one's drafts alone", "[client]")
{
    if (!canRun())
        return;
    RunningGateway gateway;
    REQUIRE(gateway.start());
    GatewayClient client;
    REQUIRE(signIn(client, gateway));
    auto const profile = Profile::open("127.0.0.1", RunningGateway::user);
    REQUIRE(profile);
    TemporaryFolder const folder;
    RunningProgram other({"flock", "--no-fork", profile->lockFile().string(), "sh", "-c", "echo held; exec sleep 60"},
                         folder / "log");
    REQUIRE(other.waitForLog("held"));
    auto const opened = wait<std::shared_ptr<Workplace>>(
        [&](auto then) { Workplace::open(client, RunningGateway::password, &client, then); });
    REQUIRE_FALSE(opened);
    CHECK(sentence(opened.error()) == "王敏 已经在这台工作站的另一个“千里”窗口里登录，请用那个窗口，或先把它关掉");
    other.stop(SIGKILL);
}
