#include "gateway/workflow/upgrade_copy.h"

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/sqlite/copy.h"
#include "common/sqlite/upgrade.h"
#include "gateway/workflow/workflow_database.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace qianli::gateway {
namespace {

constexpr std::size_t keptCopies = 3;
constexpr std::string_view start = "workflow-v", ending = ".db";

std::filesystem::path folderOf(std::filesystem::path const& workflow)
{
    return workflow.parent_path() / "backups";
}

std::optional<UpgradeCopy> parseName(std::filesystem::path const& file)
{
    auto const name = file.filename().string();
    if (!name.starts_with(start) || !name.ends_with(ending))
        return std::nullopt;
    std::string_view const rest =
        std::string_view(name).substr(start.size(), name.size() - start.size() - ending.size());
    UpgradeCopy copy{file, 0, {}};
    auto const [end, bad] = std::from_chars(rest.data(), rest.data() + rest.size(), copy.version);
    if (bad != std::errc() || end == rest.data() + rest.size() || *end != '-')
        return std::nullopt;
    copy.time = std::string(end + 1, rest.data() + rest.size());
    return copy;
}

std::string advice(std::filesystem::path const& workflow)
{
    auto const known = static_cast<int>(workflowMigrations().size());
    for (auto const& copy : upgradeCopies(workflow))
        if (copy.version <= known)
            return fmt::format("to stay with this version, put {} in its place: docs/operations.md, \"Upgrade, and the "
                               "way back\", says how, and what is lost by it",
                               copy.file.string());
    return "there is no copy from before an upgrade in backups/ that this version could take: `backup restore "
           "--only-workflow` brings back one that was saved then";
}

} // namespace

std::vector<UpgradeCopy> upgradeCopies(std::filesystem::path const& workflow)
{
    std::vector<UpgradeCopy> copies;
    std::error_code failed;
    for (std::filesystem::directory_iterator entry(folderOf(workflow), failed), end; !failed && entry != end;
         entry.increment(failed))
        if (auto copy = parseName(entry->path()))
            copies.push_back(*std::move(copy));
    std::ranges::sort(copies, std::ranges::greater(), &UpgradeCopy::time);
    return copies;
}

Result<std::filesystem::path> copyBeforeUpgrade(std::filesystem::path const& workflow, int version)
{
    auto time = toIso8601(SystemClock().now()).substr(0, 19) + "Z";
    std::ranges::replace(time, ':', '-');
    QIANLI_TRY(createDirectoryDurably(folderOf(workflow)));
    auto const copy = folderOf(workflow) / fmt::format("{}{}-{}{}", start, version, time, ending);
    QIANLI_TRY(sqlite::copyDatabase(workflow, copy));
    auto const copies = upgradeCopies(workflow);
    std::error_code ignored;
    for (std::size_t i = keptCopies; i < copies.size(); ++i)
        std::filesystem::remove(copies[i].file, ignored);
    return copy;
}

Result<void> upgradeWorkflow(sqlite::Database& database, std::filesystem::path const& workflow)
{
    auto const before = [&](int version) -> Result<void> {
        auto const copy = copyBeforeUpgrade(workflow, version);
        if (!copy)
            return tl::unexpected(Error(copy.error())
                                      .at(fmt::format("{} has the layout {} of an earlier version and is "
                                                      "left as it is, because it can't be copied first",
                                                      workflow.string(), version)));
        log::information("{} is brought from layout {} to {}; {} is a copy from before", workflow.string(), version,
                         workflowMigrations().size(), copy->string());
        return {};
    };
    auto done = sqlite::upgrade(database, workflowMigrations(), before);
    if (!done && done.error().code == ErrorCode::Refused)
        return fail(ErrorCode::Refused,
                    fmt::format("{}: {}; {}", workflow.string(), done.error().message, advice(workflow)));
    return done;
}

} // namespace qianli::gateway
