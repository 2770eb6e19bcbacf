#include "gateway/upkeep/data_files.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>

namespace qianli::gateway {
namespace {

// By the start of the name, in data/ itself: rebuilt or worthless elsewhere.
constexpr std::array<std::string_view, 10> notCopied{
    "archive",  "audit",   "index.db",    "workflow.db", "control.sock",
    "delivery", "backups", "backup.json", "lost+found",  "restore.unfinished"};
constexpr std::array<std::string_view, 6> notOfArchive{"objects", "receipts",   "incoming",
                                                       "lock",    "checkpoint", "damaged"};

template <std::size_t Count>
bool beginsWithOneOf(std::array<std::string_view, Count> const& names, std::string_view name)
{
    return std::ranges::any_of(names, [&](std::string_view one) { return name.starts_with(one); });
}

// Regular files below, sorted; `root` is what their paths are relative to.
Result<void> collect(std::filesystem::path const& folder, std::filesystem::path const& root,
                     std::vector<std::string>& found)
{
    std::error_code failed, ignored;
    auto const first = found.size();
    for (std::filesystem::recursive_directory_iterator
             entry(folder, std::filesystem::directory_options::follow_directory_symlink, failed),
         end;
         !failed && entry != end; entry.increment(failed))
        if (entry->is_regular_file(ignored))
            found.push_back(entry->path().lexically_relative(root).generic_string());
    if (failed && failed != std::errc::no_such_file_or_directory)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", folder.string(), failed.message()));
    std::ranges::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end());
    return {};
}

} // namespace

Result<std::vector<std::string>> dataFiles(std::filesystem::path const& data)
{
    std::error_code failed, ignored;
    std::set<std::string> entries;
    for (std::filesystem::directory_iterator entry(data, failed), end; !failed && entry != end; entry.increment(failed))
        if (auto name = entry->path().filename().string(); !beginsWithOneOf(notCopied, name))
            entries.insert(std::move(name));
    if (failed)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", data.string(), failed.message()));
    std::vector<std::string> found;
    for (auto const& name : entries) {
        if (std::filesystem::is_regular_file(data / name, ignored))
            found.push_back(name);
        else if (std::filesystem::is_directory(data / name, ignored))
            QIANLI_TRY(collect(data / name, data, found));
    }
    return found;
}

Result<std::vector<std::string>> trailFiles(std::filesystem::path const& data)
{
    std::vector<std::string> found;
    QIANLI_TRY(collect(data / "audit", data, found));
    return found;
}

std::vector<std::string> archiveRecords(std::filesystem::path const& data)
{
    std::error_code failed, ignored;
    std::vector<std::string> found;
    for (std::filesystem::directory_iterator entry(data / "archive", failed), end; !failed && entry != end;
         entry.increment(failed)) {
        if (beginsWithOneOf(notOfArchive, entry->path().filename().string()))
            continue;
        if (entry->is_regular_file(ignored))
            found.push_back(entry->path().lexically_relative(data).generic_string());
        else if (entry->is_directory(ignored))
            (void)collect(entry->path(), data, found);
    }
    std::ranges::sort(found);
    return found;
}

Result<std::vector<std::filesystem::path>> receiptSegments(std::filesystem::path const& archive)
{
    std::error_code failed;
    std::vector<std::filesystem::path> segments;
    for (std::filesystem::directory_iterator entry(archive / "receipts", failed), end; !failed && entry != end;
         entry.increment(failed))
        if (entry->path().extension() == ".log")
            segments.push_back(entry->path());
    if (failed)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", archive.string(), failed.message()));
    std::ranges::sort(segments);
    return segments;
}

bool growsByLines(std::string_view path)
{
    auto const name = path.substr(path.rfind('/') + 1);
    return name == "log" || name.ends_with(".log") || name.ends_with(".jsonl");
}

std::uint64_t bytesOf(std::filesystem::path const& folder, std::vector<std::string> const& paths)
{
    std::uint64_t sum = 0;
    for (auto const& path : paths) {
        std::error_code failed;
        auto const size = std::filesystem::file_size(folder / path, failed);
        sum += failed ? 0 : size;
    }
    return sum;
}

std::vector<std::filesystem::path> filesOfConfiguration(Configuration const& configuration)
{
    auto const& tls = configuration.dicom.tls;
    auto const& http = configuration.http;
    auto const& syslog = configuration.audit.syslogTls;
    std::vector<std::filesystem::path> files{configuration.file};
    for (auto const& file : {tls.certificate, tls.key, tls.trust, tls.revoked, http.certificate, http.key, http.trust,
                             http.revoked, syslog.certificate, syslog.key, syslog.trust, syslog.revoked})
        if (!file.empty() && std::ranges::find(files, file) == files.end())
            files.push_back(file);
    return files;
}

} // namespace qianli::gateway
