#include "gateway/ingest/quarantine.h"

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/dicom/sop_class.h"
#include "gateway/ingest/quarantine_reception.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

constexpr std::uint64_t longestRecord = 64 << 10;
constexpr char objectEnding[] = ".dcm", recordEnding[] = ".json", incomingEnding[] = ".part";
constexpr char decisionsName[] = "decisions.log";
constexpr char lockName[] = "lock";

// In the order of arrival, and never the same twice, whatever the clock does.
std::string newId(TimePoint now, std::uint64_t number)
{
    std::array<std::uint8_t, 6> random{};
    fillRandom(random);
    return fmt::format("{:015}-{:06}-{}", now.time_since_epoch().count(), number, text::toHex(random));
}

// Who sent what: the same again is not kept twice.
std::string contentOf(QuarantinedObject const& object)
{
    return fmt::format("{}\n{}\n{}\n{}\n{}", object.callingAe, object.address, object.sopInstance.value(),
                       object.transferSyntax.value(), text::toHex(object.digest));
}

Result<QuarantinedObject> readRecord(std::filesystem::path const& file)
{
    QIANLI_ASSIGN(auto const bytes, readFile(file, longestRecord));
    auto object = quarantinedObjectFromJson(file.stem(), nlohmann::json::parse(bytes, nullptr, false));
    if (!object)
        return tl::unexpected(std::move(object).error().at(file.string()));
    return object;
}

} // namespace

Quarantine::Quarantine(QuarantineSettings settings, Clock const& clock) : settings_(std::move(settings)), clock_(clock)
{
}

Quarantine::~Quarantine() = default;

Result<std::unique_ptr<Quarantine>> Quarantine::open(QuarantineSettings settings, Clock const& clock)
{
    std::unique_ptr<Quarantine> quarantine(new Quarantine(std::move(settings), clock));
    auto const& folder = quarantine->settings_.folder;
    QIANLI_TRY(createDirectoryDurably(folder));
    QIANLI_ASSIGN(quarantine->lock_, openFile(folder / lockName, O_RDWR | O_CREAT));
    if (::flock(quarantine->lock_.get(), LOCK_EX | LOCK_NB) != 0)
        return fail(ErrorCode::Conflict, fmt::format("another gateway works with {}", folder.string()));
    QIANLI_ASSIGN(auto const objects, read(folder));
    for (QuarantinedObject const& object : objects) {
        quarantine->bytes_ += object.bytes();
        quarantine->contents_.insert(contentOf(object));
        quarantine->objects_.emplace(object.id, object);
    }
    QIANLI_TRY(quarantine->clear());
    if (!objects.empty())
        log::information("{} objects of unknown callers wait in quarantine", objects.size());
    return quarantine;
}

Result<std::vector<QuarantinedObject>> Quarantine::read(std::filesystem::path const& folder)
{
    std::vector<QuarantinedObject> objects;
    std::error_code failed;
    if (!std::filesystem::exists(folder, failed))
        return objects;
    for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        if (entry->path().extension() != recordEnding)
            continue;
        auto object = readRecord(entry->path());
        if (object)
            objects.push_back(*std::move(object));
        else if (object.error().code != ErrorCode::NotFound) // released while we looked
            log::error("quarantine: {}", object.error().message);
    }
    if (failed)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", folder.string(), failed.message()));
    std::ranges::sort(objects, {}, &QuarantinedObject::id);
    return objects;
}

// What has no record was never acknowledged, or has left already. A record that can't be read keeps its object.
Result<void> Quarantine::clear()
{
    std::error_code failed;
    std::vector<std::filesystem::path> leftovers;
    for (auto const& entry : std::filesystem::directory_iterator(settings_.folder, failed)) {
        auto const& path = entry.path();
        auto record = path;
        record.replace_extension(recordEnding);
        bool const isOurs = path.extension() == objectEnding || path.extension() == incomingEnding;
        bool const isHalfRecord = path.stem().extension() == recordEnding; // of writeFileDurably()
        if (isHalfRecord || (isOurs && !std::filesystem::exists(record, failed)))
            leftovers.push_back(path);
    }
    for (auto const& path : leftovers)
        std::filesystem::remove(path, failed);
    return leftovers.empty() ? Result<void>() : syncDirectory(settings_.folder);
}

Result<std::unique_ptr<Reception>> Quarantine::begin(Sender const& sender, Announcement const& announcement)
{
    if (!dicom::isAcceptedTransferSyntax(announcement.transferSyntax))
        return fail(ErrorCode::Refused,
                    fmt::format("objects in transfer syntax {} are not taken, because it does not hold the pixels",
                                announcement.transferSyntax.value()));
    std::error_code failed;
    auto const space = std::filesystem::space(settings_.folder, failed);
    if (failed || space.available < settings_.diskReserveBytes)
        return fail(ErrorCode::Unavailable, "the disk has no room for objects of unknown callers");
    QIANLI_TRY(claimRoom(0));
    auto id = newId(clock_.now(), ++begun_);
    dicom::FileMeta const meta{announcement.sopClass, announcement.sopInstance, announcement.transferSyntax, {}};
    QIANLI_ASSIGN(auto object,
                  LocalIncomingObject::create(settings_.folder / (id + incomingEnding), LocalIncomingObject::Name::New,
                                              dicom::encodeFileMeta(meta)));
    return std::make_unique<QuarantineReception>(*this, sender, announcement, std::move(id), std::move(object));
}

// The record is synced with the directory, and with it the object's name.
Result<void> Quarantine::keep(QuarantinedObject object)
{
    auto const incoming = settings_.folder / (object.id + incomingEnding);
    auto const file = fileOf(object);
    auto const record = settings_.folder / (object.id + recordEnding);
    auto const stored = [&]() -> Result<void> {
        if (::rename(incoming.c_str(), file.c_str()) != 0)
            return failErrno(file.string());
        return writeFileDurably(record, toJson(object).dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
    }();
    if (!stored) {
        for (auto const& left : {record, incoming, file})
            ::unlink(left.c_str());
        return stored;
    }
    std::lock_guard const lock(mutex_);
    bytes_ += object.dataSetOffset; // the data set's were counted as they came
    contents_.insert(contentOf(object));
    objects_.emplace(object.id, std::move(object));
    return {};
}

bool Quarantine::holds(QuarantinedObject const& object) const
{
    std::lock_guard const lock(mutex_);
    return contents_.contains(contentOf(object));
}

Result<void> Quarantine::claimRoom(std::uint64_t bytes)
{
    std::lock_guard const lock(mutex_);
    if (bytes_ + bytes >= settings_.limitBytes)
        return fail(ErrorCode::Unavailable, "the quarantine of unknown callers is full");
    bytes_ += bytes;
    return {};
}

void Quarantine::giveRoom(std::uint64_t bytes)
{
    std::lock_guard const lock(mutex_);
    bytes_ -= bytes;
}

Quarantine::Usage Quarantine::usage() const
{
    std::lock_guard const lock(mutex_);
    return {objects_.size(), bytes_};
}

std::filesystem::path Quarantine::fileOf(QuarantinedObject const& object) const
{
    return settings_.folder / (object.id + objectEnding);
}

std::vector<QuarantinedObject> Quarantine::selected(std::string const& selector) const
{
    std::lock_guard const lock(mutex_);
    std::vector<QuarantinedObject> found;
    for (auto const& [id, object] : objects_)
        if (isSelected(object, selector))
            found.push_back(object);
    return found;
}

// The records first: what has none is not there. Both orders of a power cut leave either all or a file that clear()
// removes.
Result<void> Quarantine::forget(std::span<QuarantinedObject const> objects)
{
    auto const remove = [&](char const* ending) -> Result<void> {
        for (QuarantinedObject const& object : objects)
            if (::unlink((settings_.folder / (object.id + ending)).c_str()) != 0 && errno != ENOENT)
                return failErrno("quarantine");
        return syncDirectory(settings_.folder);
    };
    QIANLI_TRY(remove(recordEnding));
    {
        std::lock_guard const lock(mutex_);
        for (QuarantinedObject const& object : objects) {
            contents_.erase(contentOf(object));
            bytes_ -= objects_.erase(object.id) * object.bytes();
        }
    }
    return remove(objectEnding);
}

Result<void> Quarantine::note(nlohmann::json const& decision) const
{
    auto const line = decision.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
    QIANLI_ASSIGN(auto const file, openFile(settings_.folder / decisionsName, O_WRONLY | O_CREAT | O_APPEND));
    QIANLI_TRY(writeAll(file.get(), {reinterpret_cast<std::uint8_t const*>(line.data()), line.size()}));
    QIANLI_TRY(syncFile(file.get()));
    return syncDirectory(settings_.folder);
}

} // namespace qianli::gateway
