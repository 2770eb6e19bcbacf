#include "gateway/archive/verification.h"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

namespace qianli::gateway {
namespace {

// 8 bytes an object instead of its path: tens of millions fit into memory.
std::uint64_t keyOf(std::string_view path)
{
    return XXH3_64bits(path.data(), path.size());
}

Result<std::vector<std::string>> findStrangers(std::filesystem::path const& root,
                                               std::vector<std::uint64_t> const& known)
{
    std::vector<std::string> strangers;
    std::error_code error;
    std::filesystem::recursive_directory_iterator entry(root / "objects", error), end;
    for (; !error && entry != end; entry.increment(error)) {
        if (entry->is_directory(error))
            continue;
        std::string path = entry->path().lexically_relative(root).generic_string();
        if (!std::ranges::binary_search(known, keyOf(path)))
            strangers.push_back(std::move(path));
    }
    if (error)
        return fail(ErrorCode::Unavailable,
                    fmt::format("listing {}: {}", (root / "objects").string(), error.message()));
    return strangers;
}

// What was committed after the walk began is no stranger.
Result<void> forgive(std::vector<std::string>& strangers, std::filesystem::path const& root, std::uint64_t after)
{
    if (strangers.empty())
        return {};
    QIANLI_ASSIGN(auto const later, BlobStore::openForReading(root));
    return later->replay(after, [&](Receipt const& receipt) -> Result<void> {
        std::erase(strangers, receipt.location.path);
        return {};
    });
}

// What was deleted after the walk began is not missing. `sequences` are those of the lines.
Result<void> forgive(std::vector<std::string>& lines, std::vector<std::uint64_t> const& sequences,
                     std::filesystem::path const& root)
{
    if (lines.empty())
        return {};
    QIANLI_ASSIGN(auto const later, BlobStore::openForReading(root));
    std::vector<std::string> left;
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (!later->isRemoved(sequences[i]))
            left.push_back(std::move(lines[i]));
    lines = std::move(left);
    return {};
}

} // namespace

Result<VerificationReport> verifyArchive(BlobStore const& store, std::filesystem::path const& root,
                                         std::function<void(std::uint64_t, std::uint64_t)> const& progress)
{
    VerificationReport report;
    std::vector<std::uint64_t> known, missing;
    std::uint64_t const total = store.lastSequence();
    auto const look = [&](Receipt const& receipt) -> Result<void> {
        known.push_back(keyOf(receipt.location.path));
        ++report.objects;
        report.bytes += receipt.location.dataSetLength;
        if (auto sound = store.verify(receipt); !sound && sound.error().code != ErrorCode::NotFound) {
            bool const present = ::access(store.absolutePath(receipt.location).c_str(), F_OK) == 0;
            if (!present)
                missing.push_back(receipt.sequence);
            (present ? report.damaged : report.missing)
                .push_back(fmt::format("{} of site {}, receipt {}: {}", receipt.sopInstance.value(), receipt.site.value,
                                       receipt.sequence, sound.error().message));
        }
        if (progress)
            progress(report.objects, total);
        return {};
    };
    QIANLI_TRY(store.replay(0, look));
    std::ranges::sort(known);
    QIANLI_ASSIGN(report.strangers, findStrangers(root, known));
    QIANLI_TRY(forgive(report.strangers, root, total));
    QIANLI_TRY(forgive(report.missing, missing, root));
    std::ranges::sort(report.strangers);
    return report;
}

} // namespace qianli::gateway
