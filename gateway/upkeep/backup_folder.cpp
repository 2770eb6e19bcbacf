#include "gateway/upkeep/backup_folder.h"

#include "common/base/text.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>

namespace qianli::gateway {
namespace {

constexpr char markName[] = "qianli-backup.json";
constexpr std::uint64_t longestMark = 64 << 10;
constexpr std::uint64_t longestContents = 256ull << 20;

// A path with every link followed, also where its end does not exist yet.
Result<std::filesystem::path> resolved(std::filesystem::path const& path)
{
    std::error_code failed;
    auto const absolute = std::filesystem::absolute(path, failed);
    auto result = failed ? std::filesystem::path() : std::filesystem::weakly_canonical(absolute, failed);
    if (failed)
        return fail(ErrorCode::InvalidInput, fmt::format("{}: {}", path.string(), failed.message()));
    return result.has_filename() ? result : result.parent_path();
}

bool isWithin(std::filesystem::path const& path, std::filesystem::path const& folder)
{
    auto const [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return end == folder.end();
}

bool isBackupName(std::string_view name)
{
    // 2026-11-22T06-44-38Z, with -2 behind it where a second had two.
    constexpr std::string_view form = "dddd-dd-ddTdd-dd-ddZ";
    if (name.size() < form.size())
        return false;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
            return false;
    auto const rest = name.substr(form.size());
    return rest.empty() || (rest.size() == 2 && rest[0] == '-' && rest[1] >= '2' && rest[1] <= '9');
}

Result<void> makeMark(std::filesystem::path const& folder, std::string const& gateway)
{
    nlohmann::ordered_json const mark = {
        {"what", "backups of a Qianli gateway: patients' images, people's work, and private keys; keep it encrypted"},
        {"layout", 1},
        {"gateway", gateway}};
    return writeFileDurably(folder / markName, mark.dump(2) + "\n");
}

// NotFound: it is no folder of backups.
Result<std::string> readMark(std::filesystem::path const& folder)
{
    auto const file = folder / markName;
    auto const bytes = readFile(file, longestMark);
    if (!bytes)
        return tl::unexpected(bytes.error());
    auto const json = nlohmann::json::parse(*bytes, nullptr, false);
    if (!json.is_object() || !json.contains("gateway") || !json["gateway"].is_string())
        return fail(ErrorCode::Corrupt, fmt::format("{} can't be read", file.string()));
    if (json.value("layout", 0) != 1)
        return fail(ErrorCode::Refused, fmt::format("{} was written by a newer version: use that one", file.string()));
    return json["gateway"].get<std::string>();
}

Result<BackupContents> contentsFromJson(nlohmann::json const& json)
{
    BackupContents contents;
    contents.name = json.at("name");
    QIANLI_ASSIGN(contents.at, parseIso8601(json.at("at").get<std::string>()));
    contents.configuration = json.at("configuration");
    contents.withArchive = json.at("withArchive");
    contents.objects = json.at("objects");
    contents.lastSequence = json.at("lastSequence");
    for (auto const& one : json.at("lostBefore"))
        contents.lostBefore.push_back({one.at("receipt"), one.at("what")});
    for (auto const& one : json.at("sources"))
        contents.sources.push_back(
            {one.at("path"), one.at("bytes"), one.at("inode"), one.at("modified"), one.at("changed")});
    return contents;
}

} // namespace

Result<bool> isEmptyFolder(std::filesystem::path const& folder)
{
    std::error_code failed;
    for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed))
        if (entry->path().filename() != "lost+found")
            return false;
    if (failed)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", folder.string(), failed.message()));
    return true;
}

Result<std::filesystem::path> placeOutside(std::filesystem::path const& folder, std::filesystem::path const& data)
{
    QIANLI_ASSIGN(auto place, resolved(folder));
    QIANLI_ASSIGN(auto const within, resolved(data));
    if (isWithin(place, within) || isWithin(within, place))
        return fail(ErrorCode::Refused,
                    fmt::format("{} and the data folder {} lie within each other: a backup belongs on another disk",
                                place.string(), within.string()));
    return place;
}

Result<BackupContents> readContents(std::filesystem::path const& backup)
{
    auto const file = backup / "backup.json";
    QIANLI_ASSIGN(std::string const bytes, readFile(file, longestContents));
    try {
        return contentsFromJson(nlohmann::json::parse(bytes));
    } catch (nlohmann::json::exception const& error) {
        return fail(ErrorCode::Corrupt, fmt::format("{}: {}", file.string(), error.what()));
    }
}

Result<void> writeContents(std::filesystem::path const& backup, BackupContents const& contents)
{
    auto sources = nlohmann::ordered_json::array();
    for (auto const& one : contents.sources)
        sources.push_back({{"path", one.path},
                           {"bytes", one.bytes},
                           {"inode", one.inode},
                           {"modified", one.modified},
                           {"changed", one.changed}});
    auto lost = nlohmann::ordered_json::array();
    for (auto const& one : contents.lostBefore)
        lost.push_back({{"receipt", one.sequence}, {"what", one.text}});
    nlohmann::ordered_json const json = {{"name", contents.name},
                                         {"at", toIso8601(contents.at)},
                                         {"configuration", contents.configuration},
                                         {"withArchive", contents.withArchive},
                                         {"objects", contents.objects},
                                         {"lastSequence", contents.lastSequence},
                                         {"lostBefore", lost},
                                         {"sources", sources}};
    return writeFileDurably(backup / "backup.json", json.dump(2) + "\n");
}

Result<BackupFolder> BackupFolder::make(std::filesystem::path path, std::string const& gateway)
{
    QIANLI_TRY(createDirectoryDurably(path));
    BackupFolder folder(std::move(path));
    auto const mark = readMark(folder.path_);
    if (!mark && mark.error().code != ErrorCode::NotFound)
        return tl::unexpected(mark.error());
    if (!mark) {
        QIANLI_ASSIGN(bool const isEmpty, isEmptyFolder(folder.path_));
        if (!isEmpty)
            return fail(ErrorCode::Refused, fmt::format("{} holds something else than backups: name a folder that is "
                                                        "empty or does not exist",
                                                        folder.path_.string()));
        QIANLI_TRY(makeMark(folder.path_, gateway));
    } else if (*mark != gateway) {
        return fail(ErrorCode::Refused,
                    fmt::format("{} holds the backups of another gateway: name another folder", folder.path_.string()));
    }
    QIANLI_ASSIGN(folder.lock_, openFile(folder.path_ / markName, O_RDONLY));
    if (::flock(folder.lock_.get(), LOCK_EX | LOCK_NB) != 0)
        return fail(ErrorCode::Conflict,
                    fmt::format("another backup into {} is being made: wait for its end", folder.path_.string()));
    QIANLI_TRY(folder.list());
    return folder;
}

Result<BackupFolder> BackupFolder::open(std::filesystem::path path)
{
    BackupFolder folder(std::move(path));
    if (auto const mark = readMark(folder.path_); !mark) {
        if (mark.error().code == ErrorCode::NotFound)
            return fail(ErrorCode::NotFound,
                        fmt::format("{} holds no backups: `backup create` makes such a folder", folder.path_.string()));
        return tl::unexpected(mark.error());
    }
    QIANLI_TRY(folder.list());
    return folder;
}

Result<void> BackupFolder::list()
{
    std::error_code failed;
    for (std::filesystem::directory_iterator entry(path_, failed), end; !failed && entry != end;
         entry.increment(failed))
        if (auto name = entry->path().filename().string(); isBackupName(name))
            complete_.push_back(std::move(name));
    if (failed)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", path_.string(), failed.message()));
    std::ranges::sort(complete_);
    return {};
}

Result<std::string> BackupFolder::choose(std::string const& wanted) const
{
    if (complete_.empty())
        return fail(ErrorCode::NotFound, fmt::format("{} holds no complete backup", path_.string()));
    if (wanted.empty())
        return complete_.back();
    if (std::ranges::find(complete_, wanted) == complete_.end())
        return fail(ErrorCode::NotFound, fmt::format("{} holds no backup \"{}\"; it holds {}", path_.string(),
                                                     text::escapeControl(wanted), text::join(complete_, ", ")));
    return wanted;
}

std::string BackupFolder::newName(TimePoint now) const
{
    auto name = toIso8601(now).substr(0, 19) + "Z";
    std::ranges::replace(name, ':', '-');
    auto result = name;
    for (int again = 2; std::ranges::find(complete_, result) != complete_.end(); ++again)
        result = fmt::format("{}-{}", name, again);
    return result;
}

Result<void> BackupFolder::removeUnfinished() const
{
    std::vector<std::filesystem::path> cutOff;
    std::error_code failed;
    for (std::filesystem::directory_iterator entry(path_, failed), end; !failed && entry != end;
         entry.increment(failed))
        if (entry->path().extension() == unfinishedEnding && isBackupName(entry->path().stem().string()))
            cutOff.push_back(entry->path());
    for (auto const& one : cutOff)
        if (!failed)
            std::filesystem::remove_all(one, failed);
    if (failed)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", path_.string(), failed.message()));
    return {};
}

} // namespace qianli::gateway
