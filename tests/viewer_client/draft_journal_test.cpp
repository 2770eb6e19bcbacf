// What is typed is on disk at once, encrypted, and comes back: after a crash, after a cut record, not with another
// password.
#include "tests/support/support.h"
#include "viewer/client/draft_journal.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qianli;
using namespace qianli::viewer;

namespace {
SealedBox boxOf(char const* password)
{
    return *SealedBox::fromPassword(password, "0123456789abcdef0123456789abcdef");
}

JournalledDraft draftOf(std::string findings)
{
    JournalledDraft draft;
    draft.studyUid = "2.25.1";
    draft.text.findings = std::move(findings);
    draft.marks.keyImages.push_back({"2.25.1", "2.25.2", "1.2.840.10008.5.1.4.1.1.2", "2.25.3", 4});
    return draft;
}

std::int64_t milliseconds()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::string bytesOf(std::filesystem::path const& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
} // namespace

TEST_CASE("a journalled draft comes back whole, from a file that only its owner can read and nobody can decipher")
{
    test::TemporaryFolder const folder;
    auto draft = draftOf("右肺上叶见一结节影。\n\"引号\" \\ 反斜杠");
    draft.srUid = "2.25.9";
    draft.revision = 7;
    {
        DraftJournal journal(folder.path(), boxOf("correct horse"), {});
        journal.record(42, draft);
    }
    auto const file = folder / "42.journal";
    struct stat status = {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(bytesOf(file).find("结节") == std::string::npos);
    CHECK(bytesOf(file).find("2.25.1") == std::string::npos);

    DraftJournal const again(folder.path(), boxOf("correct horse"), {});
    CHECK(again.tasks() == std::vector<model::TaskId>{42});
    auto const recovered = again.recover(42);
    REQUIRE(recovered);
    CHECK(*recovered == draft);
}

TEST_CASE("a journal of another password is refused and put aside, never overwritten")
{
    test::TemporaryFolder const folder;
    {
        DraftJournal journal(folder.path(), boxOf("old password"), {});
        journal.record(1, draftOf("旧密码下写的"));
    }
    {
        DraftJournal journal(folder.path(), boxOf("new password"), {});
        auto const recovered = journal.recover(1);
        REQUIRE_FALSE(recovered);
        CHECK(recovered.error().code == ErrorCode::Corrupt);
        journal.record(1, draftOf("新的"));
    }
    std::filesystem::rename(folder / "1.journal.unreadable", folder / "2.journal");
    // Sealed for task 1: under another task's name it must not open even with the right password.
    DraftJournal const old(folder.path(), boxOf("old password"), {});
    CHECK_FALSE(old.recover(2));
    std::filesystem::rename(folder / "2.journal", folder / "1.journal");
    REQUIRE(old.recover(1));
    CHECK(old.recover(1)->text.findings == "旧密码下写的");
}

TEST_CASE("words about another study under the same task number are put aside, never overwritten")
{
    test::TemporaryFolder const folder;
    {
        DraftJournal journal(folder.path(), boxOf("one"), {});
        journal.record(5, draftOf("上一位患者"));
    }
    auto const before = bytesOf(folder / "5.journal");
    {
        DraftJournal journal(folder.path(), boxOf("one"), {});
        auto draft = draftOf("这一位患者");
        draft.studyUid = "2.25.77";
        journal.record(5, draft);
    }
    CHECK(bytesOf(folder / "5.journal.other-study") == before);
    CHECK(DraftJournal(folder.path(), boxOf("one"), {}).recover(5)->text.findings == "这一位患者");
}

TEST_CASE("a record cut short by a crash costs only itself, and writing goes on after it")
{
    test::TemporaryFolder const folder;
    {
        DraftJournal journal(folder.path(), boxOf("password"), {});
        journal.record(1, draftOf("first"));
        journal.flush();
        journal.record(1, draftOf("second"));
    }
    auto const file = folder / "1.journal";
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 3);
    {
        DraftJournal journal(folder.path(), boxOf("password"), {});
        REQUIRE(journal.recover(1));
        CHECK(journal.recover(1)->text.findings == "first");
        journal.record(1, draftOf("third"));
        journal.flush();
        journal.record(1, draftOf("fourth"));
    }
    DraftJournal const again(folder.path(), boxOf("password"), {});
    REQUIRE(again.recover(1));
    CHECK(again.recover(1)->text.findings == "fourth");
}

TEST_CASE("the journal goes away after signing")
{
    test::TemporaryFolder const folder;
    DraftJournal journal(folder.path(), boxOf("password"), {});
    journal.record(1, draftOf("done"));
    journal.flush();
    REQUIRE(journal.remove(1));
    CHECK(journal.tasks().empty());
    CHECK(journal.recover(1).error().code == ErrorCode::NotFound);
    // A record that was still waiting must not bring it back.
    journal.record(2, draftOf("late"));
    REQUIRE(journal.remove(2));
    journal.flush();
    CHECK(journal.tasks().empty());
}

TEST_CASE("a disk that refuses is reported, not hidden")
{
    test::TemporaryFolder const folder;
    std::atomic<int> failures = 0;
    DraftJournal journal(folder / "absent", boxOf("password"), [&](Error const&) { ++failures; });
    journal.record(1, draftOf("text"));
    journal.flush();
    CHECK(failures == 1);
}

SCENARIO("kill -9 of the viewer costs at most the last 200 ms of typing", "[journal]")
{
    test::TemporaryFolder const folder;
    int ways[2] = {-1, -1};
    REQUIRE(::pipe(ways) == 0);
    pid_t const writer = ::fork();
    REQUIRE(writer >= 0);
    if (writer == 0) {
        // A person who types every five milliseconds and tells when.
        ::close(ways[0]);
        DraftJournal journal(folder.path(), boxOf("password"), {});
        for (std::int64_t count = 1;; ++count) {
            journal.record(1, draftOf(std::to_string(count)));
            std::int64_t const told[2] = {count, milliseconds()};
            if (::write(ways[1], told, sizeof told) < 0)
                ::_exit(0);
            ::usleep(5000);
        }
    }
    ::close(ways[1]);
    std::vector<std::pair<std::int64_t, std::int64_t>> typed;
    std::int64_t told[2] = {};
    while (typed.size() < 160 && ::read(ways[0], told, sizeof told) == sizeof told)
        typed.emplace_back(told[0], told[1]);
    std::int64_t const killedAt = milliseconds();
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
    ::close(ways[0]);

    // How long this disk takes for a sync just now: the promise is 200 ms besides.
    std::int64_t slowest = 0;
    auto const probe = *openFile(folder / "probe", O_WRONLY | O_CREAT, 0600);
    for (int index = 0; index < 10; ++index) {
        std::int64_t const before = milliseconds();
        REQUIRE(writeAll(probe.get(), std::span(reinterpret_cast<std::uint8_t const*>("x"), 1)));
        REQUIRE(syncFile(probe.get()));
        slowest = std::max(slowest, milliseconds() - before);
    }
    DraftJournal const after(folder.path(), boxOf("password"), {});
    auto const recovered = after.recover(1);
    REQUIRE(recovered);
    auto const count = std::stoll(recovered->text.findings);
    for (auto const& [number, at] : typed)
        if (number == count + 1)
            CHECK(killedAt - at <= 200 + 2 * slowest);
}
