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

bool TrailWriter::isAsWeLeftIt() const
{
    struct stat now {
    }, ours{};
    return tail_ && file_ && ::stat(tail_->segment.file.c_str(), &now) == 0 && ::fstat(file_.get(), &ours) == 0 &&
           now.st_dev == ours.st_dev && now.st_ino == ours.st_ino &&
           static_cast<std::uint64_t>(now.st_size) == tail_->segment.bytes &&
           !std::filesystem::exists(segmentFile(place_.folder, tail_->sequence + 1));
}

Result<TrailLock> TrailWriter::takeTurn(TimePoint now)
{
    QIANLI_TRY(createDirectoryDurably(place_.folder));
    QIANLI_ASSIGN(auto lock, TrailLock::take(place_.folder, TrailLock::Kind::Exclusive, place_.patience));
    giveToOwnerOf(place_.folder, place_.folder / "lock");
    // Another process may have been at it since, or somebody else.
    if (!isAsWeLeftIt()) {
        file_ = {};
        tail_.reset();
        auto const read = readAgain(now);
        if (!read) {
            file_ = {};
            tail_.reset();
            return tl::unexpected(read.error());
        }
    }
    return lock;
}

Result<void> TrailWriter::readAgain(TimePoint now)
{
    QIANLI_ASSIGN(tail_, readTail(place_.folder));
    if (!std::exchange(hasLooked_, true) && tail_->sequence > 0)
        before_ = {tail_->newest, std::chrono::steady_clock::now()};
    QIANLI_TRY(compare(now));
    if (tail_->unreadable == 0)
        known_ = {tail_->sequence, tail_->hash};
    return {};
}

// The newest seal as the key folder remembers it; nothing where there is none yet.
Result<std::optional<TrailHead>> TrailWriter::trustedHead() const
{
    auto const file = headFile(place_.keys);
    auto head = readHead(file);
    if (!head && head.error().code == ErrorCode::NotFound)
        return std::nullopt;
    if (!head)
        return tl::unexpected(head.error());
    QIANLI_ASSIGN(auto const keys, AuditPublicKeys::read(place_.keys / "audit.pub"));
    if (!keys.verifies(head->seal.key, headText(*head), head->seal.signature))
        return fail(ErrorCode::Corrupt, file.string() + ": its signature is none of the gateway's");
    return *std::move(head);
}

// The files say what they say; what we know of the trail apart from them is what its newest seal was put on, and what
// we saw ourselves.
Result<void> TrailWriter::compare(TimePoint now)
{
    auto const head = trustedHead();
    auto seal = tail_->seal;
    std::vector<TrailPoint> points;
    if (head && *head) {
        points.push_back({(*head)->sequence, (*head)->hash});
        seal = std::max(seal, (*head)->seal.number);
    }
    if (known_.sequence > 0)
        points.push_back(known_);
    TrailPoint missing;
    for (TrailPoint const& point : points) {
        bool const last = point.sequence == tail_->sequence && point.hash == tail_->hash;
        if (!last) {
            QIANLI_ASSIGN(bool const there, holds(place_.folder, point));
            if (!there && point.sequence >= missing.sequence)
                missing = point;
        }
    }
    if (missing.sequence > 0)
        return goOnBehind(missing, seal, now);
    // A kill between the first seal of all and its head leaves none.
    bool const hasHead = head && (*head || tail_->seal <= 1);
    if (hasHead || std::exchange(hasMissedHead_, true))
        return {};
    finding_ = fmt::format("whether the newest part of the trail was cut off can't be told: {}",
                           head ? headFile(place_.keys).string() + " is not there" : head.error().message);
    QIANLI_TRY(open(now));
    return alert(AuditOutcome::SeriousFailure, finding_, now);
}

// The chain goes on behind what was there, and not behind what was made of it.
Result<void> TrailWriter::goOnBehind(TrailPoint const& last, std::uint64_t seal, TimePoint now)
{
    QIANLI_TRY(loadKey());
    auto const what =
        tail_->segment.file.empty() ? fmt::format("the trail had {} entries, and none is there any more", last.sequence)
        : tail_->sequence < last.sequence
            ? fmt::format("the trail had {} entries, and ends with entry {}: cut off", last.sequence, tail_->sequence)
            : fmt::format("entry {} is not the one that was written: the trail was rewritten", last.sequence);
    TrailTail tail;
    tail.sequence = std::max({tail_->sequence, last.sequence, tail_->segment.first});
    tail.hash = last.hash;
    tail.seal = seal;
    tail_ = std::move(tail);
    QIANLI_TRY(beginFile(now));
    QIANLI_TRY(alert(AuditOutcome::SeriousFailure,
                     fmt::format("{}; it goes on in {}", what, tail_->segment.file.filename().string()), now));
    finding_ = what;
    // At once: what others find next is the seal, and no second time what happened before it.
    return writeSeal(now);
}

Result<void> TrailWriter::alert(AuditOutcome outcome, std::string text, TimePoint now)
{
    log::warning("audit trail: {}", text);
    AuditEvent event;
    event.kind = AuditEventKind::SecurityAlert;
    event.outcome = outcome;
    event.detail = std::move(text);
    TimedEvent const timed{std::move(event), now};
    return writeEvents({&timed, 1});
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
    return alert(AuditOutcome::MinorFailure, std::move(what), now);
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
        if (auto const sealed = writeSeal(now); !sealed)
            // Rather a file that is too large than nothing on record; seal() says what is wrong.
            return file_ ? Result<void>() : sealed;
    return beginFile(now);
}

Result<void> TrailWriter::beginFile(TimePoint now)
{
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
    // Before anything is written, which must not seem to have failed for want of memory.
    TrailPoint known{after.sequence, after.hash};
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
    known_ = std::move(known);
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

Result<void> TrailWriter::writeSeal(TimePoint now, std::optional<AuditBeginning> beginning)
{
    QIANLI_TRY(loadKey());
    // The head is never put back: it is what tells of a cut.
    if (auto const head = trustedHead(); head && *head && (*head)->sequence > tail_->sequence) {
        file_ = {};
        tail_.reset();
        return fail(ErrorCode::Corrupt,
                    fmt::format("the trail's newest seal was put on entry {}, which is not there", (*head)->sequence));
    }
    AuditEntry entry;
    entry.sequence = tail_->sequence + 1;
    entry.time = now;
    entry.timeText = toIso8601WithOffset(now);
    entry.prev = tail_->hash;
    entry.beginning = std::move(beginning);
    auto const number = tail_->seal + 1;
    entry.seal = AuditSeal{number, key_->fingerprint(), {}};
    QIANLI_ASSIGN(entry.seal->signature, key_->sign(sealedText(entry)));
    TrailTail after = *tail_;
    auto const line = toLine(entry) + "\n";
    after.sequence = entry.sequence;
    after.hash = entry.hash;
    after.seal = number;
    after.sealed = true;
    // Before the seal is written: one without a head would look like a trail that was cut.
    TrailHead head{{number, key_->fingerprint(), {}}, entry.sequence, entry.hash, entry.timeText};
    QIANLI_ASSIGN(head.seal.signature, key_->sign(headText(head)));
    QIANLI_TRY(write(line, std::move(after)));
    head_ = std::move(head);
    return writeHead();
}

Result<void> TrailWriter::writeHead()
{
    QIANLI_TRY(writeFileDurably(headFile(place_.keys), toJsonText(*head_), 0600));
    giveToOwnerOf(place_.keys, headFile(place_.keys));
    head_.reset();
    return {};
}

Result<void> TrailWriter::append(std::span<TimedEvent const> events)
{
    if (events.empty())
        return {};
    QIANLI_ASSIGN(auto const turn, takeTurn(events.back().at));
    QIANLI_TRY(open(events.back().at));
    return writeEvents(events);
}

Result<void> TrailWriter::tryToWrite(TimePoint now)
{
    QIANLI_ASSIGN(auto const turn, takeTurn(now));
    QIANLI_TRY(open(now));
    auto const path = place_.folder / "try";
    QIANLI_ASSIGN(auto const file, openFile(path, O_WRONLY | O_CREAT | O_TRUNC));
    auto done = writeAll(file.get(), std::vector<std::uint8_t>(4096));
    if (done)
        done = syncFile(file.get());
    ::unlink(path.c_str());
    return done;
}

Result<void> TrailWriter::seal(TimePoint now)
{
    QIANLI_ASSIGN(auto const turn, takeTurn(now));
    if (head_ && head_->seal.number != tail_->seal)
        head_.reset(); // somebody else's seal is newer
    if (tail_->sealed || tail_->segment.file.empty())
        return head_ ? writeHead() : Result<void>();
    if (!file_)
        QIANLI_TRY(open(now));
    return tail_->sealed ? Result<void>() : writeSeal(now);
}

Result<void> TrailWriter::trim(Duration keep, std::uint64_t upTo, TimePoint now)
{
    QIANLI_ASSIGN(auto const turn, takeTurn(now));
    auto before = now - keep;
    if (before_)
        before = std::min(before,
                          before_->time - keep +
                              std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - before_->seen));
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
    TimedEvent const note{std::move(event), now};
    QIANLI_TRY(open(now));
    QIANLI_TRY(writeEvents({&note, 1}));
    QIANLI_TRY(writeSeal(now, AuditBeginning{last.sequence + 1, last.hash}));
    for (std::size_t i = 0; i < gone; ++i)
        if (::unlink(segments[i].file.c_str()) != 0)
            return failErrno(segments[i].file.string());
    return syncDirectory(place_.folder);
}

} // namespace qianli::gateway
