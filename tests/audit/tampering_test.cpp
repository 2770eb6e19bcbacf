// Each way to change what was recorded, as somebody does it who may write the files: R42.
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
