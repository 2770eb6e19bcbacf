// HealingIndex's own thread: looks after the file, and makes it again from the archive when it has to.
#include "common/base/enduring.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "gateway/ingest/healing_index.h"
#include "gateway/ingest/replay.h"

#include <ctime>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr char const* partsOfDatabase[] = {"", "-wal", "-shm"};
// When a round brought no more than this, the rest is taken while objects wait.
constexpr std::uint64_t fewObjects = 200;

std::string dateForName(TimePoint now)
{
    auto const seconds = static_cast<std::time_t>(now.time_since_epoch().count() / 1000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

void removeDatabase(std::filesystem::path const& file)
{
    std::error_code ignored;
    for (char const* part : partsOfDatabase)
        std::filesystem::remove(file.string() + part, ignored);
    std::filesystem::remove(file.string() + ".open", ignored);
}

std::filesystem::path buildingOf(std::filesystem::path const& file)
{
    return file.string() + ".new";
}

} // namespace

void HealingIndex::work(std::stop_token const& stop)
{
    nextDeepCheck_ = clock_.now();
    while (!stop.stop_requested()) {
        bool failed = false, made = false;
        bool const whole = endure([&] {
            if (current())
                lookAfter(stop);
            else if (auto const rebuilt = rebuild(stop); rebuilt || stop.stop_requested())
                made = true;
            else {
                failed = true;
                log::error("the index could not be made again: {}; it is tried again", rebuilt.error().message);
            }
        });
        if (made)
            continue;
        failed = failed || !whole;
        // After a failed rebuild the whole pause; else until somebody sees damage, which may have been just now.
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, failed ? settings_.tryAgainAfter : settings_.quickCheckEvery,
                       [&] { return !failed && current_ == nullptr; });
    }
}

void HealingIndex::lookAfter(std::stop_token const& stop)
{
    if (!check(Check::Quick, stop) || clock_.now() < nextDeepCheck_)
        return;
    nextDeepCheck_ = clock_.now() + settings_.deepCheckEvery;
    if (auto const sound = check(Check::Deep, stop); !sound && sound.error().code == ErrorCode::Unavailable)
        log::debug("{}", sound.error().message);
}

// Old ones go: they are of use to nobody but whoever looks for the cause.
Result<void> HealingIndex::setAside() const
{
    std::filesystem::path const& file = settings_.file;
    auto const folder = file.parent_path();
    std::string const start = file.filename().string() + ".damaged-";
    std::error_code ignored;
    std::vector<std::filesystem::path> old;
    for (auto const& entry : std::filesystem::directory_iterator(folder, ignored))
        if (entry.path().filename().string().starts_with(start))
            old.push_back(entry.path());
    for (auto const& path : old)
        std::filesystem::remove(path, ignored);
    auto const target = folder / (start + dateForName(clock_.now()));
    for (char const* part : {"", "-wal"})
        std::filesystem::rename(file.string() + part, target.string() + part, ignored);
    removeDatabase(file);
    if (std::filesystem::exists(file, ignored))
        return fail(ErrorCode::Unavailable, fmt::format("{} can't be set aside", file.string()));
    log::information("the damaged index is {}", target.string());
    return syncDirectory(folder);
}

// What an earlier run began is taken further.
Result<std::unique_ptr<StudyIndex>> HealingIndex::openBuilding() const
{
    auto const building = buildingOf(settings_.file);
    if (auto opened = StudyIndex::open(building);
        opened && (*opened)->appliedSequence() <= store_.lastSequence() && (*opened)->check(Check::Quick, {}))
        return opened;
    removeDatabase(building);
    return StudyIndex::open(building);
}

Result<void> HealingIndex::rebuild(std::stop_token const& stop)
{
    {
        std::unique_lock lock(mutex_);
        if (damaged_) {
            lock.unlock();
            QIANLI_TRY(setAside());
            lock.lock();
            damaged_ = false;
        }
    }
    QIANLI_ASSIGN(auto building, openBuilding());
    if (building->appliedSequence() == 0)
        leftOut_.beginAnew();
    QIANLI_ASSIGN(CharsetOf const charset, settings_.charsets ? settings_.charsets() : Result<CharsetOf>(CharsetOf{}));
    auto told = clock_.now();
    auto const goOn = [&] { return !stop.stop_requested(); };
    std::uint64_t taken = 0;
    do {
        std::uint64_t const before = building->appliedSequence();
        total_ = store_.lastSequence();
        auto const report = replayInto(
            store_, *building, charset,
            [&](std::uint64_t done, std::uint64_t) {
                done_ = before + done;
                if (clock_.now() - told >= std::chrono::seconds(10)) {
                    told = clock_.now();
                    log::information("the index is made again: {} of {} objects", done_.load(), total_.load());
                }
            },
            goOn, &leftOut_);
        if (!report)
            return tl::unexpected(report.error());
        taken = report->objects;
    } while (taken > fewObjects);
    // Readers there are none, so it is the whole log.
    QIANLI_TRY(building->checkpoint());
    return takeTheRest(std::move(building), charset, stop);
}

// Objects wait for this: what came during the last round, and the exchange of two files.
Result<void> HealingIndex::takeTheRest(std::unique_ptr<StudyIndex> building, CharsetOf const& charset,
                                       std::stop_token const& stop)
{
    std::lock_guard const applying(applying_);
    QIANLI_TRY(replayInto(
        store_, *building, charset, nullptr, [&] { return !stop.stop_requested(); }, &leftOut_));
    std::filesystem::path const file = settings_.file;
    auto const from = buildingOf(file);
    std::uint64_t const objects = building->appliedSequence();
    // Only the file goes to the new place, so all must be in it: SQLite says nothing when the close can't move its log.
    QIANLI_TRY(building->checkpoint());
    building.reset();
    std::error_code failed;
    if (std::filesystem::exists(from.string() + "-wal", failed) || failed)
        return fail(ErrorCode::Unavailable, fmt::format("{}-wal can't be moved into the file", from.string()));
    removeDatabase(file);
    std::filesystem::rename(from, file, failed);
    if (failed)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", from.string(), failed.message()));
    QIANLI_TRY(syncDirectory(file.parent_path()));
    QIANLI_ASSIGN(auto opened, StudyIndex::open(file));
    if (opened->appliedSequence() != objects)
        return fail(ErrorCode::Corrupt, fmt::format("{} ends at receipt {}, and {} were taken in", file.string(),
                                                    opened->appliedSequence(), objects));
    ++rebuilds_;
    {
        std::lock_guard const lock(mutex_);
        current_ = std::move(opened);
    }
    wake_.notify_all();
    settings_.observers.clear("database", file.filename().string());
    log::information("the index was made again from the archive, up to receipt {}", objects);
    return {};
}

} // namespace qianli::gateway
