#include "tests/durability/fault_rounds.h"

#include "common/base/text.h"
#include "common/dicom/uid.h"
#include "common/sqlite/database.h"
#include "gateway/archive/verification.h"
#include "gateway/ingest/ingest.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

namespace qianli::test {
namespace {

using namespace gateway;

Result<std::string> integrityOf(std::filesystem::path const& file)
{
    QIANLI_ASSIGN(auto database, sqlite::Database::open(file));
    QIANLI_ASSIGN(auto check, database.prepare("PRAGMA integrity_check"));
    QIANLI_TRY(check.step());
    return check.text(0);
}

std::string firstOf(std::vector<std::string> const& lines)
{
    return lines.empty() ? "" : lines.front();
}

// What is acknowledged: site, SOP Instance UID, digest.
std::string missing(StudyIndex const& index, BlobStore const& store, std::filesystem::path const& log)
{
    std::ifstream file(log);
    std::string site, sopInstance, digest;
    std::set<std::string> seen;
    while (file >> site >> sopInstance >> digest) {
        if (!seen.insert(site + sopInstance + digest).second)
            continue;
        std::string const name = sopInstance + " of " + site;
        auto const known = index.findBySopInstance({site}, dicom::Uid::ofKnown(sopInstance));
        if (!known)
            return known.error().message;
        auto const same =
            std::ranges::find_if(*known, [&](Receipt const& r) { return text::toHex(r.digest) == digest; });
        if (same == known->end())
            return "not in the index: " + name;
        if (auto sound = store.verify(*same); !sound)
            return name + ": " + sound.error().message;
        Query query;
        query.matches = {{Match::Kind::Value, dicom::tag::sopInstanceUid, {sopInstance}}};
        auto const shown = index.instances({false, {{site}}, false}, query);
        if (!shown || shown->size() != 1)
            return "not found by a query: " + name;
    }
    return "";
}

std::string examineOpened(std::filesystem::path const& data, std::filesystem::path const& log)
{
    auto store = BlobStore::open(data / "archive");
    if (!store)
        return store.error().message;
    auto index = StudyIndex::open(data / "index.db");
    if (!index)
        return index.error().message;
    SystemClock const clock;
    auto ingest = Ingest::start(**store, **index, clock, {});
    if (!ingest)
        return ingest.error().message;
    if (std::string lost = missing(**index, **store, log); !lost.empty())
        return lost;
    auto const report = verifyArchive(**store, data / "archive", nullptr);
    if (!report)
        return report.error().message;
    if (!report->isSound())
        return firstOf(report->missing) + firstOf(report->damaged) + firstOf(report->strangers);
    if (!std::filesystem::is_empty(data / "archive" / "incoming"))
        return "left in incoming/";
    if ((*index)->appliedSequence() != (*store)->lastSequence())
        return "the index ends before the archive";
    auto const integrity = integrityOf(data / "index.db");
    if (!integrity)
        return integrity.error().message;
    return *integrity == "ok" ? "" : *integrity;
}

// The disk is simulated, so the files may lie in memory: a real one makes the tests slower and shows nothing more.
TemporaryFolder inMemory()
{
    std::error_code error;
    auto const space = std::filesystem::space("/dev/shm", error);
    if (!error && space.available > (1ull << 30))
        ::setenv("TMPDIR", "/dev/shm", 0);
    return TemporaryFolder();
}

} // namespace

FaultRounds::FaultRounds() : folder_(inMemory())
{
    std::filesystem::create_directory(data());
}

std::vector<std::string> FaultRounds::command(Work const& work) const
{
    std::vector<std::string> words{(programFolder() / "qianli-fault-sender").string(),
                                   data().string(),
                                   (folder_ / "acknowledged").string(),
                                   std::to_string(work.threads),
                                   std::to_string(work.objects),
                                   std::to_string(work.first),
                                   std::to_string(work.checkpointEvery)};
    if (work.abrupt)
        words.push_back("abrupt");
    return words;
}

int FaultRounds::run(Faults const& faults, Work const& work)
{
    auto const survivors = folder_ / "survivors";
    std::map<std::string, std::string> environment{
        {"LD_PRELOAD", (programFolder() / ".." / "lib" / "libqianli_faults.so").string()},
        {"QIANLI_FAULTS_ROOT", data().string()},
        {"QIANLI_FAULTS_CUT", std::to_string(faults.cut)},
        {"QIANLI_FAULTS_SURVIVORS", survivors.string()},
        {"QIANLI_FAULTS_COUNT", (folder_ / "count").string()},
        {"QIANLI_FAULTS_KEEP", faults.keep},
        {"QIANLI_FAULTS_DEAF", faults.deaf},
        {"QIANLI_FAULTS_UNSYNCED", faults.unsynced},
        {"QIANLI_FAULTS_FULL", faults.full},
        {"QIANLI_FAULTS_SYNC_ERROR", faults.syncError},
        {"ASAN_OPTIONS", "verify_asan_link_order=0"},
    };
    auto const result = test::run(command(work), {}, std::chrono::seconds(60), environment);
    output_ = result.output + result.errors;
    if (result.exitCode == 137) {
        std::filesystem::remove_all(data());
        std::filesystem::rename(survivors, data());
    }
    return result.exitCode;
}

void FaultRounds::runAndKill(Work const& work, std::size_t acknowledgements)
{
    std::size_t const before = acknowledged();
    RunningProgram program(command(work), folder_ / "log");
    while (program.isRunning() && acknowledged() < before + acknowledgements)
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    program.stop(SIGKILL);
}

unsigned long FaultRounds::operations() const
{
    unsigned long count = 0;
    std::ifstream(folder_ / "count") >> count;
    return count;
}

std::size_t FaultRounds::acknowledged() const
{
    std::ifstream file(folder_ / "acknowledged");
    return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
}

std::string FaultRounds::examine() const
{
    auto const copy = folder_ / "examined";
    std::filesystem::remove_all(copy);
    std::filesystem::copy(data(), copy, std::filesystem::copy_options::recursive);
    return examineOpened(copy, folder_ / "acknowledged");
}

} // namespace qianli::test
