#include "gateway/archive/removal_log.h"

#include "common/base/log.h"
#include "gateway/archive/receipt_line.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace qianli::gateway {
namespace {

// The last member of a line; they are many, and only a rebuilt index asks for them.
constexpr std::string_view notesMember = ",\"notes\":[";

using nlohmann::json;

json toJson(DeviceNote const& note)
{
    return {note.sequence, (note.corrected ? 1 : 0) + (note.uncertain ? 2 : 0),
            note.defects,  note.skew ? json(*note.skew) : json(),
            note.station,  note.manufacturer};
}

std::string lineOf(Removal const& removal)
{
    json studies = json::array(), sequences = json::array(), notes = json::array();
    for (RemovedStudy const& study : removal.studies)
        studies.push_back({study.site.value, study.uid});
    for (auto const& range : removal.sequences.ranges())
        sequences.push_back({range.first, range.last});
    for (DeviceNote const& note : removal.notes)
        notes.push_back(toJson(note));
    nlohmann::ordered_json line{{"removal", removal.number}, {"at", toIso8601(removal.at)},
                                {"person", removal.person},  {"reason", removal.reason},
                                {"studies", studies},        {"sequences", sequences},
                                {"bytes", removal.bytes},    {"notes", notes}};
    return frameLine(line.dump(-1, ' ', false, json::error_handler_t::replace));
}

enum class Notes { Without, With };

Result<Removal> removalOf(std::string_view text, Notes notes)
{
    std::string shorter;
    if (notes == Notes::Without) {
        shorter = std::string(text.substr(0, text.find(notesMember))) + "}";
        text = shorter;
    }
    try {
        auto const line = json::parse(text);
        Removal removal;
        removal.number = line.at("removal").get<std::uint64_t>();
        QIANLI_ASSIGN(removal.at, parseIso8601(line.at("at").get<std::string>()));
        removal.person = line.at("person").get<std::string>();
        removal.reason = line.at("reason").get<std::string>();
        for (auto const& study : line.at("studies"))
            removal.studies.push_back({{study.at(0).get<std::string>()}, study.at(1).get<std::string>()});
        for (auto const& range : line.at("sequences"))
            removal.sequences.add(range.at(0).get<std::uint64_t>(), range.at(1).get<std::uint64_t>());
        removal.bytes = line.at("bytes").get<std::uint64_t>();
        if (notes == Notes::Without)
            return removal;
        for (auto const& note : line.at("notes")) {
            auto const flags = note.at(1).get<int>();
            removal.notes.push_back(
                {note.at(0).get<std::uint64_t>(), (flags & 1) != 0, (flags & 2) != 0, note.at(2).get<std::uint32_t>(),
                 note.at(3).is_null() ? std::nullopt : std::optional(note.at(3).get<std::int64_t>()),
                 note.at(4).get<std::string>(), note.at(5).get<std::string>()});
        }
        return removal;
    } catch (json::exception const& error) {
        return fail(ErrorCode::Corrupt, error.what());
    }
}

// Each line with its number; the last one may lack its newline, and is unsound then.
Result<void> forEachLine(std::filesystem::path const& file,
                         std::function<Result<void>(std::string const& line, std::uint64_t number)> const& visit)
{
    std::ifstream stream(file, std::ios::binary);
    // Never empty: whoever asks knows that it is there.
    if (!stream.is_open())
        return fail(ErrorCode::Unavailable, fmt::format("{} can't be opened", file.string()));
    std::string line;
    for (std::uint64_t number = 1; std::getline(stream, line); ++number) {
        if (stream.eof())
            line.clear();
        QIANLI_TRY(visit(line, number));
    }
    return stream.bad() ? fail(ErrorCode::Unavailable, fmt::format("reading {}", file.string())) : Result<void>();
}

} // namespace

void SequenceSet::add(std::uint64_t first, std::uint64_t last)
{
    if (last < first)
        return;
    auto next = ranges_.upper_bound(first);
    if (next != ranges_.begin() && std::prev(next)->second + 1 >= first)
        --next;
    // Those that it touches become one with it.
    while (next != ranges_.end() && next->first <= last + 1) {
        first = std::min(first, next->first);
        last = std::max(last, next->second);
        count_ -= next->second - next->first + 1;
        next = ranges_.erase(next);
    }
    ranges_.emplace(first, last);
    count_ += last - first + 1;
}

void SequenceSet::add(SequenceSet const& others)
{
    for (auto const& [first, last] : others.ranges_)
        add(first, last);
}

bool SequenceSet::contains(std::uint64_t sequence) const
{
    auto const next = ranges_.upper_bound(sequence);
    return next != ranges_.begin() && std::prev(next)->second >= sequence;
}

std::vector<SequenceSet::Range> SequenceSet::ranges() const
{
    std::vector<Range> ranges;
    for (auto const& [first, last] : ranges_)
        ranges.push_back({first, last});
    return ranges;
}

Result<std::unique_ptr<RemovalLog>> RemovalLog::open(std::filesystem::path file, Access access)
{
    std::unique_ptr<RemovalLog> log(new RemovalLog(std::move(file), access));
    if (::access(log->file_.c_str(), F_OK) != 0) {
        if (errno == ENOENT)
            return log;
        return failErrno(fmt::format("looking for {}", log->file_.string()));
    }
    QIANLI_TRY(log->readAll());
    return log;
}

Result<void> RemovalLog::readAll()
{
    std::uint64_t size = 0, unsound = 0;
    QIANLI_TRY(forEachLine(file_, [&](std::string const& line, std::uint64_t number) -> Result<void> {
        auto const json = unframeLine(line);
        if (!json) {
            unsound = unsound == 0 ? number : unsound;
            return {};
        }
        // Each line was synced before the next one was begun.
        if (unsound != 0)
            return fail(ErrorCode::Corrupt,
                        fmt::format("{} line {}: the record is damaged, and records written later are sound",
                                    file_.string(), unsound));
        if (auto taken = take(*json); !taken)
            return tl::unexpected(std::move(taken).error().at(fmt::format("{} line {}", file_.string(), number)));
        size += line.size() + 1;
        return {};
    }));
    size_ = size;
    if (access_ == Access::Read)
        return {};
    QIANLI_ASSIGN(descriptor_, openFile(file_, O_RDWR));
    if (unsound != 0) {
        log::warning("{}: cut behind removal {}, where a line had not been synced", file_.string(), bytes_.size());
        if (::ftruncate(descriptor_.get(), static_cast<off_t>(size_)) != 0)
            return failErrno(fmt::format("cutting {}", file_.string()));
    }
    // A gateway that was killed may have written lines that it had not synced yet; from now on they count.
    QIANLI_TRY(syncFile(descriptor_.get()));
    return syncDirectory(file_.parent_path());
}

Result<void> RemovalLog::take(std::string_view text)
{
    if (text.starts_with("{\"done\":")) {
        auto const line = json::parse(text, nullptr, false);
        if (!line.is_object() || !line["done"].is_number_unsigned())
            return fail(ErrorCode::Corrupt, "expected the number of a removal");
        unfinished_.erase(line["done"].get<std::uint64_t>());
        return {};
    }
    QIANLI_ASSIGN(auto removal, removalOf(text, Notes::Without));
    if (removal.number != bytes_.size() + 1)
        return fail(ErrorCode::Corrupt,
                    fmt::format("holds removal {} where {} belongs", removal.number, bytes_.size() + 1));
    removed_.add(removal.sequences);
    bytes_.push_back((bytes_.empty() ? 0 : bytes_.back()) + removal.bytes);
    unfinished_.emplace(removal.number, std::move(removal));
    return {};
}

Result<void> RemovalLog::append(std::string const& line)
{
    if (!descriptor_) {
        QIANLI_TRY(createDirectoryDurably(file_.parent_path()));
        QIANLI_ASSIGN(descriptor_, openFile(file_, O_RDWR | O_CREAT));
        QIANLI_TRY(syncDirectory(file_.parent_path()));
    }
    auto done = writeAllAt(descriptor_.get(), {reinterpret_cast<std::uint8_t const*>(line.data()), line.size()}, size_);
    if (done)
        done = syncFile(descriptor_.get());
    if (!done) {
        // It did not happen, and must not come back after a restart.
        if (::ftruncate(descriptor_.get(), static_cast<off_t>(size_)) != 0 || !syncFile(descriptor_.get()))
            log::error("{}: what was not written can't be cut off", file_.string());
        return tl::unexpected(std::move(done).error().at(file_.string()));
    }
    size_ += line.size();
    return {};
}

Result<void> RemovalLog::begin(Removal& removal)
{
    if (access_ == Access::Read)
        return fail(ErrorCode::Refused, "the archive is open for reading only");
    removal.number = last() + 1;
    QIANLI_TRY(append(lineOf(removal)));
    std::unique_lock const lock(mutex_);
    removed_.add(removal.sequences);
    bytes_.push_back((bytes_.empty() ? 0 : bytes_.back()) + removal.bytes);
    Removal kept = removal;
    kept.notes.clear();
    unfinished_.emplace(removal.number, std::move(kept));
    return {};
}

Result<void> RemovalLog::finish(std::uint64_t number)
{
    QIANLI_TRY(append(frameLine(fmt::format("{{\"done\":{}}}", number))));
    std::unique_lock const lock(mutex_);
    unfinished_.erase(number);
    return {};
}

Result<void> RemovalLog::read(std::uint64_t after, std::function<Result<void>(Removal const&)> const& visit) const
{
    std::uint64_t const last = this->last();
    if (after >= last)
        return {};
    std::uint64_t seen = 0;
    return forEachLine(file_, [&](std::string const& line, std::uint64_t number) -> Result<void> {
        if (seen >= last)
            return {};
        auto const json = unframeLine(line);
        if (!json)
            return fail(ErrorCode::Corrupt,
                        fmt::format("{} line {}: {}", file_.string(), number, json.error().message));
        if (json->starts_with("{\"done\":") || ++seen <= after)
            return {};
        QIANLI_ASSIGN(auto const removal, removalOf(*json, Notes::With));
        return visit(removal);
    });
}

std::uint64_t RemovalLog::last() const
{
    std::shared_lock const lock(mutex_);
    return bytes_.size();
}

bool RemovalLog::contains(std::uint64_t sequence) const
{
    std::shared_lock const lock(mutex_);
    return removed_.contains(sequence);
}

std::uint64_t RemovalLog::objects() const
{
    std::shared_lock const lock(mutex_);
    return removed_.count();
}

std::uint64_t RemovalLog::bytesAfter(std::uint64_t number) const
{
    std::shared_lock const lock(mutex_);
    if (number >= bytes_.size())
        return 0;
    return bytes_.back() - (number == 0 ? 0 : bytes_[number - 1]);
}

std::vector<Removal> RemovalLog::unfinished() const
{
    std::shared_lock const lock(mutex_);
    std::vector<Removal> removals;
    for (auto const& [number, removal] : unfinished_)
        removals.push_back(removal);
    return removals;
}

} // namespace qianli::gateway
