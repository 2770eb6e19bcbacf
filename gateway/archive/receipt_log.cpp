#include "gateway/archive/receipt_log.h"

#include "common/base/folder.h"
#include "common/base/log.h"
#include "gateway/archive/receipt_line.h"
#include "gateway/archive/segment_lines.h"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <unistd.h>

namespace qianli::gateway {
namespace {

constexpr std::size_t nameDigits = 20;

// Walks the lines of a segment; the last one may lack its newline, which makes it unsound.
class LineReader {
public:
    explicit LineReader(std::string_view bytes) : bytes_(bytes) {}

    // False at the end.
    bool next()
    {
        offset_ += advance_;
        if (offset_ >= bytes_.size())
            return false;
        std::size_t const end = bytes_.find('\n', offset_);
        terminated_ = end != std::string_view::npos;
        line_ = bytes_.substr(offset_, terminated_ ? end - offset_ : std::string_view::npos);
        advance_ = line_.size() + (terminated_ ? 1 : 0);
        ++number_;
        return true;
    }
    std::string_view line() const { return line_; }
    bool isSound() const { return terminated_ && isSoundLine(line_); }
    std::size_t offset() const { return offset_; }
    std::uint64_t number() const { return number_; }

private:
    std::string_view bytes_;
    std::string_view line_;
    std::size_t offset_ = 0;
    std::size_t advance_ = 0;
    std::uint64_t number_ = 0;
    bool terminated_ = false;
};

// What a segment holds up to its first unsound line.
struct Extent {
    std::uint64_t lines = 0;
    std::size_t bytes = 0;
    bool torn = false; // unsound lines follow, and a power cut explains them
    bool room = false; // zeros follow, and nothing else
};

tl::unexpected<Error> damaged(std::filesystem::path const& path, std::uint64_t line, std::string_view why)
{
    return fail(ErrorCode::Corrupt, fmt::format("{} line {}: {}", path.string(), line, why));
}

bool isZero(std::string_view bytes)
{
    return bytes.find_first_not_of('\0') == std::string_view::npos;
}

// Lines that were written but not synced may be there in part and in any order. So a sound line behind an unsound one
// is explained by a power cut only when both belong to one group; a later group shows that the unsound one had been
// synced.
Result<Extent> measure(std::filesystem::path const& path, std::string_view bytes, std::uint64_t first)
{
    Extent extent;
    LineReader reader(bytes);
    std::uint64_t unsoundLine = 0;
    while (reader.next()) {
        if (!reader.isSound()) {
            if (!extent.torn)
                unsoundLine = reader.number();
            extent.torn = true;
            extent.room = reader.offset() == extent.bytes && isZero(reader.line());
            continue;
        }
        if (!extent.torn) {
            extent.lines = reader.number();
            extent.bytes = reader.offset() + reader.line().size() + 1;
            continue;
        }
        auto const later = parseReceiptLine(reader.line());
        if (!later || later->group > first + extent.lines)
            return damaged(path, unsoundLine, "the record is damaged, and records written later are sound");
    }
    return extent;
}

} // namespace

Result<std::vector<ReceiptLog::Segment>> ReceiptLog::listSegments(std::filesystem::path const& folder)
{
    std::vector<Segment> segments;
    auto const names = namesIn(folder);
    if (!names)
        return fail(ErrorCode::Unavailable, names.error().message);
    for (auto const& name : *names) {
        Segment segment{folder / name, 0};
        if (name.size() != nameDigits + 4 || !name.ends_with(".log"))
            continue;
        auto const [rest, bad] = std::from_chars(name.data(), name.data() + nameDigits, segment.first);
        if (bad == std::errc() && rest == name.data() + nameDigits)
            segments.push_back(std::move(segment));
    }
    std::ranges::sort(segments, {}, &Segment::first);
    return segments;
}

Result<std::unique_ptr<ReceiptLog>> ReceiptLog::open(std::filesystem::path folder, Access access,
                                                     std::uint64_t segmentBytes)
{
    std::unique_ptr<ReceiptLog> log(new ReceiptLog(std::move(folder), segmentBytes));
    QIANLI_TRY(log->examineLastSegment(access));
    return log;
}

Result<void> ReceiptLog::examineLastSegment(Access access)
{
    QIANLI_ASSIGN(auto const segments, listSegments(folder_));
    if (segments.empty())
        return {};
    // A gateway that was killed may have made the segment without having synced its name.
    if (access == Access::Write)
        QIANLI_TRY(syncDirectory(folder_));
    Segment const& segment = segments.back();
    QIANLI_ASSIGN(std::string const bytes, readFile(segment.path, 4 * segmentBytes_ + (64ull << 20)));
    QIANLI_ASSIGN(Extent const extent, measure(segment.path, bytes, segment.first));
    last_ = segment.first + extent.lines - 1;
    if (access == Access::Read)
        return {};
    QIANLI_ASSIGN(file_, openFile(segment.path, O_RDWR));
    size_ = extent.bytes;
    room_ = bytes.size();
    // A gateway that was killed leaves zeros ahead; what else stands there was not synced.
    if (extent.torn && !extent.room) {
        log::warning("{}: cut {} bytes behind receipt {}, which had not been synced", segment.path.string(),
                     bytes.size() - extent.bytes, lastSequence());
        return cutBack();
    }
    // A gateway that was killed may have written lines that it had not synced yet; from now on they count.
    return syncFile(file_.get());
}

ReceiptLog::~ReceiptLog()
{
    // Not synced: zeros that stay are passed over.
    if (file_ && room_ > size_) [[maybe_unused]]
        int const cut = ::ftruncate(file_.get(), static_cast<off_t>(size_));
}

Result<void> ReceiptLog::cutBack()
{
    if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0)
        return failErrno("cutting the receipt log");
    QIANLI_TRY(syncFile(file_.get()));
    room_ = size_;
    tailUncertain_ = false;
    return {};
}

Result<void> ReceiptLog::mend()
{
    return tailUncertain_ ? cutBack() : Result<void>();
}

Result<void> ReceiptLog::startSegment()
{
    if (file_ && room_ > size_)
        QIANLI_TRY(cutBack());
    std::filesystem::path const path = folder_ / fmt::format("{:020}.log", lastSequence() + 1);
    QIANLI_ASSIGN(FileDescriptor created, openFile(path, O_RDWR | O_CREAT));
    QIANLI_TRY(syncDirectory(folder_));
    file_ = std::move(created);
    size_ = room_ = 0;
    return {};
}

// Really written, not only allocated: turning allocated blocks into written ones would take the journal again.
Result<void> ReceiptLog::makeRoom(std::uint64_t bytes)
{
    if (size_ + bytes <= room_)
        return {};
    std::vector<std::uint8_t> const zeros(std::max(bytes, std::min(roomBytes, segmentBytes_)));
    QIANLI_TRY(writeAllAt(file_.get(), zeros, size_));
    room_ = size_ + zeros.size();
    return {};
}

Result<void> ReceiptLog::append(std::string_view lines, std::uint64_t count)
{
    QIANLI_TRY(mend());
    if (!file_ || size_ >= segmentBytes_)
        QIANLI_TRY(startSegment());
    auto done = makeRoom(lines.size());
    if (done)
        done = writeAllAt(file_.get(), {reinterpret_cast<std::uint8_t const*>(lines.data()), lines.size()}, size_);
    if (done)
        done = syncFile(file_.get());
    if (!done) {
        // Nobody gets Success for these; they must not come back after a restart either.
        tailUncertain_ = true;
        if (auto cut = cutBack(); !cut)
            log::error("{}; nothing is accepted until this succeeds", cut.error().message);
        return tl::unexpected(std::move(done).error().at("receipt log"));
    }
    size_ += lines.size();
    last_.store(lastSequence() + count, std::memory_order_release);
    return {};
}

Result<void> ReceiptLog::replay(std::uint64_t after, std::function<Result<void>(Receipt const&)> const& visit) const
{
    std::uint64_t const last = lastSequence();
    if (after >= last)
        return {};
    QIANLI_ASSIGN(auto const segments, listSegments(folder_));
    std::uint64_t expected = after + 1;
    for (std::size_t i = 0; i < segments.size() && expected <= last; ++i) {
        Segment const& segment = segments[i];
        if (i + 1 < segments.size() && segments[i + 1].first <= after + 1)
            continue;
        if (segment.first > expected)
            return damaged(segment.path, 1, fmt::format("receipt {} is missing before it", expected));
        QIANLI_ASSIGN(auto lines, SegmentLines::open(segment.path, segment.first));
        if (after >= segment.first)
            QIANLI_TRY(lines.seekBefore(after));
        std::uint64_t const end = i + 1 < segments.size() ? std::min(segments[i + 1].first, last + 1) : last + 1;
        for (std::uint64_t sequence = lines.sequence(); sequence < end; ++sequence) {
            std::uint64_t const number = sequence - segment.first + 1;
            QIANLI_ASSIGN(bool const there, lines.next());
            if (!there)
                return damaged(segment.path, number, fmt::format("receipt {} is missing", sequence));
            if (sequence <= after)
                continue;
            auto parsed = lines.isSound() ? parseReceiptLine(lines.line())
                                          : fail(ErrorCode::Corrupt, "the checksum does not fit");
            if (!parsed)
                return damaged(segment.path, number, parsed.error().message);
            if (parsed->receipt.sequence != sequence)
                return damaged(segment.path, number,
                               fmt::format("holds receipt {} where {} belongs", parsed->receipt.sequence, sequence));
            QIANLI_TRY(visit(parsed->receipt));
        }
        expected = end;
    }
    if (expected <= last)
        return fail(ErrorCode::Corrupt, fmt::format("{}: receipt {} is missing", folder_.string(), expected));
    return {};
}

} // namespace qianli::gateway
