// Each way to change what was recorded, as somebody does it who may write the files: R42.
#include "common/crypto/password.h"
#include "gateway/audit/direct_trail.h"
#include "tests/audit/trail_fixture.h"

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;
using Kind = TrailFault::Kind;

namespace {

bool names(TrailJudgement const& judgement, Kind kind, std::uint64_t sequence, std::uint64_t line)
{
    return std::ranges::any_of(judgement.faults, [&](TrailFault const& fault) {
        return fault.kind == kind && fault.sequence == sequence && fault.line == line &&
               (line == 0 || fault.file == "audit-000000000001.jsonl");
    });
}

std::string told(TrailJudgement const& judgement)
{
    std::string all;
    for (auto const& fault : judgement.faults)
        all += std::string(code(fault.kind)) + " " + fault.file + ":" + std::to_string(fault.line) + " " + fault.text +
               "\n";
    return all;
}

// One event, as a command puts it on record: with a seal behind it.
void command(TrailFixture const& trail, std::string person)
{
    DirectTrail direct(trail.place(), trail.clock, [](Error const& error) { FAIL(error.message); });
    direct.record(eventOf(std::move(person)));
}

bool isOnRecord(TrailFixture const& trail, std::string_view what)
{
    return std::ranges::any_of(trail.entries(), [&](AuditEntry const& entry) {
        return entry.event.kind == AuditEventKind::SecurityAlert &&
               entry.event.outcome == AuditOutcome::SeriousFailure &&
               entry.event.detail.find(what) != std::string::npos;
    });
}

// As `audit verify --folder` and `--head` see it.
TrailJudgement judge(TrailFixture const& trail, std::filesystem::path const& head)
{
    return verifyTrail({trail.folder / "audit", trail.folder / "keys/audit.pub", head}).value();
}

} // namespace

TEST_CASE("a whole trail is found whole, and a stranger can check it without us", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto const judgement = trail.verify();
    INFO(told(judgement));
    CHECK(judgement.good());
    CHECK(judgement.entries == 14);
    CHECK(judgement.seals == 2);
    CHECK(judgement.unsealed == 2);
    CHECK(judgement.last == 14);

    // With sha256sum and openssl alone.
    auto const line = trail.lines()[5];
    auto const seal = entryOfLine(line).value();
    REQUIRE(seal.seal);
    auto const sum = run({"sha256sum"}, line.substr(0, line.find(",\"hash\":\"")));
    CHECK(sum.output.starts_with(seal.hash));
    std::ofstream(trail.folder / "text") << "qianli audit seal\n1\n6\n" << seal.prev << "\n" << seal.timeText << "\n";
    std::ofstream(trail.folder / "base64") << seal.seal->signature << "\n";
    REQUIRE(
        run({"openssl", "base64", "-d", "-A", "-in", trail.folder / "base64", "-out", trail.folder / "der"}).exitCode ==
        0);
    auto const checked = run({"openssl", "dgst", "-sha256", "-verify", trail.folder / "keys/audit.pub", "-signature",
                              trail.folder / "der", trail.folder / "text"});
    CHECK(checked.output == "Verified OK\n");
}

TEST_CASE("an altered entry is named", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto lines = trail.lines();
    auto& line = lines[2];
    line.replace(line.find("\"p3\""), 4, "\"px\"");
    trail.write(lines);
    auto const judgement = trail.verify();
    INFO(told(judgement));
    CHECK(names(judgement, Kind::Altered, 3, 3));
    CHECK(judgement.faults.size() == 1);
}

TEST_CASE("an altered entry with a hash that fits it is named, by the one behind it", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto lines = trail.lines();
    auto entry = entryOfLine(lines[2]).value();
    entry.event.person = "px";
    lines[2] = toLine(entry);
    trail.write(lines);
    auto const judgement = trail.verify();
    INFO(told(judgement));
    CHECK(names(judgement, Kind::Rewritten, 3, 3));
    CHECK(judgement.faults.size() == 1);
}

TEST_CASE("a removed entry is named, also when it is a seal", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto lines = trail.lines();
    auto const gone = GENERATE(std::size_t{3}, std::size_t{5});
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(gone));
    trail.write(lines);
    auto const judgement = trail.verify();
    INFO(told(judgement));
    CHECK(names(judgement, Kind::Removed, gone + 1, gone + 1));
    CHECK(judgement.faults.size() == 1);
}

TEST_CASE("reordered entries are named", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto lines = trail.lines();
    std::swap(lines[1], lines[2]);
    trail.write(lines);
    auto const judgement = trail.verify();
    INFO(told(judgement));
    CHECK(names(judgement, Kind::Reordered, 2, 3));
    CHECK(judgement.faults.size() == 1);
}

TEST_CASE("an entry that stands twice is named", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto lines = trail.lines();
    lines.insert(lines.begin() + 4, lines[3]);
    trail.write(lines);
    CHECK(names(trail.verify(), Kind::Reordered, 4, 5));
}

TEST_CASE("a chain that was written again is not the one that was sealed", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto lines = trail.lines();
    auto entry = entryOfLine(lines[2]).value();
    entry.event.person = "px";
    lines[2] = toLine(entry);

    SECTION("with the old seals in it")
    {
        TrailFixture::chainAgain(lines, 3);
        trail.write(lines);
        auto const judgement = trail.verify();
        INFO(told(judgement));
        CHECK(names(judgement, Kind::Rewritten, 6, 6));
    }
    SECTION("without any seal")
    {
        std::erase_if(lines, [](std::string const& line) { return entryOfLine(line).value().seal.has_value(); });
        TrailFixture::chainAgain(lines, 0);
        trail.write(lines);
        auto const judgement = trail.verify();
        INFO(told(judgement));
        CHECK(names(judgement, Kind::Rewritten, 12, 12));
    }
    SECTION("with seals of another key")
    {
        std::filesystem::rename(trail.folder / "keys", trail.folder / "kept");
        std::filesystem::remove(trail.file());
        trail.fill(15);
        std::filesystem::remove_all(trail.folder / "keys");
        std::filesystem::rename(trail.folder / "kept", trail.folder / "keys");
        auto const judgement = trail.verify();
        INFO(told(judgement));
        CHECK(names(judgement, Kind::Rewritten, 6, 6));
    }
}

TEST_CASE("a tail that was cut off is found as far as the last seal, also whole minutes of it", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto lines = trail.lines();
    auto const left = GENERATE(std::size_t{11}, std::size_t{8}, std::size_t{6});
    lines.resize(left);
    trail.write(lines);
    auto const judgement = trail.verify();
    INFO(told(judgement));
    CHECK(names(judgement, Kind::Cut, left + 1, 0));
    CHECK(judgement.faults.size() == 1);
}

TEST_CASE("what is not sealed yet may be missing after a kill; the seals may not", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto lines = trail.lines();
    lines.resize(12);
    trail.write(lines);
    CHECK(trail.verify().good());
    // Without the head, nobody could tell.
    std::filesystem::remove(trail.folder / "keys/audit.head");
    CHECK_FALSE(trail.verify().good());
}

TEST_CASE("a trail whose beginning was cut off is found", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto lines = trail.lines();
    lines.erase(lines.begin(), lines.begin() + 6);
    std::filesystem::remove(trail.file());
    std::ofstream out(segmentFile(trail.folder / "audit", 7));
    for (auto const& line : lines)
        out << line << '\n';
    out.close();
    auto const judgement = trail.verify();
    INFO(told(judgement));
    REQUIRE(judgement.faults.size() == 1);
    CHECK(judgement.faults[0].kind == Kind::Cut);
    CHECK(judgement.faults[0].sequence == 6);
}

TEST_CASE("a trail that was cut stays cut, whatever is appended to it", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12); // sealed up to entry 12, and two entries more
    auto lines = trail.lines();
    auto const left = GENERATE(std::size_t{11}, std::size_t{8}, std::size_t{6});
    lines.resize(left);
    trail.write(lines);
    auto const who = GENERATE("command", "daemon", "verify");
    auto const head = readHead(trail.folder / "keys/audit.head").value();
    if (std::string_view(who) == "command") {
        command(trail, "later");
    } else if (std::string_view(who) == "verify") {
        DirectTrail direct(trail.place(), trail.clock, [](Error const&) {});
        auto looked = eventOf("looks", AuditEventKind::AuditLogUsed);
        looked.outcome = AuditOutcome::SeriousFailure;
        direct.record(looked);
    } else {
        ChainedTrail daemon(trail.settings(), trail.clock);
        daemon.record(eventOf("later"));
        CHECK(daemon.flush());
        daemon.stop();
        CHECK(trail.alarms.stands("audit", "changed"));
    }
    command(trail, "and later");
    auto const judgement = trail.verify();
    INFO(who << "\n" << told(judgement));
    REQUIRE(judgement.faults.size() == 1);
    CHECK(judgement.faults[0].kind == Kind::Removed);
    CHECK(judgement.faults[0].sequence == left + 1);
    CHECK(judgement.faults[0].text.find(left == 11 ? "entry 12 is missing" : "to 12 are missing") != std::string::npos);
    CHECK(isOnRecord(trail, "cut off"));
    CHECK(readHead(trail.folder / "keys/audit.head").value().sequence > head.sequence);
}

TEST_CASE("a trail that was deleted does not begin anew", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    std::filesystem::remove(trail.file());
    command(trail, "later");
    auto const judgement = trail.verify();
    INFO(told(judgement));
    REQUIRE(judgement.faults.size() == 1);
    CHECK(judgement.faults[0].kind == Kind::Cut);
    CHECK(judgement.first == 13);
    CHECK(isOnRecord(trail, "none is there any more"));
}

TEST_CASE("a history that was written again is vouched for by no later seal", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto lines = trail.lines();
    for (auto& line : lines)
        if (auto entry = entryOfLine(line).value(); !entry.seal) {
            entry.event.person = "other";
            line = toLine(entry);
        }
    std::erase_if(lines, [](std::string const& line) { return entryOfLine(line).value().seal.has_value(); });
    // Longer than it was, as long, shorter.
    auto const more = GENERATE(0, 2, 5);
    for (int i = 0; i < more; ++i)
        lines.push_back(lines.back());
    TrailFixture::chainAgain(lines, 0);
    trail.write(lines);
    for (int i = 0; i < 3; ++i) {
        command(trail, "later");
        auto const judgement = trail.verify();
        INFO(told(judgement));
        CHECK_FALSE(judgement.good());
    }
    CHECK(isOnRecord(trail, "rewritten"));
}

TEST_CASE("the gateway that runs misses also what was not sealed yet, and what a command went on behind",
          "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(10);
    ChainedTrail daemon(trail.settings(), trail.clock);
    for (int i = 0; i < 3; ++i)
        daemon.record(eventOf("young"));
    REQUIRE(daemon.flush());
    bool const byRename = GENERATE(false, true);
    auto lines = trail.lines();
    REQUIRE(lines.size() == 15);
    lines.resize(13);
    if (byRename) // another file of the same name: what is still open is nobody's any more
        std::filesystem::remove(trail.file());
    trail.write(lines);
    if (GENERATE(false, true))
        command(trail, "between");
    daemon.record(eventOf("later"));
    REQUIRE(daemon.flush());
    daemon.stop();
    CHECK(trail.alarms.stands("audit", "changed"));
    auto const judgement = trail.verify();
    INFO(told(judgement));
    CHECK_FALSE(judgement.good());
    CHECK(std::ranges::any_of(trail.entries(), [](auto const& entry) { return entry.event.person == "later"; }));
}

TEST_CASE("who finds the trail faulty does not sign it", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto lines = trail.lines();
    auto& line = lines[2];
    line.replace(line.find("\"p3\""), 4, "\"px\"");
    trail.write(lines);
    {
        DirectTrail direct(trail.place(), trail.clock, [](Error const&) {});
        auto looked = eventOf("looks", AuditEventKind::AuditLogUsed);
        looked.outcome = AuditOutcome::SeriousFailure;
        direct.record(looked);
    }
    auto const judgement = trail.verify();
    CHECK(names(judgement, Kind::Altered, 3, 3));
    CHECK(judgement.seals == 2);
}

TEST_CASE("a head that is missing or not ours is on record", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto const head = trail.folder / "keys/audit.head";
    if (GENERATE(true, false)) {
        std::filesystem::remove(head);
    } else {
        auto text = readFile(head, 4096).value();
        text.replace(text.find("\"n\":12"), 6, "\"n\":6");
        std::ofstream(head, std::ios::trunc) << text;
    }
    command(trail, "later");
    CHECK(isOnRecord(trail, "can't be told"));
    command(trail, "later");
    CHECK(trail.verify().good());
}

TEST_CASE("a beginning counts only when a seal says so", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto lines = trail.lines();
    auto const prev = entryOfLine(lines[5]).value().hash;
    auto const forge = [&](AuditEntry entry) {
        entry.sequence = lines.size() + 1;
        entry.time = trail.clock.now();
        entry.prev = entryOfLine(lines.back()).value().hash;
        auto line = toLine(entry);
        return line;
    };
    AuditEntry note;
    note.event.kind = AuditEventKind::AuditLogTrimmed;
    SECTION("in an entry")
    {
        auto text = forge(note);
        text = text.substr(0, text.find(",\"hash\"")) + ",\"begins\":{\"n\":7,\"prev\":\"" + prev + "\"}";
        lines.push_back(text + ",\"hash\":\"" + crypto::sha256Hex(text) + "\"}");
    }
    SECTION("in a seal of which the signature is taken from another")
    {
        note.seal = entryOfLine(lines[11]).value().seal;
        note.beginning = AuditBeginning{7, prev};
        lines.push_back(forge(note));
    }
    REQUIRE(entryOfLine(lines.back()));
    lines.erase(lines.begin(), lines.begin() + 6);
    std::filesystem::remove(trail.file());
    {
        std::ofstream out(segmentFile(trail.folder / "audit", 7));
        for (auto const& line : lines)
            out << line << '\n';
    }
    for (int i = 0; i < 2; ++i) {
        auto const judgement = trail.verify();
        INFO(told(judgement));
        CHECK(std::ranges::any_of(
            judgement.faults, [](TrailFault const& fault) { return fault.kind == Kind::Cut && fault.sequence == 6; }));
        command(trail, "later");
    }
}

TEST_CASE("a copy without its head is never said to be whole at its end", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(12);
    auto lines = trail.lines();
    lines.resize(4);
    trail.write(lines);
    auto const without = judge(trail, {});
    CHECK(without.good());
    CHECK_FALSE(without.endKnown);
    std::filesystem::copy_file(trail.folder / "keys/audit.head", trail.folder / "head");
    auto const with = judge(trail, trail.folder / "head");
    CHECK(with.endKnown);
    CHECK(names(with, Kind::Cut, 5, 0));
}
