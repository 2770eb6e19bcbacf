#include "gateway/upkeep/backup_objects.h"

#include "common/base/text.h"
#include "gateway/archive/xxh3.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

constexpr char listName[] = "objects.sha256";
constexpr char buildingName[] = "object.part";
constexpr std::size_t objectsAtOnce = 256; // between two syncs of folders and list

std::uint64_t keyOf(std::string_view place)
{
    return XXH3_64bits(place.data(), place.size());
}

} // namespace

Result<BackupObjects> BackupObjects::open(std::filesystem::path folder)
{
    BackupObjects objects(std::move(folder));
    auto const list = openFile(objects.folder_ / listName, O_RDONLY);
    if (!list && list.error().code == ErrorCode::NotFound)
        return objects;
    if (!list)
        return tl::unexpected(list.error());
    std::string rest;
    std::vector<std::uint8_t> piece(1 << 20);
    for (std::uint64_t at = 0;;) {
        ssize_t const got = ::pread(list->get(), piece.data(), piece.size(), static_cast<off_t>(at));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failErrno(fmt::format("reading {}", (objects.folder_ / listName).string()));
        if (got == 0)
            break;
        at += static_cast<std::uint64_t>(got);
        rest.append(reinterpret_cast<char const*>(piece.data()), static_cast<std::size_t>(got));
        std::size_t start = 0;
        for (std::size_t end; (end = rest.find('\n', start)) != std::string::npos; start = end + 1) {
            // A line that the disk has damaged: its object is copied once more.
            if (auto const entry = parseDigestLine(std::string_view(rest).substr(start, end - start)))
                objects.known_.push_back({keyOf(entry->path), entry->sha256});
            objects.listBytes_ += end + 1 - start;
        }
        rest.erase(0, start);
    }
    // The newest line about a place stands last.
    std::ranges::stable_sort(objects.known_, {}, &Known::place);
    return objects;
}

std::string BackupObjects::placeOf(Receipt const& receipt)
{
    std::string_view path = receipt.location.path;
    constexpr std::string_view ending = ".dcm";
    if (path.ends_with(ending))
        path.remove_suffix(ending.size());
    return fmt::format("{}-{}.dcm", path, text::toHex(receipt.digest));
}

BackupObjects::Known const* BackupObjects::find(std::string const& place) const
{
    auto const after = std::ranges::upper_bound(known_, keyOf(place), {}, &Known::place);
    return after != known_.begin() && std::prev(after)->place == keyOf(place) ? &*std::prev(after) : nullptr;
}

bool BackupObjects::holds(Receipt const& receipt) const
{
    auto const place = placeOf(receipt);
    struct stat status {};
    return find(place) != nullptr && ::stat((folder_ / place).c_str(), &status) == 0 &&
           static_cast<std::uint64_t>(status.st_size) ==
               receipt.location.dataSetOffset + receipt.location.dataSetLength;
}

std::optional<crypto::Sha256Digest> BackupObjects::digestOf(Receipt const& receipt) const
{
    auto const* known = find(placeOf(receipt));
    return known != nullptr ? std::optional(known->sha256) : std::nullopt;
}

Result<void> BackupObjects::openForAdding()
{
    QIANLI_ASSIGN(list_, openFile(folder_ / listName, O_RDWR | O_CREAT, 0600));
    if (::ftruncate(list_.get(), static_cast<off_t>(listBytes_)) != 0)
        return failErrno(fmt::format("cutting {}", (folder_ / listName).string()));
    ::unlink((folder_ / buildingName).c_str());
    return syncDirectory(folder_);
}

Result<void> BackupObjects::makeFolderOf(std::string const& place)
{
    for (std::size_t slash = 0; (slash = place.find('/', slash + 1)) != std::string::npos;) {
        auto const folder = place.substr(0, slash);
        auto const parent = folder.rfind('/');
        if (::mkdir((folder_ / folder).c_str(), 0700) == 0)
            touched_.insert(parent == std::string::npos ? "" : folder.substr(0, parent));
        else if (errno != EEXIST)
            return failErrno(fmt::format("creating {}", (folder_ / folder).string()));
    }
    touched_.insert(place.substr(0, place.rfind('/')));
    return {};
}

Result<FileCopy> BackupObjects::add(Receipt const& receipt, std::filesystem::path const& from)
{
    auto const place = placeOf(receipt);
    auto const building = folder_ / buildingName;
    auto copy = readObject(from, receipt, &building);
    if (!copy) {
        ::unlink(building.c_str());
        return copy;
    }
    QIANLI_TRY(makeFolderOf(place));
    if (::rename(building.c_str(), (folder_ / place).c_str()) != 0)
        return failErrno(fmt::format("renaming {} to {}", building.string(), (folder_ / place).string()));
    pending_ += digestLine(place, copy->sha256);
    if (++pendingObjects_ >= objectsAtOnce)
        QIANLI_TRY(flush());
    return copy;
}

// The list last: a line says that its object is safe.
Result<void> BackupObjects::flush()
{
    for (auto const& folder : touched_)
        QIANLI_TRY(syncDirectory(folder.empty() ? folder_ : folder_ / folder));
    touched_.clear();
    QIANLI_TRY(
        writeAllAt(list_.get(), {reinterpret_cast<std::uint8_t const*>(pending_.data()), pending_.size()}, listBytes_));
    QIANLI_TRY(syncFile(list_.get()));
    listBytes_ += pending_.size();
    pending_.clear();
    pendingObjects_ = 0;
    return {};
}

} // namespace qianli::gateway
