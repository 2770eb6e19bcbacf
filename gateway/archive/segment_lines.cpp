#include "gateway/archive/segment_lines.h"

#include "gateway/archive/receipt_line.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

constexpr std::size_t pieceBytes = 64 << 10;
// Far more than a receipt can take: behind it a line is no line.
constexpr std::size_t longestLine = 1 << 20;

} // namespace

SegmentLines::SegmentLines(FileDescriptor file, std::uint64_t size, std::uint64_t first)
    : file_(std::move(file)), size_(size), first_(first), sequence_(first)
{
}

Result<SegmentLines> SegmentLines::open(std::filesystem::path const& path, std::uint64_t first)
{
    QIANLI_ASSIGN(FileDescriptor file, openFile(path, O_RDONLY));
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return failErrno(fmt::format("reading {}", path.string()));
    return SegmentLines(std::move(file), static_cast<std::uint64_t>(status.st_size), first);
}

void SegmentLines::goTo(std::uint64_t offset, std::uint64_t sequence)
{
    offset_ = offset;
    sequence_ = sequence;
    buffer_.clear();
    begin_ = end_ = behind_ = 0;
}

// By halves: what is found on the way counts only where it is sound and says its own sequence.
Result<void> SegmentLines::seekBefore(std::uint64_t after)
{
    std::uint64_t from = 0, to = size_, known = first_;
    while (to - from > pieceBytes) {
        std::uint64_t const middle = from + (to - from) / 2;
        goTo(middle, 0);
        QIANLI_ASSIGN(bool const rest, next()); // of the line that the middle lies in
        std::uint64_t const begin = offset_ - (buffer_.size() - behind_);
        QIANLI_ASSIGN(bool const there, next());
        auto const found = rest && there && isSound() ? parseReceiptLine(line()) : fail(ErrorCode::NotFound, "");
        if (found && found->receipt.sequence <= after && found->receipt.sequence >= known && begin < to) {
            from = begin;
            known = found->receipt.sequence;
        } else {
            to = middle;
        }
    }
    goTo(from, known);
    return {};
}

// True when there was more. The file may be cut meanwhile, behind its last line.
Result<bool> SegmentLines::readOn()
{
    buffer_.erase(0, behind_);
    behind_ = 0;
    auto const held = buffer_.size();
    buffer_.resize(held + pieceBytes);
    ssize_t got = -1;
    do
        got = ::pread(file_.get(), buffer_.data() + held, pieceBytes, static_cast<off_t>(offset_));
    while (got < 0 && errno == EINTR);
    buffer_.resize(held + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0)
        return failErrno("reading the receipt log");
    offset_ += static_cast<std::uint64_t>(got);
    return got > 0;
}

Result<bool> SegmentLines::next()
{
    std::size_t newline = buffer_.find('\n', behind_);
    while (newline == std::string::npos && buffer_.size() - behind_ < longestLine && !isRoom()) {
        auto const searched = buffer_.size() - behind_;
        QIANLI_ASSIGN(bool const more, readOn());
        if (!more)
            break;
        newline = buffer_.find('\n', searched);
    }
    if (behind_ == buffer_.size())
        return false;
    terminated_ = newline != std::string::npos;
    begin_ = behind_;
    end_ = terminated_ ? newline : buffer_.size();
    behind_ = end_ + (terminated_ ? 1 : 0);
    ++sequence_;
    return true;
}

// The zeros that lie ahead of the lines.
bool SegmentLines::isRoom() const
{
    return behind_ < buffer_.size() && buffer_[behind_] == '\0';
}

bool SegmentLines::isSound() const
{
    return terminated_ && isSoundLine(line());
}

} // namespace qianli::gateway
