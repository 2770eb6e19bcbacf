#include "gateway/audit/trail_writer.h"

#include "common/base/log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

// Who became root to run a command must not leave files that the gateway can't write.
void giveToOwnerOf(std::filesystem::path const& folder, int file)
{
    struct stat owner {};
    if (::geteuid() == 0 && ::stat(folder.c_str(), &owner) == 0 && owner.st_uid != 0)
        static_cast<void>(::fchown(file, owner.st_uid, owner.st_gid) == 0);
}

void giveToOwnerOf(std::filesystem::path const& folder, std::filesystem::path const& file)
{
    if (auto const open = openFile(file, O_RDONLY); open)
        giveToOwnerOf(folder, open->get());
}

std::span<std::uint8_t const> bytesOf(std::string const& text)
{
    return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}

} // namespace

Result<TrailLock> TrailWriter::takeTurn()
{
    QIANLI_TRY(createDirectoryDurably(place_.folder));
    QIANLI_ASSIGN(auto lock, TrailLock::take(place_.folder, TrailLock::Kind::Exclusive));
    giveToOwnerOf(place_.folder, place_.folder / "lock");
    // Another process may have been at it since.
    struct stat now {};
    bool const asWeLeftIt = tail_ && file_ && ::stat(tail_->segment.file.c_str(), &now) == 0 &&
                            static_cast<std::uint64_t>(now.st_size) == tail_->segment.bytes &&
                            !std::filesystem::exists(segmentFile(place_.folder, tail_->sequence + 1));
    if (!asWeLeftIt) {
        file_ = {};
        tail_.reset();
        QIANLI_ASSIGN(tail_, readTail(place_.folder));
    }
    return lock;
}

// An append that did not end, by a kill or a power cut, was promised to nobody.
Result<void> TrailWriter::repair(TimePoint now)
{
    if (tail_->torn == 0 && tail_->unreadable == 0)
        return {};
    auto const& segment = tail_->segment;
    std::string what;
    if (tail_->torn > 0) {
        if (::ftruncate(file_.get(), static_cast<off_t>(segment.bytes - tail_->torn)) != 0)
            return failErrno(segment.file.string());
        what = fmt::format("{} bytes of an entry that was not written to its end were removed from {}", tail_->torn,
                           segment.file.filename().string());
        tail_->segment.bytes -= std::exchange(tail_->torn, 0);
    }
    if (auto const lines = std::exchange(tail_->unreadable, 0); lines > 0)
        what += fmt::format("{}the last {} lines of {} are no entries: `audit verify` says which",
                            what.empty() ? "" : "; ", lines, segment.file.filename().string());
    log::warning("audit trail: {}", what);
    AuditEvent event;
    event.kind = AuditEventKind::SecurityAlert;
    event.outcome = AuditOutcome::MinorFailure;
    event.detail = what;
    TimedEvent const timed{std::move(event), now, {}};
    return writeEvents({&timed, 1});
}

// The file to append to: the last one, or a new one behind a seal when that is full or old.
Result<void> TrailWriter::open(TimePoint now)
{
    if (!tail_->segment.file.empty() && !file_) {
        QIANLI_ASSIGN(file_, openFile(tail_->segment.file, O_WRONLY | O_APPEND));
        QIANLI_TRY(repair(now));
    }
    bool const full = tail_->segment.bytes >= place_.segmentBytes ||
                      (tail_->began != TimePoint{} && now - tail_->began >= place_.segmentTime);
    if (!tail_->segment.file.empty() && !full)
        return {};
    if (!tail_->segment.file.empty() && !tail_->sealed)
        QIANLI_TRY(writeSeal(now));
    // Never a trail without the key that says it is ours.
    QIANLI_TRY(loadKey());
    auto const first = tail_->sequence + 1;
    auto const path = segmentFile(place_.folder, first);
    QIANLI_ASSIGN(file_, openFile(path, O_WRONLY | O_APPEND | O_CREAT));
    giveToOwnerOf(place_.folder, file_.get());
    QIANLI_TRY(syncDirectory(place_.folder));
    tail_->segment = {path, first, 0};
    tail_->began = now;
    return {};
}

Result<void> TrailWriter::write(std::string const& lines, TrailTail after)
{
    auto const before = tail_->segment.bytes;
    auto done = writeAll(file_.get(), bytesOf(lines));
    if (done)
        done = syncFile(file_.get());
    if (!done) {
        // Where even this fails, the next turn finds what is torn.
        static_cast<void>(::ftruncate(file_.get(), static_cast<off_t>(before)) == 0);
        auto const place = tail_->segment.file.string();
        file_ = {};
        tail_.reset();
        return fail(done.error().code, fmt::format("{}: {}", place, done.error().message));
    }
    after.segment.bytes = before + lines.size();
    tail_ = std::move(after);
    return {};
}

Result<void> TrailWriter::writeEvents(std::span<TimedEvent const> events)
{
    std::string lines;
    TrailTail after = *tail_;
    for (TimedEvent const& timed : events) {
        AuditEntry entry;
        entry.sequence = ++after.sequence;
        entry.time = timed.at;
        entry.prev = after.hash;
        entry.event = timed.event;
        entry.beginning = timed.beginning;
        lines += toLine(entry) + "\n";
        after.hash = entry.hash;
        after.sealed = false;
    }
    return write(lines, std::move(after));
}

Result<void> TrailWriter::loadKey()
{
    if (!key_) {
        QIANLI_ASSIGN(auto key, AuditKey::open(place_.keys));
        for (char const* const name : {"audit.key", "audit.pub", "audit.lock"})
            giveToOwnerOf(place_.keys, place_.keys / name);
        key_.emplace(std::move(key));
    }
    return {};
}

Result<void> TrailWriter::writeSeal(TimePoint now)
{
    QIANLI_TRY(loadKey());
    AuditEntry entry;
    entry.sequence = tail_->sequence + 1;
    entry.time = now;
    entry.timeText = toIso8601WithOffset(now);
    entry.prev = tail_->hash;
    auto const number = tail_->seal + 1;
    QIANLI_ASSIGN(auto signature, key_->sign(sealedText(number, entry.sequence, entry.prev, entry.timeText)));
    entry.seal = AuditSeal{number, key_->fingerprint(), std::move(signature)};
    TrailTail after = *tail_;
    auto const line = toLine(entry) + "\n";
    after.sequence = entry.sequence;
    after.hash = entry.hash;
    after.seal = number;
    after.sealed = true;
    QIANLI_TRY(write(line, std::move(after)));
    TrailHead head{{number, key_->fingerprint(), {}}, entry.sequence, entry.hash, entry.timeText};
    QIANLI_ASSIGN(head.seal.signature, key_->sign(headText(head)));
    QIANLI_TRY(writeFileDurably(headFile(place_.keys), toJsonText(head), 0600));
    giveToOwnerOf(place_.keys, headFile(place_.keys));
    return {};
}

Result<void> TrailWriter::append(std::span<TimedEvent const> events)
{
    if (events.empty())
        return {};
    QIANLI_ASSIGN(auto const turn, takeTurn());
    QIANLI_TRY(open(events.back().at));
    return writeEvents(events);
}

Result<void> TrailWriter::seal(TimePoint now)
{
    QIANLI_ASSIGN(auto const turn, takeTurn());
    if (tail_->sealed || tail_->segment.file.empty())
        return {};
    if (!file_)
        QIANLI_TRY(open(now));
    return tail_->sealed ? Result<void>() : writeSeal(now);
}

Result<void> TrailWriter::trim(TimePoint before, std::uint64_t upTo, TimePoint now)
{
    QIANLI_ASSIGN(auto const turn, takeTurn());
    QIANLI_ASSIGN(auto const segments, segmentsIn(place_.folder));
    std::size_t gone = 0;
    TrailTail last;
    // The newest one stays: it is being written.
    for (; gone + 1 < segments.size(); ++gone) {
        TrailTail one;
        TimePoint newest{};
        QIANLI_TRY(forEachLine(segments[gone].file, segments[gone].bytes, [&](std::string_view line, std::uint64_t) {
            if (auto const entry = entryOfLine(line); entry) {
                newest = entry->time;
                one.sequence = entry->sequence;
                one.hash = entry->hash;
            }
            return true;
        }));
        if (newest >= before || one.sequence > upTo)
            break;
        last = std::move(one);
    }
    if (gone == 0)
        return {};
    AuditEvent event;
    event.kind = AuditEventKind::AuditLogTrimmed;
    event.detail =
        fmt::format("entries up to {} are older than they have to be kept; {} files were removed", last.sequence, gone);
    TimedEvent const note{std::move(event), now, AuditBeginning{last.sequence + 1, last.hash}};
    QIANLI_TRY(open(now));
    QIANLI_TRY(writeEvents({&note, 1}));
    QIANLI_TRY(writeSeal(now));
    for (std::size_t i = 0; i < gone; ++i)
        if (::unlink(segments[i].file.c_str()) != 0)
            return failErrno(segments[i].file.string());
    return syncDirectory(place_.folder);
}

} // namespace qianli::gateway
