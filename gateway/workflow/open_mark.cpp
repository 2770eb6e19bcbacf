#include "gateway/workflow/open_mark.h"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace qianli::gateway {
namespace {

constexpr auto patience = std::chrono::seconds(10);
constexpr auto glance = std::chrono::milliseconds(20);
constexpr std::uint8_t written[] = {'o', 'p', 'e', 'n', '\n'};

std::filesystem::path markOf(std::filesystem::path const& database)
{
    return database.string() + ".open";
}

bool isThere(std::filesystem::path const& file)
{
    return ::access(file.c_str(), F_OK) == 0;
}

// The name may stand for another file by now: who closed it last has removed it.
bool isStillNamed(int descriptor, std::filesystem::path const& mark)
{
    struct stat held {
    }, named{};
    return ::fstat(descriptor, &held) == 0 && ::stat(mark.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

// A command of root's must not leave a file that the gateway's user can't open.
void giveToOwnerOf(std::filesystem::path const& database, int descriptor)
{
    struct stat status {};
    if (::geteuid() == 0 && ::stat(database.c_str(), &status) == 0) [[maybe_unused]]
        int const given = ::fchown(descriptor, status.st_uid, status.st_gid);
}

enum class Held { Alone, WithOthers, Not };

// Alone until confirm(): who comes meanwhile waits.
Held hold(int descriptor)
{
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        return Held::Alone;
    return ::flock(descriptor, LOCK_SH | LOCK_NB) == 0 ? Held::WithOthers : Held::Not;
}

Error lost(std::filesystem::path const& database)
{
    auto const name = database.filename().string();
    return {ErrorCode::Refused,
            fmt::format("{0} was not closed, and its log {1}-wal is gone: the newest of what people did may be in "
                        "there. Put it back where somebody has it; else `backup restore DIR --only-workflow` (the "
                        "images are safe in archive/). Only if it is known that nothing is missing, because "
                        "somebody has opened {1} with another program since: remove {0}.open and start again",
                        database.string(), name)};
}

} // namespace

Result<OpenMark> OpenMark::take(std::filesystem::path const& database)
{
    auto const mark = markOf(database);
    auto const end = std::chrono::steady_clock::now() + patience;
    do {
        QIANLI_ASSIGN(FileDescriptor file, openFile(mark, O_RDWR | O_CREAT));
        auto const held = hold(file.get());
        if (held == Held::Not || !isStillNamed(file.get(), mark)) {
            std::this_thread::sleep_for(glance);
            continue;
        }
        struct stat status {};
        if (::fstat(file.get(), &status) != 0)
            return failErrno(mark.string());
        giveToOwnerOf(database, file.get());
        bool const wasOpen = held == Held::Alone && status.st_size > 0;
        if (wasOpen && isThere(database) && !isThere(database.string() + "-wal"))
            return tl::unexpected(lost(database));
        return OpenMark(database, std::move(file), held == Held::Alone);
    } while (std::chrono::steady_clock::now() < end);
    return fail(ErrorCode::Unavailable, fmt::format("{} is being opened or closed by another program for {} s already",
                                                    database.string(), std::chrono::seconds(patience).count()));
}

std::optional<Error> OpenMark::lossOf(std::filesystem::path const& database)
{
    auto const isGone = [&] { return isThere(database) && !isThere(database.string() + "-wal"); };
    struct stat status {};
    // Twice: it may be opened just now.
    if (isGone() && ::stat(markOf(database).c_str(), &status) == 0 && status.st_size > 0 && isGone())
        return lost(database);
    return std::nullopt;
}

Result<void> OpenMark::confirm()
{
    if (!isFirst_)
        return {};
    // First the log's name, or a power cut in between would leave a mark without a log that nobody has taken.
    auto const folder = database_.parent_path().empty() ? std::filesystem::path(".") : database_.parent_path();
    if (isThere(database_.string() + "-wal")) {
        QIANLI_TRY(syncDirectory(folder));
        QIANLI_TRY(writeAllAt(file_.get(), written, 0));
        QIANLI_TRY(syncFile(file_.get()));
    }
    if (::flock(file_.get(), LOCK_SH) != 0)
        return failErrno(markOf(database_).string());
    return {};
}

bool OpenMark::isLast()
{
    return file_ && ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0;
}

void OpenMark::release()
{
    // On stable storage before the log goes; the name may come back after a power cut, and says nothing then.
    if (::ftruncate(file_.get(), 0) == 0 && syncFile(file_.get()))
        ::unlink(markOf(database_).c_str());
}

} // namespace qianli::gateway
