// What doctor sees in files: the data folder, databases, certificates, the last backup, the last scrub.
#include "common/base/file.h"
#include "common/crypto/certificate_expiry.h"
#include "common/sqlite/copy.h"
#include "common/sqlite/database.h"
#include "gateway/upkeep/backup_state.h"
#include "gateway/upkeep/certificate_watch.h"
#include "gateway/upkeep/doctor.h"
#include "gateway/workflow/open_mark.h"

#include <cerrno>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace qianli::gateway {
namespace {

std::string reason(int error)
{
    return std::generic_category().message(error);
}

// The first file below that isn't the folder owner's, databases and keys first of all.
std::optional<std::filesystem::path> foreignFile(std::filesystem::path const& data, uid_t owner)
{
    auto const isForeign = [owner](std::filesystem::path const& path) {
        struct stat state {};
        return ::lstat(path.c_str(), &state) == 0 && state.st_uid != owner;
    };
    std::error_code failed;
    for (std::filesystem::directory_iterator entry(data, failed), end; !failed && entry != end; entry.increment(failed))
        if (isForeign(entry->path()))
            return entry->path();
    for (auto const* folder : {"archive", "archive/receipts", "archive/incoming", "keys", "audit", "sites"})
        for (std::filesystem::directory_iterator entry(data / folder, failed), end; !failed && entry != end;
             entry.increment(failed))
            if (isForeign(entry->path()))
                return entry->path();
    return std::nullopt;
}

std::vector<Finding> examineDatabase(std::filesystem::path const& file)
{
    auto const name = file.filename().string();
    auto const damaged = [&](Error const& error) {
        return std::vector<Finding>{{"database", name, error.message,
                                     name == "index.db" ? "restart the gateway: it builds the index again"
                                                        : "stop the gateway, `backup restore`; never delete the file"}};
    };
    sqlite::Options options;
    options.busyTimeout = std::chrono::seconds(2);
    std::error_code ignored;
    bool const hasLog = std::filesystem::exists(file.string() + "-wal", ignored);
    auto database = sqlite::Database::open(file, options);
    if (database && hasLog) // of a gateway that runs, or was killed: whether it is there tells that
        sqlite::leaveLog(*database);
    // A lock that is asked for and given back writes nothing.
    auto locked = database ? database->execute("BEGIN IMMEDIATE") : Result<void>(tl::unexpected(database.error()));
    if (locked) {
        auto const read = database->execute("SELECT count(*) FROM sqlite_master");
        [[maybe_unused]] auto const over = database->execute("ROLLBACK");
        return read ? std::vector<Finding>() : damaged(read.error());
    }
    if (locked.error().code != ErrorCode::Unavailable)
        return damaged(locked.error());
    return {{"database-locked", name,
             fmt::format("{} is locked by another program: {}", file.string(), locked.error().message),
             fmt::format("`fuser -v {}*` shows who; end what is not the gateway", file.string())}};
}

} // namespace

std::vector<Finding> examineDataFolder(std::filesystem::path const& data)
{
    struct stat state {};
    if (::stat(data.c_str(), &state) != 0)
        return {{"data-folder", "", fmt::format("{}: {}", data.string(), reason(errno)),
                 fmt::format("the first start makes it, when {} belongs to the gateway's user; or `data` in "
                             "gateway.toml names another place",
                             data.parent_path().string())}};
    if (!S_ISDIR(state.st_mode))
        return {{"data-folder", "", fmt::format("{} is no folder", data.string()), "correct `data` in gateway.toml"}};
    if (::access(data.c_str(), R_OK | W_OK | X_OK) != 0)
        return {{"data-folder", "", fmt::format("{}: {}", data.string(), reason(errno)),
                 errno == EROFS
                     ? "the disk is mounted read-only: `dmesg | tail`, `mount -o remount,rw` when it is sound"
                     : fmt::format("run this as its owner (user id {})", state.st_uid)}};
    if ((state.st_mode & 0077) != 0)
        return {{"data-folder", "",
                 fmt::format("{} is open to other users (mode {:o})", data.string(), state.st_mode & 0777),
                 fmt::format("`chmod 700 {}`", data.string())}};
    if (auto const foreign = foreignFile(data, state.st_uid))
        return {{"data-folder", "", fmt::format("{} belongs to another user than the folder", foreign->string()),
                 fmt::format("`chown -R --reference={0} {0}`, and run commands as that user", data.string())}};
    return {};
}

std::vector<Finding> examineDatabases(std::filesystem::path const& data)
{
    std::vector<Finding> found;
    std::error_code ignored;
    if (!std::filesystem::exists(data / "archive", ignored))
        return found; // it has never run
    for (auto const* name : {"index.db", "workflow.db"}) {
        if (!std::filesystem::exists(data / name, ignored)) {
            found.push_back({"database", name, fmt::format("there is no {}", (data / name).string()),
                             std::string_view(name) == "index.db" ? "restart the gateway: it builds the index again"
                                                                  : "stop the gateway, `backup restore`"});
            continue;
        }
        if (std::string_view(name) == "workflow.db")
            if (auto lost = OpenMark::lossOf(data / name)) {
                found.push_back({"database", name, lost->message, "stop the gateway, `backup restore`"});
                continue;
            }
        for (auto& finding : examineDatabase(data / name))
            found.push_back(std::move(finding));
    }
    return found;
}

std::vector<Finding> examineCertificates(Configuration const& configuration, TimePoint now)
{
    std::vector<Finding> found;
    for (auto const& file : certificateFiles(configuration)) {
        auto const name = file.filename().string();
        auto const dates = crypto::certificateDates(file);
        if (!dates) {
            found.push_back(
                {"certificate", name, dates.error().message, "put a file in its place that is right, `kill -HUP`"});
            continue;
        }
        for (auto const& date : *dates) {
            if (date.notAfter - now > configuration.alarms.certificateDays)
                continue;
            auto const days = std::chrono::duration_cast<std::chrono::hours>(date.notAfter - now).count() / 24;
            found.push_back(
                {"certificate", name,
                 fmt::format("{}: {} {} {}{}", file.string(),
                             date.isRevocationList ? "the revocation list of" : "the certificate of", date.subject,
                             now > date.notAfter ? "expired on " : "expires on ",
                             now > date.notAfter ? toLocalText(date.notAfter)
                                                 : fmt::format("{}, in {} days", toLocalText(date.notAfter), days)),
                 "put the new one in its place, `kill -HUP`"});
            break;
        }
    }
    return found;
}

std::vector<Finding> examineBackup(std::filesystem::path const& data, Duration staleAfter, TimePoint now)
{
    std::error_code ignored;
    if (staleAfter.count() == 0 || !std::filesystem::exists(data / "archive", ignored))
        return {};
    constexpr char advice[] = "`backup create DIR`, DIR on another disk; put it into a timer";
    auto const last = lastBackup(data);
    if (!last)
        return {{"backup", "", last.error().message, advice}};
    if (!*last)
        return {{"backup", "", "no backup was ever made", advice}};
    if (now - (*last)->at <= staleAfter)
        return {};
    return {{"backup", "",
             fmt::format("the last backup is of {}, {} days ago, in {}", toLocalText((*last)->at),
                         std::chrono::duration_cast<std::chrono::hours>(now - (*last)->at).count() / 24,
                         (*last)->folder.string()),
             fmt::format("`backup create {}`", (*last)->folder.string())}};
}

std::vector<Finding> examineScrub(std::filesystem::path const& data)
{
    auto const text = readFile(data / "scrub.json", 64 << 20);
    if (!text)
        return {};
    auto const state = nlohmann::json::parse(*text, nullptr, false);
    if (!state.is_object() || !state.contains("damaged") || !state["damaged"].is_array() || state["damaged"].empty())
        return {};
    return {{"integrity", "",
             fmt::format("{} objects of the archive are missing or not what was received", state["damaged"].size()),
             "`archive verify` names them; let the site send the study again, or restore the files"}};
}

} // namespace qianli::gateway
