#include "gateway/daemon/import.h"

#include "common/base/file.h"
#include "common/base/folder.h"
#include "common/dicom/part10.h"

#include <condition_variable>
#include <fcntl.h>
#include <fmt/format.h>
#include <mutex>
#include <optional>
#include <vector>

namespace qianli::gateway {
namespace {

constexpr char mediaStorageDirectory[] = "1.2.840.10008.1.3.10"; // DICOMDIR (PS3.3 F)
constexpr std::size_t namedRefusals = 1000;
constexpr std::size_t chunkBytes = 1 << 20;
// So many objects wait for their commit at a time: they share its syncs.
constexpr std::size_t waitingObjects = 64;

constexpr dicom::Tag sopClassTag{0x0008, 0x0016};
constexpr dicom::Tag sopInstanceTag{0x0008, 0x0018};

class Import {
public:
    Import(Ingest& ingest, model::Site const& site) : ingest_(ingest)
    {
        sender_.origin = Origin::Import;
        sender_.site = site.id;
        sender_.siteCharset = site.charset;
    }

    Result<void> take(std::filesystem::path const& file);
    // Waits for everything that was handed over.
    void finish();
    ImportProgress counts() const;
    Result<void> fatal() const;
    ImportReport report();

private:
    void refuse(std::filesystem::path const& file, Error const& error);
    Result<dicom::Part10Layout> examine(std::filesystem::path const& file);
    Result<void> hand(std::filesystem::path const& file, dicom::Part10Layout const& layout);
    void completed(std::filesystem::path const& file, std::uint64_t bytes, Result<StoreOutcome> const& outcome);

    Ingest& ingest_;
    Sender sender_;
    mutable std::mutex mutex_; // guards all below
    std::condition_variable changed_;
    std::size_t waiting_ = 0;
    ImportReport report_;
    std::optional<Error> fatal_;
};

// What says something about the disk or us, not about the file.
bool endsImport(Error const& error)
{
    return error.code == ErrorCode::Unavailable || error.code == ErrorCode::Internal ||
           error.code == ErrorCode::Cancelled;
}

// A file without meta header: SOP class and instance from the data set itself.
Result<void> completeMeta(std::filesystem::path const& file, dicom::Part10Layout& layout)
{
    dicom::Tag const wanted[] = {sopClassTag, sopInstanceTag};
    dicom::DataSetScanner scanner(layout.meta.transferSyntaxUid, wanted);
    QIANLI_ASSIGN(auto const descriptor, openFile(file, O_RDONLY));
    std::vector<std::uint8_t> buffer(chunkBytes);
    for (std::uint64_t offset = layout.dataSetOffset; offset < layout.fileSize;) {
        auto const length = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), layout.fileSize - offset));
        auto const part = std::span(buffer).first(length);
        QIANLI_TRY(readAllAt(descriptor.get(), part, offset));
        QIANLI_TRY(scanner.feed(part));
        offset += length;
    }
    QIANLI_ASSIGN(auto const header, scanner.finish());
    for (auto const& [tag, target] :
         {std::pair(sopClassTag, &layout.meta.sopClassUid), std::pair(sopInstanceTag, &layout.meta.sopInstanceUid)}) {
        auto const found = header.elements.find(tag);
        if (found == header.elements.end())
            return fail(ErrorCode::InvalidInput, "no SOP Class or SOP Instance UID");
        QIANLI_ASSIGN(*target, dicom::Uid::fromPeer(found->second.value));
    }
    return {};
}

bool hasPrefix(std::filesystem::path const& file)
{
    auto const descriptor = openFile(file, O_RDONLY);
    std::uint8_t prefix[4] = {};
    return descriptor && readAllAt(descriptor->get(), prefix, 128) && std::equal(prefix, prefix + 4, "DICM");
}

Result<dicom::Part10Layout> Import::examine(std::filesystem::path const& file)
{
    QIANLI_ASSIGN(auto layout, dicom::readPart10Layout(file));
    if (layout.meta.sopClassUid.empty() || layout.meta.sopInstanceUid.empty())
        QIANLI_TRY(completeMeta(file, layout));
    return layout;
}

Result<void> Import::take(std::filesystem::path const& file)
{
    {
        std::lock_guard const lock(mutex_);
        ++report_.counts.files;
    }
    auto const layout = examine(file);
    if (!layout) {
        // Something that says it is DICOM and isn't readable is worth a name; a README is not.
        if (hasPrefix(file) || layout.error().code != ErrorCode::InvalidInput) {
            refuse(file, layout.error());
        } else {
            std::lock_guard const lock(mutex_);
            ++report_.counts.notDicom;
        }
        return {};
    }
    if (layout->meta.sopClassUid.value() == mediaStorageDirectory) {
        std::lock_guard const lock(mutex_);
        ++report_.counts.directories;
        return {};
    }
    auto handed = hand(file, *layout);
    if (handed || endsImport(handed.error()))
        return handed;
    refuse(file, handed.error());
    return {};
}

Result<void> Import::hand(std::filesystem::path const& file, dicom::Part10Layout const& layout)
{
    QIANLI_ASSIGN(auto reception, ingest_.begin(sender_, {layout.meta.sopClassUid, layout.meta.sopInstanceUid,
                                                          layout.meta.transferSyntaxUid}));
    QIANLI_ASSIGN(auto const descriptor, openFile(file, O_RDONLY));
    std::vector<std::uint8_t> buffer(chunkBytes);
    for (std::uint64_t offset = layout.dataSetOffset; offset < layout.fileSize;) {
        auto const length = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), layout.fileSize - offset));
        auto const part = std::span(buffer).first(length);
        QIANLI_TRY(readAllAt(descriptor.get(), part, offset));
        QIANLI_TRY(reception->append(part));
        offset += length;
    }
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_ < waitingObjects; });
        ++waiting_;
    }
    reception->finish([this, file, bytes = layout.fileSize](Result<StoreOutcome> const& outcome) {
        completed(file, bytes, outcome);
    });
    return {};
}

void Import::completed(std::filesystem::path const& file, std::uint64_t bytes, Result<StoreOutcome> const& outcome)
{
    if (!outcome && !endsImport(outcome.error()))
        refuse(file, outcome.error());
    std::lock_guard const lock(mutex_);
    if (!outcome && endsImport(outcome.error()) && !fatal_)
        fatal_ = outcome.error();
    if (outcome) {
        report_.counts.bytes += bytes;
        switch (outcome->kind) {
        case StoreOutcome::Kind::Stored:
            ++report_.counts.stored;
            break;
        case StoreOutcome::Kind::Duplicate:
            ++report_.counts.duplicates;
            break;
        case StoreOutcome::Kind::NewVersion:
            ++report_.counts.newVersions;
            break;
        }
    }
    --waiting_;
    changed_.notify_all();
}

void Import::refuse(std::filesystem::path const& file, Error const& error)
{
    std::lock_guard const lock(mutex_);
    ++report_.counts.refused;
    if (report_.refused.size() < namedRefusals)
        report_.refused.push_back(fmt::format("{}: {}", file.string(), error.message));
}

void Import::finish()
{
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ == 0; });
}

ImportProgress Import::counts() const
{
    std::lock_guard const lock(mutex_);
    return report_.counts;
}

Result<void> Import::fatal() const
{
    std::lock_guard const lock(mutex_);
    if (fatal_)
        return tl::unexpected(*fatal_);
    return {};
}

ImportReport Import::report()
{
    std::lock_guard const lock(mutex_);
    return report_;
}

Result<void> takeAll(Import& import, std::filesystem::path const& path,
                     std::function<bool(ImportProgress const&)> const& progress)
{
    auto const takeOne = [&](std::filesystem::path const& file) -> Result<void> {
        QIANLI_TRY(import.take(file));
        QIANLI_TRY(import.fatal());
        if (!progress(import.counts()))
            return fail(ErrorCode::Cancelled, "the import was stopped; what was taken before stays");
        return {};
    };
    std::error_code error;
    if (std::filesystem::is_regular_file(path, error))
        return takeOne(path);
    if (!std::filesystem::is_directory(path, error))
        return fail(ErrorCode::NotFound, fmt::format("{} is no file and no folder", path.string()));
    // Links to folders are not followed: they may lead round in a circle.
    std::vector<std::filesystem::path> folders{path};
    while (!folders.empty()) {
        auto const folder = std::move(folders.back());
        folders.pop_back();
        auto const names = namesIn(folder);
        if (!names && names.error().code == ErrorCode::Refused && folder != path)
            continue; // one below that may not be read
        if (!names)
            return tl::unexpected(names.error());
        for (auto const& name : *names) {
            auto const entry = folder / name;
            std::error_code unreadable;
            if (std::filesystem::is_directory(std::filesystem::symlink_status(entry, unreadable)))
                folders.push_back(entry);
            else if (std::filesystem::is_regular_file(entry, unreadable))
                QIANLI_TRY(takeOne(entry));
        }
    }
    return {};
}

} // namespace

Result<ImportReport> importFiles(Ingest& ingest, std::filesystem::path const& path, model::Site const& site,
                                 std::function<bool(ImportProgress const&)> const& progress)
{
    Import import(ingest, site);
    auto const taken = takeAll(import, path, progress);
    import.finish();
    QIANLI_TRY(taken);
    QIANLI_TRY(import.fatal());
    progress(import.counts());
    return import.report();
}

} // namespace qianli::gateway
