// A trail in a folder of its own, and what an intruder does to its files.
#pragma once

#include "common/base/file.h"
#include "common/base/text.h"
#include "gateway/audit/audit_verify.h"
#include "gateway/audit/chained_trail.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>
#include <fstream>

namespace qianli::test {

inline gateway::AuditEvent eventOf(std::string person,
                                   gateway::AuditEventKind kind = gateway::AuditEventKind::InstancesAccessed)
{
    gateway::AuditEvent event;
    event.kind = kind;
    event.person = std::move(person);
    event.address = "127.0.0.1";
    return event;
}

struct TrailFixture {
    TemporaryFolder folder;
    ManualClock clock{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)};
    gateway::AlarmBoard alarms{clock};

    gateway::TrailPlace place() const
    {
        gateway::TrailPlace place;
        place.folder = folder / "audit";
        place.keys = folder / "keys";
        return place;
    }
    gateway::ChainedTrailSettings settings()
    {
        gateway::ChainedTrailSettings settings;
        settings.place = place();
        settings.groupTime = std::chrono::milliseconds(1);
        settings.retryTime = std::chrono::milliseconds(20);
        settings.alarms = &alarms;
        return settings;
    }
    // Entries "p1" … with a seal behind each five, so: p1…p5 seal p6…p10 seal …
    void fill(int events)
    {
        gateway::TrailWriter writer(place());
        for (int i = 1; i <= events; ++i) {
            clock.advance(std::chrono::seconds(10));
            gateway::TimedEvent const timed{eventOf("p" + std::to_string(i)), clock.now()};
            REQUIRE(writer.append({&timed, 1}));
            if (i % 5 == 0)
                REQUIRE(writer.seal(clock.now()));
        }
    }
    gateway::TrailJudgement verify() const
    {
        auto judged = gateway::verifyTrail({folder / "audit", folder / "keys/audit.pub", folder / "keys/audit.head"});
        if (!judged)
            FAIL(judged.error().message);
        return *judged;
    }
    std::filesystem::path file() const { return gateway::segmentFile(folder / "audit", 1); }
    std::vector<std::string> lines() const
    {
        auto text = readFile(file(), 1 << 20).value();
        REQUIRE(text.ends_with("\n"));
        text.pop_back();
        return text::split(text, '\n');
    }
    void write(std::vector<std::string> const& lines) const
    {
        std::ofstream out(file(), std::ios::trunc | std::ios::binary);
        for (auto const& line : lines)
            out << line << '\n';
    }
    // All entries of all files.
    std::vector<gateway::AuditEntry> entries() const
    {
        std::vector<gateway::AuditEntry> result;
        auto const segments = gateway::segmentsIn(folder / "audit").value();
        for (auto const& segment : segments)
            REQUIRE(gateway::forEachLine(segment.file, segment.bytes, [&](std::string_view line, std::uint64_t) {
                auto entry = gateway::entryOfLine(line);
                REQUIRE(entry);
                result.push_back(*std::move(entry));
                return true;
            }));
        return result;
    }
    // What somebody without the key, but with all our knowledge, makes of lines from `from` on: a chain that fits.
    static void chainAgain(std::vector<std::string>& lines, std::size_t from)
    {
        auto prev = from == 0 ? gateway::noHash : gateway::entryOfLine(lines[from - 1]).value().hash;
        for (std::size_t i = from; i < lines.size(); ++i) {
            auto entry = gateway::entryOfLine(lines[i]).value();
            entry.prev = prev;
            entry.sequence = i + 1;
            lines[i] = gateway::toLine(entry);
            prev = entry.hash;
        }
    }
};

} // namespace qianli::test
