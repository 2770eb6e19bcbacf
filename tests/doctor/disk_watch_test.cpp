// What is told of a disk that fills, and how often.
#include "gateway/upkeep/disk_watch.h"
#include "tests/support/gateway_fixture.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

// A disk that says what the test wants; all else is a real archive's.
class SaidDisk : public BlobStore {
public:
    explicit SaidDisk(BlobStore& real) : real_(real) {}
    Usage said{0, 0, 50, 100, false};
    std::string refusal; // of writing
    mutable std::atomic<bool> asked = false;

    Result<Usage> usage() const override
    {
        auto const answer = said;
        asked = true;
        return answer;
    }
    Result<void> tryToWrite() override
    {
        return refusal.empty() ? Result<void>() : fail(ErrorCode::Unavailable, refusal);
    }
    Result<std::unique_ptr<IncomingObject>> begin(dicom::FileMeta const& meta) override { return real_.begin(meta); }
    Result<void> commit(std::span<Commit> group) override { return real_.commit(group); }
    Result<StoredObject> open(BlobLocation const& location) const override { return real_.open(location); }
    Result<void> verify(Receipt const& receipt, Look where) const override { return real_.verify(receipt, where); }
    void noteDamage(Receipt const&, Error const&) const override {}
    bool isKnownDamaged(BlobLocation const&) const override { return false; }
    void setDamageListener(DamageListener) override {}
    Result<void> heal(Receipt const&, std::unique_ptr<IncomingObject>&) override { return {}; }
    bool holdsAtItsPlace(Receipt const&) const override { return false; }
    Result<void> replay(std::uint64_t, std::function<Result<void>(Receipt const&)>) const override { return {}; }
    std::uint64_t lastSequence() const override { return 0; }
    Result<std::uint64_t> beginRemoval(Removal, std::span<Receipt const>) override { return 0; }
    Result<Removed> finishRemoval(std::uint64_t) override { return Removed{}; }
    Result<void> finishRemovals() override { return {}; }
    std::uint64_t lastRemoval() const override { return 0; }
    bool isRemoved(std::uint64_t) const override { return false; }
    Result<void> removals(std::uint64_t, std::function<Result<void>(Removal const&)>) const override { return {}; }
    Result<void> replayWithRemoved(std::uint64_t, std::function<Result<void>(Receipt const&, bool)>) const override
    {
        return {};
    }
    Result<void> checkpoint() override { return {}; }
    std::filesystem::path absolutePath(BlobLocation const& location) const override
    {
        return real_.absolutePath(location);
    }

private:
    BlobStore& real_;
};

} // namespace

TEST_CASE("a disk that is nearly full is told, and told again when it is full", "[disk]")
{
    GatewayFixture gateway;
    SaidDisk disk(gateway.store());
    disk.said = {0, 0, 500, 1000, false};
    AlarmBoard board(gateway.clock);
    std::vector<std::string> told;
    board.addListener([&](Alarm const& alarm, AlarmBoard::Change change) {
        told.push_back(change == AlarmBoard::Change::Cleared ? "over" : std::string(toString(alarm.level)));
    });
    DiskWatch watch(disk, 64, 90, {&board, nullptr}, std::chrono::hours(1));
    while (!disk.asked) // its own look at the start
        std::this_thread::yield();
    auto const look = [&](std::uint64_t free) {
        disk.said.freeBytes = free;
        watch.look();
    };
    look(500);
    CHECK(told.empty());
    look(95);
    look(80);
    CHECK(told == std::vector<std::string>{"warning"});
    look(60);
    look(10);
    CHECK(told == std::vector<std::string>{"warning", "failure"});
    // Somebody makes a little room, and it is taken at once.
    look(69);
    look(60);
    CHECK(told.size() == 2);
    look(90);
    CHECK(board.stands("disk", ""));
    CHECK_FALSE(board.stands("disk", "", Alarm::Level::Failure));
    look(105);
    CHECK(told.size() == 2);
    look(60);
    CHECK(told == std::vector<std::string>{"warning", "failure", "failure"});
    look(200);
    CHECK(told.back() == "over");
    CHECK(told.size() == 4);
}

TEST_CASE("a disk that became read-only is told before anybody sends", "[disk]")
{
    GatewayFixture gateway;
    SaidDisk disk(gateway.store());
    AlarmBoard board(gateway.clock);
    DiskWatch watch(disk, 0, 90, {&board, nullptr}, std::chrono::hours(1));
    while (!disk.asked) // its own look at the start
        std::this_thread::yield();
    watch.look();
    CHECK(board.standing().empty());
    disk.said.readOnly = true;
    disk.refusal = "creating a file: Read-only file system";
    watch.look();
    CHECK(board.stands("disk", "archive", Alarm::Level::Failure));
    disk.said.readOnly = false;
    watch.look();
    CHECK(board.stands("disk", "archive")); // it still refuses
    disk.refusal.clear();
    watch.look();
    CHECK(board.standing().empty());
}
