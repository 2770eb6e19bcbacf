#include "common/base/file.h"
#include "common/base/text.h"
#include "gateway/archive/object_path.h"
#include "gateway/archive/receipt_line.h"
#include "gateway/archive/receipt_log.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>

using namespace qianli;
using namespace qianli::gateway;
using qianli::test::TemporaryFolder;

namespace {

Receipt receiptOf(std::uint64_t sequence)
{
    Receipt receipt;
    receipt.sequence = sequence;
    receipt.origin = Origin::Station;
    receipt.site = {"puzi"};
    receipt.person = "王敏";
    receipt.callingAe = "A \"B\\\n";
    receipt.calledAe = "QIANLI";
    receipt.address = "10.0.0.7";
    receipt.charset = "GB18030";
    receipt.stat = sequence % 2 == 1;
    receipt.receivedAt = TimePoint(std::chrono::milliseconds(1'795'000'000'123));
    receipt.digest[0] = 0xAB;
    receipt.digest[15] = 0x01;
    receipt.study = dicom::Uid::ofKnown("1.2");
    receipt.series = dicom::Uid::ofKnown("1.2.3");
    receipt.sopInstance = dicom::Uid::ofKnown("odd \"uid\"");
    receipt.sopClass = dicom::Uid::ofKnown("1.2.840");
    receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2");
    receipt.version = 3;
    receipt.location = {"objects/ab/cd/x.dcm", 300, 5'000'000'000};
    receipt.incoming = "in.dcm";
    return receipt;
}

std::string lineOf(std::uint64_t sequence, std::uint64_t group)
{
    std::string line;
    appendReceiptLine(line, receiptOf(sequence), group);
    return line;
}

std::filesystem::path segment(TemporaryFolder const& folder, int first)
{
    return folder / fmt::format("{:020}.log", first);
}

void write(std::filesystem::path const& path, std::string const& text)
{
    std::ofstream(path, std::ios::binary) << text;
}

std::vector<std::uint64_t> sequencesOf(ReceiptLog const& log, std::uint64_t after = 0)
{
    std::vector<std::uint64_t> sequences;
    auto const done = log.replay(after, [&](Receipt const& receipt) -> Result<void> {
        sequences.push_back(receipt.sequence);
        return {};
    });
    if (!done)
        FAIL(done.error().message);
    return sequences;
}

// What this process has read so far.
std::uint64_t bytesRead()
{
    std::ifstream file("/proc/self/io");
    std::string word;
    std::uint64_t bytes = 0;
    file >> word >> bytes;
    return word == "rchar:" ? bytes : 0;
}

} // namespace

TEST_CASE("no byte that a peer sends makes a receipt that can't be read", "[receipts]")
{
    auto receipt = receiptOf(7);
    receipt.calledAe = "\xD5\xFE QI\xC0\x80\xE4\xBD";
    receipt.person = "王\xFF敏";
    std::string line;
    appendReceiptLine(line, receipt, 7);
    line.pop_back();
    CHECK(text::isUtf8(line));
    auto const parsed = parseReceiptLine(line);
    REQUIRE(parsed);
    CHECK(parsed->receipt.calledAe == "\\xd5\\xfe QI\\xc0\\x80\\xe4\\xbd");
    CHECK(parsed->receipt.person == "王\\xff敏");

    // As lines were written before: the raw bytes, with a good checksum.
    std::string json(*unframeLine(line));
    json.replace(json.find("\\\\xd5"), 5, "\xD5");
    std::string old = frameLine(json);
    old.pop_back();
    REQUIRE_FALSE(text::isUtf8(old));
    auto const before = parseReceiptLine(old);
    REQUIRE(before);
    CHECK(before->receipt.calledAe == parsed->receipt.calledAe);
    CHECK(before->receipt.sequence == 7);
}

TEST_CASE("a receipt reads back as it was written", "[receipts]")
{
    std::string line = lineOf(7, 5);
    REQUIRE(line.back() == '\n');
    CHECK(std::ranges::count(line, '\n') == 1);
    line.pop_back();
    auto const parsed = parseReceiptLine(line);
    REQUIRE(parsed);
    Receipt const& read = parsed->receipt;
    Receipt const written = receiptOf(7);
    CHECK(parsed->group == 5);
    CHECK(read.sequence == 7);
    CHECK(read.origin == written.origin);
    CHECK(read.site == written.site);
    CHECK(read.person == written.person);
    CHECK(read.callingAe == written.callingAe);
    CHECK(read.calledAe == written.calledAe);
    CHECK(read.address == written.address);
    CHECK(read.charset == written.charset);
    CHECK(read.stat);
    std::string routine = lineOf(8, 5);
    routine.pop_back();
    CHECK_FALSE(parseReceiptLine(routine)->receipt.stat);
    CHECK(read.receivedAt == written.receivedAt);
    CHECK(read.digest == written.digest);
    CHECK(read.study == written.study);
    CHECK(read.series == written.series);
    CHECK(read.sopInstance == written.sopInstance);
    CHECK(read.sopClass == written.sopClass);
    CHECK(read.transferSyntax == written.transferSyntax);
    CHECK(read.version == 3);
    CHECK(read.location.path == written.location.path);
    CHECK(read.location.dataSetOffset == 300);
    CHECK(read.location.dataSetLength == 5'000'000'000);
    CHECK(read.incoming == "in.dcm");

    for (std::size_t i = 0; i < line.size(); ++i) {
        std::string damaged = line;
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        INFO("byte " << i);
        CHECK_FALSE(parseReceiptLine(damaged));
    }
}

TEST_CASE("whoever follows the log reads what is new, not what was there", "[receipts]")
{
    TemporaryFolder const folder;
    auto log = ReceiptLog::open(folder.path(), ReceiptLog::Access::Write).value();
    constexpr std::uint64_t groups = 60, ofGroup = 100;
    std::uint64_t sequence = 0;
    for (std::uint64_t group = 0; group < groups; ++group) {
        std::string lines;
        for (std::uint64_t i = 0; i < ofGroup; ++i) {
            auto receipt = receiptOf(++sequence);
            receipt.incoming = std::string(sequence % 997, 'x'); // of many lengths
            appendReceiptLine(lines, receipt, group * ofGroup + 1);
        }
        REQUIRE(log->append(lines, ofGroup));
    }
    auto const size = std::filesystem::file_size(segment(folder, 1)); // zeros ahead of the lines are part of it
    REQUIRE(size > 5 << 20);

    for (std::uint64_t after = 0; after <= sequence; after += after % 7 == 0 ? 83 : 1) {
        std::uint64_t first = 0, count = 0;
        REQUIRE(log->replay(after,
                            [&](Receipt const& receipt) -> Result<void> {
                                first = first == 0 ? receipt.sequence : first;
                                CHECK(receipt.sequence == first + count);
                                ++count;
                                return count == 3 ? fail(ErrorCode::Cancelled, "enough") : Result<void>();
                            })
                    .has_value() == (sequence - after < 3));
        INFO("after " << after);
        CHECK(count == std::min<std::uint64_t>(3, sequence - after));
        CHECK((count == 0 || first == after + 1));
    }
    auto const before = bytesRead();
    CHECK(sequencesOf(*log, sequence - 5).size() == 5);
    CHECK(bytesRead() - before < size / 4);

    // As a whole it is read in pieces: another gateway's log may be as large as the memory.
    CHECK(sequencesOf(*log).size() == sequence);

    // A damaged record that somebody passes over is no damage to those who want what came later.
    auto text = qianli::readFile(segment(folder, 1), 64 << 20).value();
    for (std::size_t at = text.size() / 3; at < text.size() / 2; at += 50'000)
        text[at] = text[at] == '\n' ? '\n' : '#';
    write(segment(folder, 1), text);
    CHECK(sequencesOf(*log, sequence - 5).size() == 5);
    CHECK_FALSE(log->replay(0, [](Receipt const&) -> Result<void> { return {}; }));
}

TEST_CASE("the log begins a new file when one is full, and replays across files", "[receipts]")
{
    TemporaryFolder const folder;
    {
        auto log = ReceiptLog::open(folder.path(), ReceiptLog::Access::Write, 2000);
        REQUIRE(log);
        CHECK((*log)->lastSequence() == 0);
        for (std::uint64_t i = 1; i <= 20; i += 2)
            REQUIRE((*log)->append(lineOf(i, i) + lineOf(i + 1, i), 2));
        CHECK((*log)->lastSequence() == 20);
    }
    auto const files = std::distance(std::filesystem::directory_iterator(folder.path()), {});
    CHECK(files > 2);
    for (auto const access : {ReceiptLog::Access::Read, ReceiptLog::Access::Write}) {
        auto log = ReceiptLog::open(folder.path(), access, 2000);
        REQUIRE(log);
        CHECK((*log)->lastSequence() == 20);
        CHECK(sequencesOf(**log).size() == 20);
        for (std::uint64_t after = 0; after <= 20; ++after) {
            auto const rest = sequencesOf(**log, after);
            CHECK(rest.size() == 20 - after);
            CHECK((rest.empty() || rest.front() == after + 1));
        }
    }
    SECTION("a file that is gone is Corrupt, not silence")
    {
        std::filesystem::remove(segment(folder, 1));
        auto log = ReceiptLog::open(folder.path(), ReceiptLog::Access::Read, 2000);
        auto const replayed = (*log)->replay(0, [](Receipt const&) -> Result<void> { return {}; });
        REQUIRE_FALSE(replayed);
        CHECK(replayed.error().code == ErrorCode::Corrupt);
    }
}

SCENARIO("a power cut tears the end of the log", "[receipts]")
{
    TemporaryFolder const folder;
    std::string const sound = lineOf(1, 1) + lineOf(2, 2);
    std::string const group = lineOf(3, 3) + lineOf(4, 3) + lineOf(5, 3);
    struct Case {
        char const* what;
        std::string tail;
        std::uint64_t last;
    };
    std::string hole = group;
    hole.replace(10, 700, std::string(700, '\0'));
    for (auto const& [what, tail, last] : {
             Case{"cut in a line", group.substr(0, 100), 2},
             Case{"without the newline", group.substr(0, group.size() - 1), 4},
             Case{"zeros where data had not been written", std::string(5000, '\0'), 2},
             Case{"a hole in the middle of a group", hole, 2},
             Case{"nothing", "", 2},
         }) {
        INFO(what);
        write(segment(folder, 1), sound + tail);
        {
            // Who only looks changes nothing.
            auto const reader = ReceiptLog::open(folder.path(), ReceiptLog::Access::Read);
            REQUIRE(reader);
            CHECK((*reader)->lastSequence() == last);
            CHECK(std::filesystem::file_size(segment(folder, 1)) == sound.size() + tail.size());
        }
        auto log = ReceiptLog::open(folder.path(), ReceiptLog::Access::Write);
        REQUIRE(log);
        CHECK((*log)->lastSequence() == last);
        REQUIRE((*log)->append(lineOf(last + 1, last + 1), 1));
        CHECK(sequencesOf(**log).size() == last + 1);
        log->reset();
        auto again = ReceiptLog::open(folder.path(), ReceiptLog::Access::Write);
        CHECK((*again)->lastSequence() == last + 1);
    }
}

SCENARIO("a record is damaged where no power cut explains it", "[receipts]")
{
    TemporaryFolder const folder;
    std::string damaged = lineOf(1, 1) + lineOf(2, 2) + lineOf(3, 3);
    damaged[lineOf(1, 1).size() + 60] ^= 4;
    write(segment(folder, 1), damaged);
    auto const log = ReceiptLog::open(folder.path(), ReceiptLog::Access::Write);
    REQUIRE_FALSE(log);
    CHECK(log.error().code == ErrorCode::Corrupt);
    CHECK(log.error().message.find("00000000000000000001.log line 2") != std::string::npos);
    CHECK(std::filesystem::file_size(segment(folder, 1)) == damaged.size());

    SECTION("also in an earlier file")
    {
        write(segment(folder, 4), lineOf(4, 4));
        auto const later = ReceiptLog::open(folder.path(), ReceiptLog::Access::Write);
        REQUIRE(later);
        auto const replayed = (*later)->replay(0, [](Receipt const&) -> Result<void> { return {}; });
        REQUIRE_FALSE(replayed);
        CHECK(replayed.error().message.find("00000000000000000001.log line 2") != std::string::npos);
    }
}

TEST_CASE("paths are made of digests only", "[archive]")
{
    auto const path = [](char const* site, char const* study, char const* instance, int version) {
        return objectPath({site}, dicom::Uid::ofKnown(study), dicom::Uid::ofKnown(instance), version);
    };
    std::string const plain = path("puzi", "1.2", "1.2.3", 1);
    CHECK(plain.size() == std::string("objects/ab/cd/").size() + 32 + 1 + 32 + 4);
    CHECK(plain == path("puzi", "1.2", "1.2.3", 1));
    CHECK(path("puzi", "1.2", "1.2.3", 2) == plain.substr(0, plain.size() - 4) + ".2.dcm");
    CHECK(path("lintai", "1.2", "1.2.3", 1).substr(0, 46) != plain.substr(0, 46));
    CHECK(path("puzi1", ".2", "1.2.3", 1).substr(0, 46) != path("puzi", "1.2", "1.2.3", 1).substr(0, 46));
    for (char const* hostile : {"../../etc/passwd", "/", "..", "a/b", "\n"}) {
        std::string const made = path("puzi", hostile, hostile, 1);
        CHECK(made.find("..") == std::string::npos);
        CHECK(std::ranges::count(made, '/') == 4);
        CHECK(made.find_first_not_of("0123456789abcdefobjectsdcm./") == std::string::npos);
    }
    // The layout on disk is final.
    CHECK(plain == "objects/bc/5b/bc5b1b763359da18bb11e022db44e8a8/7ddac0156958c5aa7bc576a0f403a7d7.dcm");
}
