// The power fails while radiologists work over HTTP and DICOM: the real gateway on the simulated disk of
// tests/support/faults, whose loss workflow.db has to bear as the archive does (tests/durability).
#include "tests/kills/report_writer.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

using namespace qianli;
using namespace qianli::test;

namespace {

constexpr int reportsOfALife = 4;
constexpr int draftedTasks = 3;
constexpr int draftsOfALife = 8; // of each task

struct Faults {
    unsigned long cut = 0; // operation before which the power fails; 0: never
    std::string keep;      // seed for what lasts by chance; "": nothing that was not synced
    std::string deaf;      // syncs that do nothing
};

// What the gateway has said Success to.
struct Acknowledged {
    std::set<model::TaskId> claims;
    std::map<model::TaskId, std::int64_t> drafts; // newest revision
    std::set<model::TaskId> issued;
};

// So that a draft tells which revision it is.
std::string textOf(std::int64_t revision)
{
    return fmt::format("所见第 {} 稿。", revision);
}

// Tasks to draft and signed reports to issue, prepared once; each round begins with a copy of them.
class Desk {
public:
    Desk()
    {
        REQUIRE(gateway_
                    .command({"user", "add", "wangmin", "--role", "radiologist", "--display-name", "王敏"},
                             "a-long-secret\n")
                    .exitCode == 0);
        REQUIRE(gateway_.start());
        constexpr auto studies = reportsOfALife + draftedTasks;
        gateway_.makeSamples("puzi", {"--dx", std::to_string(studies), "--seed", "43"});
        REQUIRE(gateway_.sendAs("PUZI_CT", gateway_.folder() / "puzi").exitCode == 0);
        writer_.emplace(gateway_, "wangmin", "a-long-secret");
        std::vector<model::ReadingTask> tasks;
        for (int i = 0; i < 300 && tasks.size() < studies; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            tasks = writer_->tasks("ready");
        }
        REQUIRE(tasks.size() == studies);
        for (auto const& task : tasks) {
            if (reports_.size() < reportsOfALife)
                reports_.push_back(writer_->write(task));
            else
                drafted_.push_back(task.id);
        }
        REQUIRE(gateway_.stop() == 0);
        std::filesystem::copy(data(), gateway_.folder() / "prepared", std::filesystem::copy_options::recursive);
    }

    void reset()
    {
        acknowledged_ = {};
        std::filesystem::remove_all(data());
        std::filesystem::copy(gateway_.folder() / "prepared", data(), std::filesystem::copy_options::recursive);
    }

    // Works with a gateway on the simulated disk until the power fails or the work is done. The data folder is then
    // what lasted. False when the gateway ended otherwise.
    bool live(Faults const& faults)
    {
        auto const survivors = gateway_.folder() / "survivors";
        bool const started =
            gateway_.start({{"LD_PRELOAD", (programFolder() / ".." / "lib" / "libqianli_faults.so").string()},
                            {"QIANLI_FAULTS_ROOT", data().string()},
                            {"QIANLI_FAULTS_CUT", std::to_string(faults.cut)},
                            {"QIANLI_FAULTS_SURVIVORS", survivors.string()},
                            {"QIANLI_FAULTS_COUNT", (gateway_.folder() / "count").string()},
                            {"QIANLI_FAULTS_KEEP", faults.keep},
                            {"QIANLI_FAULTS_DEAF", faults.deaf},
                            {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
        if (started) {
            std::thread drafting([&] { draft(); });
            std::thread issuing([&] { issue(); });
            drafting.join();
            issuing.join();
        }
        int const code = gateway_.stop();
        if (code == 137) {
            std::filesystem::remove_all(data());
            std::filesystem::rename(survivors, data());
        }
        return code == 0 || code == 137;
    }

    // Starts the gateway as it is; "" when it has all that was acknowledged, else what is wrong.
    std::string examine()
    {
        if (!gateway_.start())
            return "the gateway does not start: " + gateway_.log();
        std::string wrong = missing();
        if (int const code = gateway_.stop(); wrong.empty() && code != 0)
            wrong = fmt::format("the gateway ends with {}", code);
        return wrong;
    }

    // Of the last life, when the power did not fail.
    unsigned long operations() const
    {
        unsigned long count = 0;
        std::ifstream(gateway_.folder() / "count") >> count;
        return count;
    }
    Acknowledged const& acknowledged() const { return acknowledged_; }
    std::string log() const { return gateway_.log(); }

private:
    std::filesystem::path data() const { return gateway_.folder() / "data"; }

    void draft()
    {
        std::map<model::TaskId, std::int64_t> revisions;
        for (auto const task : drafted_) {
            if (!writer_->claim(task))
                return;
            acknowledged_.claims.insert(task);
            auto const stored = writer_->draft(task);
            if (!stored)
                return;
            revisions[task] = stored->revision;
        }
        for (int i = 0; i < draftsOfALife; ++i)
            for (auto& [task, revision] : revisions) {
                auto const saved = writer_->saveDraft(task, textOf(revision + 1), revision);
                if (!saved)
                    return;
                acknowledged_.drafts[task] = revision = *saved;
            }
    }

    void issue()
    {
        for (auto const& report : reports_) {
            if (!writer_->handOver(report))
                return;
            acknowledged_.issued.insert(report.task);
        }
    }

    std::string missing() const
    {
        for (auto const task : acknowledged_.claims) {
            auto const state = writer_->stateOf(task);
            if (state != "claimed" && state != "drafting")
                return fmt::format("lost: the claim of task {}: it is {}", task, state);
        }
        for (auto const& [task, revision] : acknowledged_.drafts) {
            auto const stored = writer_->draft(task);
            if (!stored || stored->revision < revision || stored->findings != textOf(stored->revision))
                return fmt::format("lost: revision {} of the draft of task {}", revision, task);
        }
        auto const queue = gateway_.command({"queue", "list", "--limit", "0", "--json"}).output;
        auto const reports = gateway_.command({"report", "list", "--json"}).output;
        for (auto const& report : reports_) {
            if (!acknowledged_.issued.contains(report.task))
                continue;
            if (auto const state = writer_->stateOf(report.task); state != "issued")
                return fmt::format("lost: the report of task {}: it is {}", report.task, state);
            if (reports.find(report.srUid) == std::string::npos || queue.find(report.srUid) == std::string::npos)
                return fmt::format("lost: the report of task {} in the lists", report.task);
        }
        return "";
    }

    GatewayProgram gateway_;
    std::optional<ReportWriter> writer_;
    std::vector<SignedReport> reports_;
    std::vector<model::TaskId> drafted_;
    Acknowledged acknowledged_; // claims and drafts by one thread, issued by another
};

struct Campaign {
    int rounds = 0;
    bool randomly = false;
    std::string deaf;
    std::uint32_t seed = 0;
};

// What a campaign of power cuts finds wrong first; "" when nothing. `seen`: how often something was acknowledged.
std::string run(Desk& desk, Campaign const& campaign, int& seen)
{
    std::mt19937 random(campaign.seed);
    desk.reset();
    if (!desk.live({}))
        return "without a fault: " + desk.log();
    unsigned long const operations = desk.operations();
    for (int round = 0; round < campaign.rounds; ++round) {
        desk.reset();
        // The power fails again, perhaps while the gateway recovers.
        for (int life = 0; life < 2; ++life) {
            Faults faults;
            faults.deaf = campaign.deaf;
            faults.cut = 1 + random() % operations;
            if (campaign.randomly)
                faults.keep = std::to_string(random());
            if (!desk.live(faults))
                return fmt::format("the gateway failed by itself, cut {}: {}", faults.cut, desk.log());
            if (auto wrong = desk.examine(); !wrong.empty())
                return fmt::format("{} (cut {}, keep '{}')", wrong, faults.cut, faults.keep);
        }
        auto const& had = desk.acknowledged();
        seen += had.drafts.empty() || had.issued.empty() ? 0 : 1;
    }
    return "";
}

} // namespace

SCENARIO("the power fails while reports are drafted and issued", "[power]")
{
    Desk desk;
    Campaign campaign;
    campaign.seed = std::random_device()();
    CAPTURE(campaign.seed);
    int seen = 0;
    campaign.rounds = 10;
    CHECK(run(desk, campaign, seen) == "");
    campaign.randomly = true;
    CHECK(run(desk, campaign, seen) == "");
    CHECK(seen >= 6); // of 20 rounds; else the cuts came too early to show anything
    // The syncs are what it rests on.
    campaign.randomly = false;
    campaign.deaf = "workflow.db*";
    CHECK_THAT(run(desk, campaign, seen), Catch::Matchers::StartsWith("lost: "));
}
