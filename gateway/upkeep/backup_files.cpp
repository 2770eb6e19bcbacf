#include "gateway/upkeep/backup_files.h"

#include "common/base/stored_file.h"
#include "common/base/text.h"
#include "gateway/archive/incoming_object.h"
#include "gateway/archive/xxh3.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <functional>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace qianli::gateway {
namespace {

constexpr std::size_t pieceBytes = 256 << 10;
constexpr std::size_t sha256Digits = 64;
constexpr std::uint64_t longestList = 1ull << 30;

// Up to `limit` bytes of the file, in order.
Result<std::uint64_t> readPieces(int file, std::uint64_t limit,
                                 std::function<Result<void>(std::span<std::uint8_t const>)> const& take)
{
    std::vector<std::uint8_t> buffer(pieceBytes);
    std::uint64_t done = 0;
    while (done < limit) {
        auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(limit - done, buffer.size()));
        ssize_t const got = ::pread(file, buffer.data(), wanted, static_cast<off_t>(done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failReading("reading");
        if (got == 0)
            break;
        QIANLI_TRY(take({buffer.data(), static_cast<std::size_t>(got)}));
        done += static_cast<std::uint64_t>(got);
    }
    return done;
}

Result<std::uint64_t> sizeOf(int file)
{
    struct stat status {};
    if (::fstat(file, &status) != 0)
        return failErrno("looking at a file");
    return static_cast<std::uint64_t>(status.st_size);
}

// Where the last line of the first `size` bytes ends.
Result<std::uint64_t> endOfLines(int file, std::uint64_t size)
{
    std::vector<std::uint8_t> piece;
    while (size > 0) {
        auto const length = std::min<std::uint64_t>(size, pieceBytes);
        piece.resize(length);
        QIANLI_TRY(readAllAt(file, piece, size - length));
        for (auto left = length; left > 0; --left)
            if (piece[left - 1] == '\n')
                return size - length + left;
        size -= length;
    }
    return 0;
}

} // namespace

Result<FileCopy> copyFile(std::filesystem::path const& from, std::filesystem::path const& to, Whole whole)
{
    QIANLI_ASSIGN(FileDescriptor const source, openFile(from, O_RDONLY));
    // What is added while we read belongs to the next backup.
    QIANLI_ASSIGN(std::uint64_t size, sizeOf(source.get()));
    if (whole == Whole::Lines) {
        QIANLI_ASSIGN(size, endOfLines(source.get(), size));
    }
    // What stands there may have a second name in an earlier backup.
    ::unlink(to.c_str());
    QIANLI_ASSIGN(FileDescriptor target, openFile(to, O_WRONLY | O_CREAT | O_EXCL, 0600));
    crypto::Sha256 sha;
    auto const copied = readPieces(source.get(), size, [&](std::span<std::uint8_t const> bytes) {
        sha.add(bytes);
        return writeAll(target.get(), bytes);
    });
    if (!copied)
        return tl::unexpected(Error(copied.error()).at(fmt::format("copying {} to {}", from.string(), to.string())));
    QIANLI_TRY(syncFile(target.get()));
    QIANLI_TRY(target.close());
    return FileCopy{*copied, sha.finish()};
}

Result<FileCopy> digestOf(std::filesystem::path const& file)
{
    QIANLI_ASSIGN(FileDescriptor const source, openFile(file, O_RDONLY));
    crypto::Sha256 sha;
    auto const read = readPieces(source.get(), UINT64_MAX, [&](std::span<std::uint8_t const> bytes) -> Result<void> {
        sha.add(bytes);
        return {};
    });
    if (!read)
        return tl::unexpected(Error(read.error()).at(file.string()));
    return FileCopy{*read, sha.finish()};
}

Result<FileCopy> readObject(std::filesystem::path const& file, Receipt const& receipt,
                            std::filesystem::path const* copy)
{
    QIANLI_ASSIGN(FileDescriptor const source, openStored(file));
    QIANLI_ASSIGN(std::uint64_t const size, sizeOf(source.get()));
    std::uint64_t const offset = receipt.location.dataSetOffset;
    if (size != offset + receipt.location.dataSetLength)
        return fail(ErrorCode::Corrupt, fmt::format("{} has {} bytes where its receipt says {}", file.string(), size,
                                                    offset + receipt.location.dataSetLength));
    FileDescriptor target;
    if (copy != nullptr) {
        QIANLI_ASSIGN(target, openFile(*copy, O_WRONLY | O_CREAT | O_TRUNC, 0600));
    }
    crypto::Sha256 sha;
    std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> const received(XXH3_createState(), &XXH3_freeState);
    XXH3_128bits_reset(received.get());
    std::uint64_t at = 0;
    auto const read = readPieces(source.get(), size, [&](std::span<std::uint8_t const> bytes) -> Result<void> {
        sha.add(bytes);
        auto const header =
            static_cast<std::size_t>(offset > at ? std::min<std::uint64_t>(offset - at, bytes.size()) : 0);
        XXH3_128bits_update(received.get(), bytes.data() + header, bytes.size() - header);
        at += bytes.size();
        return target ? writeAll(target.get(), bytes) : Result<void>();
    });
    if (!read)
        return tl::unexpected(Error(read.error()).at(file.string()));
    if (toDigest(XXH3_128bits_digest(received.get())) != receipt.digest)
        return fail(ErrorCode::Corrupt, fmt::format("{}: the bytes are not those that were received", file.string()));
    if (target) {
        QIANLI_TRY(syncFile(target.get()));
        QIANLI_TRY(target.close());
    }
    return FileCopy{*read, sha.finish()};
}

std::string digestLine(std::string_view path, crypto::Sha256Digest const& digest)
{
    return fmt::format("{}  {}\n", text::toHex(digest), path);
}

Result<DigestEntry> parseDigestLine(std::string_view line)
{
    auto const bad = [&] { return fail(ErrorCode::Corrupt, "a line is no digest and file name"); };
    if (line.size() < sha256Digits + 3 || line.substr(sha256Digits, 2) != "  ")
        return bad();
    DigestEntry entry;
    auto const value = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
    for (std::size_t i = 0; i < entry.sha256.size(); ++i) {
        int const high = value(line[2 * i]), low = value(line[2 * i + 1]);
        if (high < 0 || low < 0)
            return bad();
        entry.sha256[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    entry.path = line.substr(sha256Digits + 2);
    return entry;
}

Result<FileDigests> readDigests(std::filesystem::path const& file)
{
    QIANLI_ASSIGN(std::string const bytes, readFile(file, longestList));
    FileDigests digests;
    for (auto const& line : text::split(bytes, '\n')) {
        if (line.empty())
            continue;
        auto entry = parseDigestLine(line);
        if (!entry)
            return tl::unexpected(std::move(entry).error().at(file.string()));
        digests.insert_or_assign(std::move(entry->path), entry->sha256);
    }
    return digests;
}

Result<void> writeDigests(std::filesystem::path const& file, FileDigests const& digests)
{
    std::string lines;
    for (auto const& [path, digest] : digests)
        lines += digestLine(path, digest);
    return writeFileDurably(file, lines);
}

} // namespace qianli::gateway
