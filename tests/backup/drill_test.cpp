// The restore drill: a reading centre at work is saved, everything it had is destroyed, and it comes back.
#include "tests/backup/backup_fixture.h"
#include "tests/kills/report_writer.h"

#include "common/dicom/network/dicom_client.h"
#include "common/sqlite/database.h"

#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

using namespace qianli;
using namespace qianli::test;

namespace {

constexpr char password[] = "a-long-secret";

nlohmann::json parsed(ProgramResult const& result)
{
    INFO(result.output << result.errors);
    REQUIRE(result.exitCode == 0);
    auto json = nlohmann::json::parse(result.output, nullptr, false);
    REQUIRE_FALSE(json.is_discarded());
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

// A modality that sends small images one after the other, and knows which of them were acknowledged when, and how long
// each took.
class Modality {
public:
    explicit Modality(GatewayProgram const& gateway) : port_(static_cast<std::uint16_t>(std::stoi(gateway.dicomPort())))
    {
        thread_ = std::jthread([this](std::stop_token const& stop) { run(stop); });
    }
    std::vector<std::string> acknowledged() const
    {
        std::lock_guard const lock(mutex_);
        return acknowledged_;
    }
    void stop()
    {
        thread_.request_stop();
        thread_.join();
    }
    double longestMilliseconds() const { return longest_; }
    bool failed() const { return failed_; }

private:
    void run(std::stop_token const& stop)
    {
        dicom::Destination destination;
        destination.host = "127.0.0.1";
        destination.port = port_;
        destination.calledAe = "QIANLI";
        destination.callingAe = "PUZI_CT";
        auto const sopClass = dicom::Uid::ofKnown(SyntheticObject("1", "1", "1").sopClass());
        auto const syntax = dicom::Uid::ofKnown(SyntheticObject::transferSyntax);
        auto const client = dicom::DicomClient::connect(destination, {{sopClass, {syntax}, false}});
        failed_ = !client;
        for (int i = 1; !failed_ && !stop.stop_requested(); ++i) {
            auto const uid = fmt::format("2.25.8.1.{}", i);
            SyntheticObject object("2.25.8", "2.25.8.1", uid);
            object.pixels(200'000, static_cast<std::uint32_t>(i));
            auto const bytes = object.dataSet();
            dicom::OutgoingObject outgoing;
            outgoing.sopClass = sopClass;
            outgoing.sopInstance = dicom::Uid::ofKnown(uid);
            outgoing.transferSyntax = syntax;
            outgoing.bytes = bytes;
            outgoing.dataSetLength = bytes.size();
            auto const began = std::chrono::steady_clock::now();
            auto const answer = (*client)->store(outgoing);
            auto const took = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began);
            failed_ = !answer || !answer->isSuccess();
            if (failed_)
                return;
            longest_ = std::max(longest_.load(), took.count());
            {
                std::lock_guard const lock(mutex_);
                acknowledged_.push_back(uid);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20)); // as a scanner does
        }
    }

    std::uint16_t port_;
    mutable std::mutex mutex_; // guards acknowledged_
    std::vector<std::string> acknowledged_;
    std::atomic<double> longest_ = 0;
    std::atomic<bool> failed_ = false;
    std::jthread thread_;
};

std::set<std::string> objectsOf(GatewayProgram const& gateway)
{
    std::set<std::string> present;
    auto const studies = parsed(gateway.command({"study", "list", "--json"}));
    for (auto const& study : studies) {
        auto const shown = parsed(gateway.command({"study", "show", study["studyInstanceUid"], "--json"}));
        for (auto const& object : shown["objects"])
            present.insert(object["sopInstanceUid"].get<std::string>());
    }
    return present;
}

// 60 MB of people's work, so that copying takes its time.
void fill(std::filesystem::path const& workflow)
{
    auto database = need(sqlite::Database::open(workflow));
    need(database.execute("WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 20000) "
                          "INSERT INTO reveals (at, person, command) SELECT n, 'somebody', hex(randomblob(1500)) "
                          "FROM number"));
}

struct Work {
    model::TaskId drafted = 0, issued = 0;
    SignedReport report;
};

Work doWork(ReportWriter const& reader, ReportWriter& writer)
{
    Work work;
    auto tasks = reader.tasks("ready");
    REQUIRE(tasks.size() == 2);
    work.drafted = tasks[0].id;
    REQUIRE(reader.claim(work.drafted));
    REQUIRE(reader.saveDraft(work.drafted, "右肺下叶结节。", 0));
    work.report = writer.write(tasks[1]);
    work.issued = tasks[1].id;
    REQUIRE(writer.handOver(work.report));
    return work;
}

} // namespace

SCENARIO("the restore drill: a reading centre that lost everything is there again as it was when it was saved",
         "[backup][drill]")
{
    GatewayProgram gateway;
    TemporaryFolder elsewhere;
    auto const backups = elsewhere / "backups";
    for (auto const& [name, shown] : {std::pair{"wangmin", "王敏"}, {"lijun", "李军"}})
        REQUIRE(gateway
                    .command({"user", "add", name, "--role", "radiologist", "--display-name", shown},
                             std::string(password) + "\n")
                    .exitCode == 0);
    fill(gateway.folder() / "data" / "workflow.db");
    REQUIRE(gateway.start());
    gateway.makeSamples("puzi", {"--dx", "2", "--seed", "41"});
    REQUIRE(gateway.sendAs("PUZI_CT", gateway.folder() / "puzi").exitCode == 0);
    Work work;
    {
        ReportWriter reader(gateway, "lijun", password), writer(gateway, "wangmin", password);
        REQUIRE(eventually([&] { return reader.tasks("ready").size() == 2; }));
        work = doWork(reader, writer);
    }

    // Saved while it works.
    Modality modality(gateway);
    REQUIRE(eventually([&] { return modality.acknowledged().size() > 20; }));
    auto const promised = modality.acknowledged();
    auto const made = parsed(gateway.command({"backup", "create", backups, "--json"}));
    auto const later = modality.acknowledged();
    CHECK(later.size() > promised.size()); // it was not held up
    modality.stop();
    REQUIRE_FALSE(modality.failed());
    std::cout << fmt::format("figure: backup: the longest C-STORE of {} beside a backup took {:.0f} ms\n", later.size(),
                             modality.longestMilliseconds());
    CHECK(made["objects"].get<std::size_t>() >= promised.size() + 4);
    CHECK(made["lost"].empty());

    // A restore beside the running gateway is refused.
    auto const refused = gateway.command({"backup", "restore", backups});
    CHECK(refused.exitCode == 1);
    CHECK(refused.errors.find("is not empty") != std::string::npos);
    CHECK(gateway.stop() == 0);
    std::filesystem::remove_all(gateway.folder() / "data");

    auto const sound = parsed(gateway.command({"backup", "verify", backups, "--json"}));
    CHECK(sound["faults"].empty());
    auto const restored = parsed(gateway.command({"backup", "restore", backups, "--json"}));
    CHECK(restored["objects"] == made["objects"]);
    CHECK(restored["indexed"] == made["objects"]);
    CHECK(restored["people"] == 2);

    REQUIRE(gateway.start());
    auto const present = objectsOf(gateway);
    for (auto const& uid : promised) {
        CAPTURE(uid);
        CHECK(present.contains(uid));
    }
    CHECK(present.contains(work.report.srUid));
    CHECK(present.contains(work.report.pdfUid));
    auto const archive = gateway.command({"archive", "verify"});
    INFO(archive.output << archive.errors);
    CHECK(archive.exitCode == 0);

    // People sign in with their passwords, and find their work.
    ReportWriter reader(gateway, "lijun", password);
    auto const draft = reader.draft(work.drafted);
    REQUIRE(draft);
    CHECK(draft->findings == "右肺下叶结节。");
    CHECK(reader.stateOf(work.drafted) == "drafting");
    CHECK(eventually([&] {
        auto const state = reader.stateOf(work.issued);
        return state == "issued" || state == "delivered";
    }));
    auto const checked = gateway.command(
        {"report", "verify", work.report.files.structuredReport.string(), work.report.files.encapsulatedPdf.string()});
    INFO(checked.output << checked.errors);
    CHECK(checked.exitCode == 0);
    // And go on.
    CHECK(reader.saveDraft(work.drafted, "右肺下叶结节，建议复查。", draft->revision));
    CHECK(parsed(gateway.command({"backup", "create", backups, "--json"}))["newObjects"] == 0);
    CHECK(gateway.stop() == 0);
}

SCENARIO("a gateway doesn't start on what a restore that was cut off has left", "[backup]")
{
    GatewayProgram gateway;
    std::filesystem::create_directories(gateway.folder() / "data");
    write(gateway.folder() / "data" / "restore.unfinished", "{}\n");
    CHECK_FALSE(gateway.start());
    CHECK(gateway.log().find("say `backup restore` again") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(gateway.folder() / "data" / "archive"));
}

SCENARIO("a gateway that has received nothing yet comes back as well", "[backup]")
{
    GatewayProgram gateway;
    REQUIRE(gateway.start());
    REQUIRE(gateway.stop() == 0);
    auto const backups = (gateway.folder() / "backups").string();
    REQUIRE(gateway.command({"backup", "create", backups}).exitCode == 0);
    std::filesystem::rename(gateway.folder() / "data", gateway.folder() / "lost");
    auto const restored = gateway.command({"backup", "restore", backups});
    INFO(restored.output << restored.errors);
    CHECK(restored.exitCode == 0);
    REQUIRE(gateway.start());
    CHECK(gateway.command({"archive", "verify"}).exitCode == 0);
    CHECK(gateway.stop() == 0);
}
