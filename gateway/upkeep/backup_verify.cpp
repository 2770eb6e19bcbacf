// Is a backup what was written?
#include "gateway/archive/blob_store.h"
#include "gateway/archive/object_path.h"
#include "gateway/upkeep/backup.h"
#include "gateway/upkeep/backup_folder.h"
#include "gateway/upkeep/backup_objects.h"

#include "common/base/text.h"
#include "common/sqlite/copy.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace qianli::gateway {
namespace {

// Without these a gateway does not come back as itself.
constexpr char const* needed[] = {"backup.json", "data/workflow.db", "data/keys/ca.crt", "data/keys/ca.key"};

class Verifier {
public:
    Verifier(BackupFolder const& folder, std::string const& name, BackupProgress const& progress)
        : folder_(folder), path_(folder.path() / name), progress_(progress)
    {
        result_.name = name;
    }
    Result<BackupVerification> verify(BackupArchive objects);

private:
    void fault(std::string text) { result_.faults.push_back(std::move(text)); }
    bool readList();
    void readFiles();
    void findStrangers();
    Result<void> readObjects(BackupContents const& contents);
    void readOneObject(BackupObjects const& objects, Receipt const& receipt);

    BackupFolder const& folder_;
    std::filesystem::path path_;
    BackupProgress const& progress_;
    FileDigests digests_;
    BackupVerification result_;
};

bool Verifier::readList()
{
    auto const sealed = readDigests(path_ / "complete");
    auto const list = digestOf(path_ / "files.sha256");
    auto digests = readDigests(path_ / "files.sha256");
    for (Error const& error :
         {sealed ? Error{} : sealed.error(), list ? Error{} : list.error(), digests ? Error{} : digests.error()})
        if (!error.message.empty())
            fault(error.message);
    if (!sealed || !list || !digests)
        return false;
    if (auto const found = sealed->find("files.sha256"); found == sealed->end() || found->second != list->sha256)
        fault(fmt::format("{}/files.sha256 is not the list that was written", path_.string()));
    digests_ = *std::move(digests);
    for (auto const* file : needed)
        if (!digests_.contains(file))
            fault(fmt::format("{}/files.sha256 doesn't name {}", path_.string(), file));
    return true;
}

void Verifier::readFiles()
{
    for (auto const& [name, digest] : digests_) {
        if (!isPathBelow(name)) {
            fault(fmt::format("{}/files.sha256 names a file outside of the backup: {}", path_.string(),
                              text::escapeControl(name)));
            continue;
        }
        auto const copy = digestOf(path_ / name);
        if (!copy && copy.error().code == ErrorCode::NotFound)
            fault(fmt::format("{} is missing", (path_ / name).string()));
        else if (!copy)
            fault(copy.error().message);
        else if (copy->sha256 != digest)
            fault(fmt::format("{}: the bytes are not those that were written", (path_ / name).string()));
        result_.bytes += copy ? copy->bytes : 0;
        progress_(++result_.files, digests_.size(), "files");
    }
    if (digests_.contains("data/workflow.db"))
        if (auto const sound = sqlite::checkDatabase(path_ / "data" / "workflow.db"); !sound)
            fault(sound.error().message);
}

void Verifier::findStrangers()
{
    std::error_code failed;
    for (std::filesystem::recursive_directory_iterator entry(path_, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        auto const name = entry->path().lexically_relative(path_).generic_string();
        if (!entry->is_directory(failed) && name != "complete" && name != "files.sha256" && !digests_.contains(name))
            fault(fmt::format("{} was not written by this backup", entry->path().string()));
    }
    if (failed)
        fault(fmt::format("{}: {}", path_.string(), failed.message()));
}

void Verifier::readOneObject(BackupObjects const& objects, Receipt const& receipt)
{
    auto const what =
        fmt::format("{} of site {}, receipt {}", receipt.sopInstance.value(), receipt.site.value, receipt.sequence);
    if (!isOwnPlace(receipt)) {
        fault(fmt::format("{}: the receipt names a place that is not this object's", what));
        return;
    }
    auto const file = objects.pathOf(receipt);
    auto const digest = objects.digestOf(receipt);
    auto const read = readObject(file, receipt);
    if (!read && read.error().code == ErrorCode::NotFound)
        fault(fmt::format("{}: {} is missing", what, file.string()));
    else if (!read)
        fault(fmt::format("{}: {}", what, read.error().message));
    else if (!digest)
        fault(fmt::format("{}: {}/objects.sha256 doesn't name it", what, folder_.path().string()));
    else if (*digest != read->sha256)
        fault(fmt::format("{}: {}: the bytes are not those that were written", what, file.string()));
    result_.bytes += read ? read->bytes : 0;
    ++result_.objects;
}

Result<void> Verifier::readObjects(BackupContents const& contents)
{
    QIANLI_ASSIGN(auto const store, BlobStore::openForReading(path_ / "data" / "archive"));
    QIANLI_ASSIGN(auto const objects, BackupObjects::open(folder_.path()));
    if (store->lastSequence() != contents.lastSequence)
        fault(fmt::format("the receipts end at {} and not at {}", store->lastSequence(), contents.lastSequence));
    std::set<std::uint64_t> lost;
    for (auto const& one : contents.lostBefore)
        lost.insert(one.sequence);
    auto const read = [&](Receipt const& receipt) -> Result<void> {
        if (lost.contains(receipt.sequence) && !objects.holds(receipt))
            return {};
        readOneObject(objects, receipt);
        progress_(result_.objects, contents.objects, "objects");
        return {};
    };
    QIANLI_TRY(store->replay(0, read));
    if (result_.objects < contents.objects)
        fault(fmt::format("{} objects are named, and {} were saved", result_.objects, contents.objects));
    return {};
}

Result<BackupVerification> Verifier::verify(BackupArchive objects)
{
    if (!readList())
        return result_;
    readFiles();
    findStrangers();
    auto const contents = readContents(path_);
    if (!contents) {
        fault(contents.error().message);
        return result_;
    }
    for (auto const& lost : contents->lostBefore)
        result_.lostBefore.push_back(lost.text);
    if (contents->withArchive && objects == BackupArchive::Included)
        if (auto const read = readObjects(*contents); !read)
            fault(read.error().message);
    return result_;
}

} // namespace

bool isPathBelow(std::string_view path)
{
    std::filesystem::path const below(path);
    return !path.empty() && below.is_relative() &&
           std::ranges::none_of(below, [](auto const& part) { return part == ".." || part == "."; });
}

bool isOwnPlace(Receipt const& receipt)
{
    return receipt.location.path == objectPath(receipt.site, receipt.study, receipt.sopInstance, receipt.version);
}

Result<BackupVerification> verifyBackup(std::filesystem::path const& folder, std::string const& name,
                                        BackupProgress const& progress, BackupArchive objects)
{
    QIANLI_ASSIGN(auto const opened, BackupFolder::open(folder));
    QIANLI_ASSIGN(auto const chosen, opened.choose(name));
    return Verifier(opened, chosen, progress).verify(objects);
}

} // namespace qianli::gateway
