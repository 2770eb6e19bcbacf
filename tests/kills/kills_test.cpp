// kill -9 of the gateway between a signed report and its arrival: at each sync of each step, and while the township has
// an object that it has not acknowledged. What was acknowledged is there again, and the report arrives with the UIDs it
// was signed with.
#include "tests/delivery/answering_receiver.h"
#include "tests/kills/death_at_sync.h"
#include "tests/kills/report_writer.h"

#include "common/dicom/sop_class.h"

#include <catch2/catch.hpp>
#include <set>
#include <thread>

using namespace qianli;
using namespace qianli::test;

namespace {

// What is done while the gateway dies.
enum class Step { StoreSr, StorePdf, Issue };

struct Kill {
    Step step;
    int sync;          // of the thread that comes to its n-th sync first
    char const* where; // for the reader
};

constexpr Kill kills[] = {
    {Step::StoreSr, 1, "the first sync of the SR"},
    {Step::StoreSr, 2, "the second sync of the SR"},
    {Step::StoreSr, 3, "the third sync of the SR"},
    {Step::StorePdf, 1, "the first sync of the PDF, the SR is acknowledged"},
    {Step::StorePdf, 2, "the second sync of the PDF"},
    {Step::Issue, 1, "the commit of the issue"},
    {Step::Issue, 2, "after the commit: release to the site, start of the delivery"},
    {Step::Issue, 3, "later still"},
};

nlohmann::json parsed(ProgramResult const& result)
{
    INFO(result.output << result.errors);
    auto json = nlohmann::json::parse(result.output, nullptr, false);
    REQUIRE(!json.is_discarded());
    return json;
}

template <typename Condition>
bool eventually(Condition const& isSo)
{
    for (int i = 0; i < 300; ++i) {
        if (isSo())
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
}

struct Road {
    explicit Road(int studies)
    {
        REQUIRE(gateway
                    .command({"user", "add", "wangmin", "--role", "radiologist", "--display-name", "王敏"},
                             "a-long-secret\n")
                    .exitCode == 0);
        REQUIRE(gateway.start());
        gateway.makeSamples("puzi", {"--dx", std::to_string(studies), "--seed", "41"});
        REQUIRE(gateway.sendAs("PUZI_CT", gateway.folder() / "puzi").exitCode == 0);
        writer.emplace(gateway, "wangmin", "a-long-secret");
        bool const ready =
            eventually([&] { return writer->tasks("ready").size() == static_cast<std::size_t>(studies); });
        INFO(gateway.log() << gateway.command({"reading", "list"}).output);
        REQUIRE(ready);
    }
    bool isDelivered(SignedReport const& report)
    {
        return eventually([&] {
            for (auto const& task : writer->tasks("delivered"))
                if (task.id == report.task)
                    return true;
            return false;
        });
    }

    GatewayProgram gateway;
    std::optional<ReportWriter> writer;
};

} // namespace

SCENARIO("the gateway is killed at each sync between a signed report and its arrival", "[story][kill]")
{
    if (!mayTrace())
        return;
    Road road(static_cast<int>(std::size(kills)));
    auto& writer = *road.writer;
    auto const port = static_cast<std::uint16_t>(std::stoi(road.gateway.peerPort()));
    AnsweringReceiver township(port, {});
    auto const tasks = writer.tasks("ready");
    int struck = 0, number = 0;
    for (auto const& kill : kills) {
        INFO(kill.where);
        auto const report = writer.write(tasks[static_cast<std::size_t>(number)]);
        REQUIRE((kill.step == Step::StoreSr || writer.store(report.files.structuredReport)));
        REQUIRE((kill.step != Step::Issue || writer.store(report.files.encapsulatedPdf)));
        bool acknowledged = false;
        {
            DeathAtSync death(road.gateway, kill.sync, ++number);
            acknowledged = kill.step == Step::StoreSr    ? writer.store(report.files.structuredReport)
                           : kill.step == Step::StorePdf ? writer.store(report.files.encapsulatedPdf)
                                                         : writer.issue(report);
            bool const killed = death.struck();
            struck += killed ? 1 : 0;
            // The first sync of a step comes before its answer.
            CHECK((kill.sync != 1 || (killed && !acknowledged)));
        }
        REQUIRE(road.gateway.start());
        if (acknowledged && kill.step == Step::Issue) {
            auto const shown = parsed(road.gateway.command({"report", "list", "--json"}));
            CHECK(std::any_of(shown.begin(), shown.end(),
                              [&](auto const& one) { return one.dump().find(report.srUid) != std::string::npos; }));
        }
        // What the viewer's outbox does: the same files again until it was told that they are issued.
        REQUIRE((eventually([&] { return writer.handOver(report); })));
        CHECK(road.isDelivered(report));
        std::set<std::string> got;
        for (auto const& uid : township.received())
            got.insert(uid);
        CHECK(got.size() == static_cast<std::size_t>(2 * number));
        CHECK((got.contains(report.srUid) && got.contains(report.pdfUid)));
    }
    CHECK(struck >= 6); // the later syncs may come after a step's end
    CHECK(parsed(road.gateway.command({"report", "list", "--json"})).size() == std::size(kills));
    CHECK(road.gateway.command({"archive", "verify"}).exitCode == 0);
}

SCENARIO("the gateway is killed while the township holds an object without having said so", "[story][kill]")
{
    Road road(2);
    auto& writer = *road.writer;
    auto const port = static_cast<std::uint16_t>(std::stoi(road.gateway.peerPort()));
    int number = 0;
    for (auto const* const sopClass : {dicom::sop::basicTextSr, dicom::sop::encapsulatedPdf}) {
        INFO(sopClass);
        AnsweringReceiver township(port, {{sopClass, {AnsweringReceiver::noAnswer}}});
        auto const report = writer.write(writer.tasks("ready").front());
        REQUIRE(writer.handOver(report));
        auto const& last = std::string(sopClass) == dicom::sop::basicTextSr ? report.srUid : report.pdfUid;
        REQUIRE(eventually([&] {
            auto const received = township.received();
            return !received.empty() && received.back() == last;
        }));
        road.gateway.killHard();
        REQUIRE(road.gateway.start());
        CHECK(road.isDelivered(report));
        auto const received = township.received();
        std::set<std::string> const got(received.begin(), received.end());
        std::set<std::string> const signedOnes{report.srUid, report.pdfUid};
        CHECK(got == signedOnes);
        CHECK(received.size() > 2); // it was sent again, under the same UIDs
        ++number;
        CHECK(parsed(road.gateway.command({"report", "list", "--json"})).size() == static_cast<std::size_t>(number));
    }
}

SCENARIO("SIGTERM ends the gateway in time although a township has stopped answering", "[story][kill]")
{
    Road road(1);
    auto& writer = *road.writer;
    auto const port = static_cast<std::uint16_t>(std::stoi(road.gateway.peerPort()));
    AnsweringReceiver township(port, {{dicom::sop::basicTextSr, {AnsweringReceiver::noAnswer}}});
    auto const report = writer.write(writer.tasks("ready").front());
    REQUIRE(writer.handOver(report));
    REQUIRE(eventually([&] { return !township.received().empty(); }));
    // RunningProgram kills after 20 s; the association's own time-out would be 30 s.
    CHECK(road.gateway.stop() == 0);
    CHECK(road.gateway.log().find("did not end in time") == std::string::npos);
    REQUIRE(road.gateway.start());
    CHECK(road.isDelivered(report));
}
