// BackupObjects: the objects of all backups of one folder. Objects never change, so each is kept once, whichever
// backups it belongs to; the name holds the digest taken on receipt, so that two contents never share a place.
//
// Promise: what holds() says is there was on stable storage when it was said, checked against its receipt when it was
// copied. objects.sha256 beside them is read by `sha256sum -c`.
#pragma once

#include "common/base/file.h"
#include "gateway/upkeep/backup_files.h"

#include <optional>
#include <set>
#include <vector>

namespace qianli::gateway {

// What a backup names becomes a path only when it stays below the folder: who brings a backup may have changed it.
bool isPathBelow(std::string_view path);
bool isOwnPlace(Receipt const& receipt);

class BackupObjects {
public:
    // Reads the list of what was copied; nothing where there is none yet.
    static Result<BackupObjects> open(std::filesystem::path folder);

    // "objects/ab/cd/…/….dcm" below the folder.
    static std::string placeOf(Receipt const& receipt);
    std::filesystem::path pathOf(Receipt const& receipt) const { return folder_ / placeOf(receipt); }
    bool holds(Receipt const& receipt) const;
    std::optional<crypto::Sha256Digest> digestOf(Receipt const& receipt) const;

    // Cuts what a kill left half-written at the end of the list. Before the first add().
    Result<void> openForAdding();
    // Corrupt when the bytes in `from` are not those of the receipt; nothing is added then.
    Result<FileCopy> add(Receipt const& receipt, std::filesystem::path const& from);
    // What was added is on stable storage, and its list.
    Result<void> flush();

private:
    struct Known {
        std::uint64_t place = 0; // digest of the place: tens of millions fit into memory
        crypto::Sha256Digest sha256{};
    };
    explicit BackupObjects(std::filesystem::path folder) : folder_(std::move(folder)) {}
    Result<void> makeFolderOf(std::string const& place);
    Known const* find(std::string const& place) const;

    std::filesystem::path folder_;
    std::vector<Known> known_; // by place
    std::uint64_t listBytes_ = 0;
    FileDescriptor list_;
    std::string pending_; // lines of what was added since the last flush()
    std::size_t pendingObjects_ = 0;
    std::set<std::string> touched_; // folders that got an entry since then
};

} // namespace qianli::gateway
