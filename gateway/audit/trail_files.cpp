#include "gateway/audit/trail_files.h"

#include "common/base/folder.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

namespace qianli::gateway {
namespace {

constexpr std::string_view nameStart = "audit-", nameEnd = ".jsonl";

std::optional<std::uint64_t> firstOf(std::string const& name)
{
    if (!name.starts_with(nameStart) || !name.ends_with(nameEnd))
        return std::nullopt;
    auto const digits =
        std::string_view(name).substr(nameStart.size(), name.size() - nameStart.size() - nameEnd.size());
    std::uint64_t first = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), first);
    return error == std::errc() && end == digits.data() + digits.size() && !digits.empty() ? std::optional(first)
                                                                                           : std::nullopt;
}

// What one segment says of the tail; its entries alone.
Result<void> readSegment(TrailSegment const& segment, TrailTail& tail)
{
    std::uint64_t whole = 0;
    bool first = true;
    auto const read = forEachLine(segment.file, segment.bytes, [&](std::string_view line, std::uint64_t) {
        whole += line.size() + 1;
        auto const entry = entryOfLine(line);
        if (!entry) {
            ++tail.unreadable;
            return true;
        }
        if (std::exchange(first, false))
            tail.began = entry->time;
        tail.unreadable = 0;
        tail.sequence = entry->sequence;
        tail.hash = entry->hash;
        tail.newest = entry->time;
        tail.sealed = entry->seal.has_value();
        if (entry->seal)
            tail.seal = entry->seal->number;
        return true;
    });
    tail.torn = segment.bytes - whole;
    return read;
}

} // namespace

std::filesystem::path segmentFile(std::filesystem::path const& folder, std::uint64_t first)
{
    return folder / fmt::format("{}{:012}{}", nameStart, first, nameEnd);
}

Result<std::vector<TrailSegment>> segmentsIn(std::filesystem::path const& folder)
{
    std::vector<TrailSegment> segments;
    auto const names = namesIn(folder);
    if (!names && names.error().code == ErrorCode::NotFound)
        return segments;
    if (!names)
        return tl::unexpected(names.error());
    for (auto const& name : *names) {
        auto const first = firstOf(name);
        if (!first)
            continue;
        std::error_code gone;
        auto const bytes = std::filesystem::file_size(folder / name, gone);
        if (!gone)
            segments.push_back({folder / name, *first, bytes});
    }
    std::ranges::sort(segments, {}, &TrailSegment::first);
    return segments;
}

Result<TrailLock> TrailLock::take(std::filesystem::path const& folder, Kind kind, Duration patience)
{
    using Steady = std::chrono::steady_clock;
    QIANLI_ASSIGN(FileDescriptor file, openFile(folder / "lock", O_RDWR | O_CREAT));
    auto const until = Steady::now() + patience;
    auto pause = std::chrono::milliseconds(1);
    constexpr auto longestPause = std::chrono::milliseconds(16);
    while (::flock(file.get(), (kind == Kind::Shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
        if (errno != EINTR && errno != EWOULDBLOCK)
            return failErrno("locking the audit trail");
        if (Steady::now() >= until)
            return fail(ErrorCode::Unavailable,
                        fmt::format("{}: another program holds it and does not let go", (folder / "lock").string()));
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, longestPause);
    }
    return TrailLock(std::move(file));
}

Result<void> forEachLine(std::filesystem::path const& file, std::uint64_t bytes,
                         std::function<bool(std::string_view, std::uint64_t)> const& each)
{
    QIANLI_ASSIGN(FileDescriptor const open, openFile(file, O_RDONLY));
    constexpr std::size_t step = 1 << 16;
    std::string waiting;
    std::uint64_t number = 0;
    for (std::uint64_t at = 0; at < bytes;) {
        std::string part(static_cast<std::size_t>(std::min<std::uint64_t>(step, bytes - at)), '\0');
        QIANLI_TRY(readAllAt(open.get(), {reinterpret_cast<std::uint8_t*>(part.data()), part.size()}, at));
        at += part.size();
        waiting += part;
        std::size_t begin = 0;
        for (std::size_t end = waiting.find('\n'); end != std::string::npos; end = waiting.find('\n', begin)) {
            if (!each(std::string_view(waiting).substr(begin, end - begin), ++number))
                return {};
            begin = end + 1;
        }
        waiting.erase(0, begin);
        if (waiting.size() > longestAuditLine)
            return fail(ErrorCode::Corrupt,
                        fmt::format("{}: line {} is longer than any entry", file.string(), number + 1));
    }
    return {};
}

Result<TrailTail> readTail(std::filesystem::path const& folder)
{
    QIANLI_ASSIGN(auto const segments, segmentsIn(folder));
    TrailTail tail;
    if (segments.empty())
        return tail;
    // Back to the one that has a seal: its number goes on. A file may be empty, its first append having failed.
    std::size_t from = segments.size();
    while (from > 0) {
        tail = {};
        QIANLI_TRY(readSegment(segments[--from], tail));
        if (tail.seal > 0)
            break;
    }
    tail = {};
    for (; from < segments.size(); ++from) {
        tail.began = {};
        QIANLI_TRY(readSegment(segments[from], tail));
    }
    tail.segment = segments.back();
    // What somebody made unreadable stays counted, so that verify can say which.
    tail.sequence += tail.unreadable;
    return tail;
}

Result<bool> holds(std::filesystem::path const& folder, TrailPoint const& point)
{
    QIANLI_ASSIGN(auto const segments, segmentsIn(folder));
    bool found = false;
    // Newest first: that is where it is asked for.
    for (auto segment = segments.rbegin(); segment != segments.rend() && !found; ++segment) {
        if (segment->first > point.sequence)
            continue;
        QIANLI_TRY(forEachLine(segment->file, segment->bytes, [&](std::string_view line, std::uint64_t) {
            // Cheaper than reading all of them as what they are.
            if (line.find(point.hash) == std::string_view::npos)
                return true;
            auto const entry = entryOfLine(line);
            found = entry && entry->sequence == point.sequence && entry->hash == point.hash;
            return !found;
        }));
        break;
    }
    return found;
}

std::filesystem::path headFile(std::filesystem::path const& keys)
{
    return keys / "audit.head";
}

std::string headText(TrailHead const& head)
{
    return fmt::format("qianli audit head\n{}\n{}\n{}\n{}\n", head.seal.number, head.sequence, head.hash,
                       head.timeText);
}

std::string toJsonText(TrailHead const& head)
{
    nlohmann::ordered_json const json{{"seal", head.seal.number}, {"n", head.sequence},
                                      {"hash", head.hash},        {"t", head.timeText},
                                      {"key", head.seal.key},     {"signature", head.seal.signature}};
    return json.dump() + "\n";
}

Result<TrailHead> readHead(std::filesystem::path const& file)
{
    constexpr std::size_t longest = 4096;
    QIANLI_ASSIGN(auto const text, readFile(file, longest));
    try {
        auto const json = nlohmann::json::parse(text);
        TrailHead head;
        head.seal = {json.at("seal").get<std::uint64_t>(), json.at("key").get<std::string>(),
                     json.at("signature").get<std::string>()};
        head.sequence = json.at("n").get<std::uint64_t>();
        head.hash = json.at("hash").get<std::string>();
        head.timeText = json.at("t").get<std::string>();
        return head;
    } catch (nlohmann::json::exception const&) {
        return fail(ErrorCode::Corrupt, file.string() + ": this is no head of the trail");
    }
}

} // namespace qianli::gateway
