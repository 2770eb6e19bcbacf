// Whether the index's file is still what it was: at the start, and while it is in use.
#include "gateway/index/index_file.h"
#include "gateway/index/sqlite_study_index.h"

#include "common/base/file.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

std::filesystem::path logOf(std::filesystem::path const& file)
{
    return file.string() + "-wal";
}

std::filesystem::path markOf(std::filesystem::path const& file)
{
    return file.string() + ".open";
}

} // namespace

std::optional<Error> damageOfIndexFile(std::filesystem::path const& file)
{
    if (::access(markOf(file).c_str(), F_OK) != 0)
        return std::nullopt;
    if (::access(file.c_str(), F_OK) == 0 && ::access(logOf(file).c_str(), F_OK) != 0)
        return Error{ErrorCode::Corrupt, fmt::format("{} was not closed, and its log is gone: what is in it may be "
                                                     "half of a change",
                                                     file.string())};
    return std::nullopt;
}

std::optional<SqliteStudyIndex::File> SqliteStudyIndex::fileAt(std::filesystem::path const& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return std::nullopt;
    return File{static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
}

// SQLite removes its log when the last connection closes, and never else: a file that was not closed and has none was
// robbed of it. The mark is synced so that it is there after a power cut, too.
Result<void> SqliteStudyIndex::noteFiles()
{
    database_ = fileAt(file_);
    log_ = fileAt(logOf(file_));
    {
        QIANLI_ASSIGN(FileDescriptor const mark, openFile(markOf(file_), O_WRONLY | O_CREAT));
    }
    return syncDirectory(file_.parent_path().empty() ? "." : file_.parent_path());
}

SqliteStudyIndex::~SqliteStudyIndex()
{
    if (!writer_)
        return;
    {
        std::lock_guard const lock(readersMutex_);
        idle_.clear();
    }
    bool const isOurs = fileAt(file_) == database_;
    tables_.reset();
    checkpointer_.reset();
    writer_.reset();
    // After the last connection, so that a kill between the two is taken for damage rather than missed.
    if (isOurs)
        ::unlink(markOf(file_).c_str());
}

Result<void> SqliteStudyIndex::check(Check how, std::stop_token const& stop) const
{
    if (how == Check::Deep)
        return sqlite::checkWhole(file_, stop);
    if (!database_)
        return {}; // open for reading only
    struct stat status {};
    if (fileAt(file_) != database_ || ::stat(file_.c_str(), &status) != 0)
        return fail(ErrorCode::Corrupt, fmt::format("{} was deleted or replaced", file_.string()));
    if (log_ && fileAt(logOf(file_)) != log_)
        return fail(ErrorCode::Corrupt, fmt::format("{} was deleted or replaced", logOf(file_).string()));
    auto const length = static_cast<std::uint64_t>(status.st_size);
    auto const before = longest_.load();
    if (length < before)
        return fail(ErrorCode::Corrupt, fmt::format("{} has {} bytes and had {}", file_.string(), length, before));
    longest_ = std::max(length, before);
    return {};
}

} // namespace qianli::gateway
