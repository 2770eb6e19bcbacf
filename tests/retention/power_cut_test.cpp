// The power fails while a study is deleted: the real command on the simulated disk of tests/support/faults. What comes
// back has the study whole or nothing of it.
#include "tests/retention/index_rows.h"
#include "tests/retention/retention_fixture.h"

#include "gateway/archive/verification.h"

#include <csignal>
#include <fstream>
#include <random>
#include <thread>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

constexpr int rounds = 40;

// Two studies of one patient and one of another; each round begins with a copy of them.
class Room {
public:
    Room()
    {
        RetentionFixture made;
        made.receive("1.2.1", "P1");
        made.receive("1.2.2", "P1");
        made.receive("1.2.3", "P3");
        made.workflow.reset();
        made.gateway.stop();
        std::filesystem::copy(made.gateway.folder.path(), folder_ / "prepared",
                              std::filesystem::copy_options::recursive);
        std::ofstream(folder_ / "gateway.toml") << "data = \"data\"\n[dicom]\ndisk_reserve = \"0 B\"\n[[site]]\nid = "
                                                   "\"puzi\"\ncallers = [{ ae_title = \"CT1\", address = \"any\" }]\n";
        reset();
    }
    void reset()
    {
        std::filesystem::remove_all(data());
        std::filesystem::copy(folder_ / "prepared", data(), std::filesystem::copy_options::recursive);
    }
    // `study delete`, with the power failing before operation `cut`; 0: never. Gives the exit code.
    int remove(unsigned long cut, std::string const& keep, std::string const& deaf = {})
    {
        auto const survivors = folder_ / "survivors";
        std::filesystem::remove_all(survivors);
        RunningProgram program({programFolder() / "qianli-gateway", "--config", folder_ / "gateway.toml", "study",
                                "delete", "1.2.1", "--site", "puzi", "--reason", "test image"},
                               folder_ / "log",
                               {{"LD_PRELOAD", (programFolder() / ".." / "lib" / "libqianli_faults.so").string()},
                                {"QIANLI_FAULTS_ROOT", data().string()},
                                {"QIANLI_FAULTS_CUT", std::to_string(cut)},
                                {"QIANLI_FAULTS_SURVIVORS", survivors.string()},
                                {"QIANLI_FAULTS_COUNT", (folder_ / "count").string()},
                                {"QIANLI_FAULTS_KEEP", keep},
                                {"QIANLI_FAULTS_DEAF", deaf},
                                {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
        for (int i = 0; i < 10'000 && program.isRunning(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        int const code = program.stop(SIGKILL);
        log_ = program.log();
        if (code == 137) {
            std::filesystem::remove_all(data());
            std::filesystem::rename(survivors, data());
        }
        return code;
    }
    unsigned long operations() const
    {
        unsigned long count = 0;
        std::ifstream(folder_ / "count") >> count;
        return count;
    }
    std::filesystem::path data() const { return folder_ / "data"; }
    std::string const& log() const { return log_; }

private:
    TemporaryFolder folder_;
    std::string log_;
};

// "whole" or "gone" when that is true of archive, index and reading list alike; what is wrong otherwise.
std::string found(std::filesystem::path const& data)
{
    ManualClock const clock(onDay(2026, 11, 23));
    auto store = need(BlobStore::open(data / "archive"));
    auto index = need(StudyIndex::open(data / "index.db"));
    auto ingest = need(Ingest::start(*store, *index, clock, GatewayFixture::quickSettings()));
    WorkflowSettings settings;
    settings.file = data / "workflow.db";
    auto workflow = need(Workflow::open(settings, clock));
    need(Deleter({*store, *index, *workflow, nullptr, nullptr}).resume());
    auto const report = need(verifyArchive(*store, data / "archive", nullptr));
    if (!report.isSound())
        return fmt::format("missing {}, damaged {}, strangers {}", report.missing.size(), report.damaged.size(),
                           report.strangers.size());
    auto const rebuilt = data / "rebuilt.db";
    {
        auto made = need(StudyIndex::open(rebuilt));
        need(reindex(*store, *made, nullptr, nullptr));
    }
    need(ingest->stop());
    ingest.reset();
    index.reset();
    if (auto const rows = difference(indexRows(data / "index.db"), indexRows(rebuilt)); !rows.empty())
        return rows;
    auto const task = need(workflow->tasks().ofStudy({"puzi"}, "1.2.1", 0));
    if (report.objects == 6)
        return task && task->state != model::TaskState::Withdrawn ? "whole" : "whole, but its task is gone";
    if (report.objects == 4)
        return task ? "gone, but its task is there" : "gone";
    return fmt::format("{} objects", report.objects);
}

} // namespace

SCENARIO("a power cut while a study is deleted leaves it whole or gone", "[retention][slow]")
{
    Room room;
    REQUIRE(room.remove(0, "") == 0);
    CHECK(found(room.data()) == "gone");
    auto const operations = room.operations();
    REQUIRE(operations > 20);
    std::mt19937_64 random(20261122);
    int whole = 0, gone = 0;
    for (int round = 0; round < rounds; ++round) {
        room.reset();
        auto const cut = 1 + random() % operations;
        auto const keep = round % 2 == 0 ? std::string() : std::to_string(random() % 1000 + 1);
        CAPTURE(cut, keep, operations);
        int const code = room.remove(cut, keep);
        INFO(room.log());
        REQUIRE((code == 137 || code == 0));
        auto const state = found(room.data());
        CHECK((state == "whole" || state == "gone"));
        (state == "gone" ? gone : whole) += 1;
        if (state != "whole" && state != "gone")
            UNSCOPED_INFO(state);
    }
    // The rounds met both sides of the record.
    CHECK(whole > 0);
    CHECK(gone > 0);
}

SCENARIO("the sync of the journal of deletions is needed", "[retention][slow]")
{
    Room room;
    REQUIRE(room.remove(0, "") == 0);
    bool isLost = false;
    // Behind the record, and before the end.
    for (auto cut = room.operations(); cut > 1 && !isLost; --cut) {
        room.reset();
        if (room.remove(cut, "", "archive/removals/log") != 137)
            continue;
        auto const state = found(room.data());
        isLost = state != "whole" && state != "gone";
    }
    CHECK(isLost);
}
