#include "gateway/ingest/quarantine.h"

#include "common/base/folder.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/dicom/sop_class.h"
#include "gateway/archive/incoming_object.h"
#include "gateway/ingest/quarantine_reception.h"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>
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

// The smallest of objects takes a block, and its record another one.
constexpr std::uint64_t leastRoom = 8192;

std::uint64_t numberIn(std::string_view id)
{
    auto const rest = id.substr(std::min(id.size(), id.find('-') + 1));
    std::uint64_t number = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), number);
    return number;
}

// Who sent what: the same again is not kept twice.
std::string contentOf(QuarantinedObject const& object)
{
    return fmt::format("{}\n{}\n{}\n{}\n{}", object.callingAe, object.address, object.sopInstance.value(),
                       object.transferSyntax.value(), text::toHex(object.digest));
}

// Shortened for the memory's sake. Strangers can make two that are the same, so it only says where to look.
Digest keyOf(std::string const& content)
{
    return toDigest(XXH3_128bits(content.data(), content.size()));
}

Result<QuarantinedObject> fromRecord(std::string const& id, std::string const& record)
{
    if (record.size() > longestRecord)
        return fail(ErrorCode::LimitExceeded, fmt::format("its record is larger than {} bytes", longestRecord));
    QIANLI_ASSIGN(auto object, quarantinedObjectFromJson(id, nlohmann::json::parse(record, nullptr, false)));
    object.recordBytes = record.size();
    return object;
}

Result<QuarantinedObject> readRecord(std::filesystem::path const& file)
{
    QIANLI_ASSIGN(auto const record, readFile(file, longestRecord));
    return fromRecord(file.stem(), record);
}

Result<QuarantinedObject> readOrDescribe(std::filesystem::path const& record)
{
    auto object = readRecord(record);
    if (object || object.error().code == ErrorCode::NotFound) // released while we looked
        return object;
    auto file = record;
    file.replace_extension(objectEnding);
    std::error_code failed;
    auto const bytes = std::filesystem::file_size(file, failed);
    auto described = unreadableObject(record.stem(), object.error(), failed ? 0 : bytes);
    described.recordBytes = 1; // at least
    return described;
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
        quarantine->bytes_ += object.room();
        quarantine->begun_ = std::max(quarantine->begun_.load(), numberIn(object.id));
        quarantine->add(object);
        if (!object.unreadable.empty())
            log::error("quarantine: the record of {} can't be read ({}); the object is kept", object.id,
                       object.unreadable);
    }
    QIANLI_TRY(quarantine->clear());
    if (!objects.empty())
        log::information("{} objects of unknown callers wait in quarantine", objects.size());
    return quarantine;
}

Result<std::vector<QuarantinedObject>> Quarantine::read(std::filesystem::path const& folder)
{
    std::vector<QuarantinedObject> objects;
    auto const names = namesIn(folder);
    if (!names && names.error().code == ErrorCode::NotFound)
        return objects;
    if (!names)
        return tl::unexpected(names.error());
    for (std::filesystem::path const name : *names)
        if (name.extension() == recordEnding)
            if (auto object = readOrDescribe(folder / name))
                objects.push_back(*std::move(object));
    std::ranges::sort(objects, {}, &QuarantinedObject::id);
    return objects;
}

// What has no record was never acknowledged, or has left already: only a whole listing tells that. A record that can't
// be read keeps its object.
Result<void> Quarantine::clear()
{
    std::error_code failed;
    std::set<std::filesystem::path> records;
    std::vector<std::filesystem::path> objects, leftovers;
    QIANLI_ASSIGN(auto const names, namesIn(settings_.folder));
    for (auto const& name : names) {
        auto const path = settings_.folder / name;
        if (path.extension() == recordEnding)
            records.insert(path.stem());
        else if (path.extension() == objectEnding || path.extension() == incomingEnding)
            objects.push_back(path);
        else if (path.stem().extension() == recordEnding) // of writeFileDurably(), half written
            leftovers.push_back(path);
    }
    std::ranges::copy_if(objects, std::back_inserter(leftovers),
                         [&](auto const& path) { return !records.contains(path.stem()); });
    for (auto const& path : leftovers)
        std::filesystem::remove(path, failed);
    return leftovers.empty() ? Result<void>() : syncDirectory(settings_.folder);
}

void Quarantine::add(QuarantinedObject const& object)
{
    Kept kept{{}, object.room()};
    if (object.unreadable.empty()) {
        kept.content = keyOf(contentOf(object));
        contents_.insert_or_assign(kept.content, object.id);
    }
    objects_.insert_or_assign(object.id, kept);
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
    QIANLI_TRY(admit());
    auto id = newId(clock_.now(), ++begun_);
    dicom::FileMeta const meta{announcement.sopClass, announcement.sopInstance, announcement.transferSyntax, {}};
    auto object = told(LocalIncomingObject::create(settings_.folder / (id + incomingEnding),
                                                   LocalIncomingObject::Name::New, dicom::encodeFileMeta(meta)));
    if (!object) {
        leave(leastRoom);
        return tl::unexpected(std::move(object).error());
    }
    return std::make_unique<QuarantineReception>(*this, sender, announcement, std::move(id), *std::move(object),
                                                 leastRoom);
}

// The record is synced with the directory, and with it the object's name.
Result<void> Quarantine::keep(QuarantinedObject const& object, std::string const& record)
{
    auto const incoming = settings_.folder / (object.id + incomingEnding);
    auto const file = fileOf(object);
    auto const recordFile = settings_.folder / (object.id + recordEnding);
    auto const stored = [&]() -> Result<void> {
        QIANLI_TRY(fromRecord(object.id, record)); // or nobody would find it again
        if (::rename(incoming.c_str(), file.c_str()) != 0)
            return failErrno(file.string());
        return writeFileDurably(recordFile, record);
    }();
    if (!stored) {
        for (auto const& left : {recordFile, incoming, file})
            ::unlink(left.c_str());
        return stored;
    }
    QuarantinedObject replaced;
    {
        std::lock_guard const lock(mutex_);
        if (auto const same = contents_.find(keyOf(contentOf(object))); same != contents_.end())
            replaced.id = same->second;
        add(object);
    }
    if (!replaced.id.empty())
        if (auto const forgotten = forget({&replaced, 1}); !forgotten)
            log::warning("{}", forgotten.error().message); // both stay; a release makes one of them
    return {};
}

// Success says that we have the object. When the disk has lost it, who sends it again brings it back.
bool Quarantine::holds(QuarantinedObject const& object) const
{
    std::string id;
    {
        std::lock_guard const lock(mutex_);
        auto const same = contents_.find(keyOf(contentOf(object)));
        if (same == contents_.end())
            return false;
        id = same->second;
    }
    auto const whole = isWhole(id, object);
    if (!whole)
        log::error("quarantine: {}: {}; it came again and is kept in its place", id, whole.error().message);
    return whole.has_value();
}

Result<void> Quarantine::isWhole(std::string const& id, QuarantinedObject const& object) const
{
    QIANLI_ASSIGN(auto const held, readRecord(settings_.folder / (id + recordEnding)));
    if (contentOf(held) != contentOf(object))
        return fail(ErrorCode::Corrupt, "its record is not that of the object");
    return readDataSet(fileOf(held), held, [](auto const&) { return Result<void>(); });
}

// A place for one more object, until it leave()s.
Result<void> Quarantine::admit()
{
    std::lock_guard const lock(mutex_);
    if (objects_.size() + coming_ >= settings_.limitObjects)
        return fail(ErrorCode::Unavailable,
                    fmt::format("the quarantine of unknown callers is full: {} objects", objects_.size()));
    if (bytes_ + leastRoom > settings_.limitBytes)
        return fail(ErrorCode::Unavailable, "the quarantine of unknown callers is full");
    bytes_ += leastRoom;
    ++coming_;
    return {};
}

void Quarantine::leave(std::uint64_t claimed)
{
    std::lock_guard const lock(mutex_);
    bytes_ -= claimed;
    --coming_;
}

Result<void> Quarantine::claimRoom(std::uint64_t bytes)
{
    std::lock_guard const lock(mutex_);
    if (bytes_ + bytes > settings_.limitBytes)
        return fail(ErrorCode::Unavailable, "the quarantine of unknown callers is full");
    bytes_ += bytes;
    return {};
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

Result<std::vector<QuarantinedObject>> Quarantine::selected(std::string const& selector) const
{
    QIANLI_ASSIGN(auto objects, read(settings_.folder));
    std::lock_guard const lock(mutex_);
    std::erase_if(objects, [&](QuarantinedObject const& object) { // what is just being kept is not there yet
        return !isSelected(object, selector) || !objects_.contains(object.id);
    });
    return objects;
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
            auto const known = objects_.find(object.id);
            if (known == objects_.end())
                continue;
            if (auto const same = contents_.find(known->second.content);
                same != contents_.end() && same->second == object.id)
                contents_.erase(same);
            bytes_ -= known->second.room;
            objects_.erase(known);
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
