#include "gateway/upkeep/backup_state.h"

#include "common/base/file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway {
namespace {

constexpr std::uint64_t longestState = 64 << 10;

std::filesystem::path fileIn(std::filesystem::path const& data)
{
    return data / "backup.json";
}

} // namespace

Result<std::optional<BackupState>> lastBackup(std::filesystem::path const& data)
{
    auto const bytes = readFile(fileIn(data), longestState);
    if (!bytes && bytes.error().code == ErrorCode::NotFound)
        return std::nullopt;
    if (!bytes)
        return tl::unexpected(bytes.error());
    try {
        auto const json = nlohmann::json::parse(*bytes);
        BackupState state;
        QIANLI_ASSIGN(state.at, parseIso8601(json.at("at").get<std::string>()));
        state.folder = json.at("folder").get<std::string>();
        state.name = json.at("name").get<std::string>();
        state.objects = json.at("objects").get<std::uint64_t>();
        state.withArchive = json.at("withArchive").get<bool>();
        return state;
    } catch (nlohmann::json::exception const& error) {
        return fail(ErrorCode::Corrupt, fmt::format("{}: {}", fileIn(data).string(), error.what()));
    }
}

Result<void> noteBackup(std::filesystem::path const& data, BackupState const& state)
{
    nlohmann::ordered_json const json = {{"at", toIso8601(state.at)},
                                         {"folder", state.folder.string()},
                                         {"name", state.name},
                                         {"objects", state.objects},
                                         {"withArchive", state.withArchive}};
    return writeFileDurably(fileIn(data), json.dump(2) + "\n");
}

} // namespace qianli::gateway
