#include "gateway/upkeep/scrub.h"

#include "common/base/enduring.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/system_failure.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace qianli::gateway {
namespace {

constexpr std::size_t receiptsAtOnce = 500; // then the place is remembered
constexpr auto whileBusy = std::chrono::seconds(1);

std::optional<TimePoint> timeOf(nlohmann::json const& json, char const* key)
{
    if (!json.contains(key) || !json[key].is_string())
        return std::nullopt;
    auto const time = parseIso8601(json[key].get<std::string>());
    return time ? std::optional(*time) : std::nullopt;
}

} // namespace

Scrub::Scrub(BlobStore const& store, ScrubSettings settings, Clock const& clock)
    : store_(store), settings_(std::move(settings)), clock_(clock)
{
    load();
    thread_ = std::jthread([this](std::stop_token const& stop) { work(stop); });
}

Scrub::~Scrub()
{
    thread_.request_stop();
    if (thread_.joinable())
        thread_.join();
    endure([this] { save(); });
}

ScrubProgress Scrub::progress() const
{
    std::lock_guard const lock(mutex_);
    auto now = state_;
    now.last = store_.lastSequence();
    return now;
}

// Unreadable: it begins anew, which costs a pass.
void Scrub::load()
{
    auto const text = readFile(settings_.stateFile, 16 << 20);
    auto const json = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
    if (!json.is_object())
        return;
    state_.passBegan = timeOf(json, "passBegan");
    state_.lastFullPass = timeOf(json, "lastFullPass");
    if (json.contains("reached") && json["reached"].is_number_unsigned())
        state_.reached = std::min(json["reached"].get<std::uint64_t>(), store_.lastSequence());
    if (json.contains("damaged") && json["damaged"].is_array())
        for (auto const& sequence : json["damaged"])
            if (sequence.is_number_unsigned())
                state_.damaged.insert(sequence.get<std::uint64_t>());
}

void Scrub::save()
{
    auto const now = progress();
    nlohmann::json json{{"reached", now.reached}, {"damaged", now.damaged}};
    if (now.passBegan)
        json["passBegan"] = toIso8601(*now.passBegan);
    if (now.lastFullPass)
        json["lastFullPass"] = toIso8601(*now.lastFullPass);
    if (auto const saved = writeFileDurably(settings_.stateFile, json.dump() + "\n"); !saved)
        log::debug("{}; the scrub looks at some objects again after the next start", saved.error().message);
}

void Scrub::work(std::stop_token const& stop)
{
    while (!stop.stop_requested()) {
        bool more = false;
        endure([&] { more = turn(stop); });
        if (more)
            continue;
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, settings_.rest, [] { return false; });
    }
}

bool Scrub::turn(std::stop_token const& stop)
{
    Result<bool> const more = looksAgain_ ? lookAgain(stop) : step(stop);
    if (more)
        settings_.observers.clear("scrub", "");
    else if (more.error().code != ErrorCode::Cancelled)
        settings_.observers.raise("scrub", "", more.error().message,
                                  "the receipts can't be read: nothing is compared with them until they can");
    return more.value_or(false);
}

// What was damaged the last time: it still is, or was healed. True: all of it was looked at.
Result<bool> Scrub::lookAgain(std::stop_token const& stop)
{
    for (std::uint64_t const sequence : progress().damaged) {
        if (stop.stop_requested())
            return false;
        QIANLI_ASSIGN(auto const receipts, next(sequence - 1, 1));
        if (!receipts.empty() && receipts.front().sequence == sequence) {
            if (!look(receipts.front()))
                return false; // and once more the next time
            continue;
        }
        std::lock_guard const lock(mutex_);
        state_.damaged.erase(sequence); // it was deleted
    }
    looksAgain_ = false;
    return true;
}

// False: nothing to do at the moment.
Result<bool> Scrub::step(std::stop_token const& stop)
{
    std::uint64_t reached = 0;
    {
        std::lock_guard const lock(mutex_);
        if (!state_.passBegan) {
            if (state_.lastFullPass && clock_.now() < *state_.lastFullPass + settings_.atLeast)
                return false;
            state_.passBegan = clock_.now();
            state_.reached = 0;
        }
        reached = state_.reached;
    }
    QIANLI_ASSIGN(auto const receipts, next(reached, receiptsAtOnce));
    for (Receipt const& receipt : receipts) {
        if (stop.stop_requested())
            return false;
        if (!store_.isRemoved(receipt.sequence) && !look(receipt))
            return false; // and begin with it the next time
        {
            std::lock_guard const lock(mutex_);
            state_.reached = receipt.sequence;
        }
        keepPace(receipt.location.dataSetLength, stop);
    }
    if (receipts.empty())
        endPass();
    save();
    return !receipts.empty();
}

void Scrub::endPass()
{
    std::uint64_t unread = 0;
    {
        std::lock_guard const lock(mutex_);
        state_.lastFullPass = clock_.now();
        state_.passBegan.reset();
        unread = std::exchange(unread_, 0);
        log::information("scrub: all {} objects were looked at; {} are not what was received, {} could not be read",
                         store_.lastSequence(), state_.damaged.size(), unread);
    }
    if (unread > 0)
        settings_.observers.raise("scrub", "unread",
                                  fmt::format("{} objects could not be read, and were compared with nothing", unread),
                                  "the log names the first; look at rights and mounts below the archive's folder");
    else
        settings_.observers.clear("scrub", "unread");
}

// False where the system gave no descriptor or no memory, which says nothing of the object.
bool Scrub::look(Receipt const& receipt)
{
    auto const sound = store_.verify(receipt, BlobStore::Look::OnDisk);
    if (!sound && isSystemFailure(sound.error(), {EMFILE, ENFILE, ENOMEM}))
        return false;
    std::lock_guard const lock(mutex_);
    ++state_.objects;
    state_.bytes += receipt.location.dataSetLength;
    if (sound)
        state_.damaged.erase(receipt.sequence);
    else if (sound.error().code == ErrorCode::Corrupt && !store_.isRemoved(receipt.sequence))
        state_.damaged.insert(receipt.sequence);
    else if (sound.error().code == ErrorCode::NotFound)
        state_.damaged.erase(receipt.sequence); // it was deleted
    else if (unread_++ == 0)
        log::warning("scrub: {}", sound.error().message);
    return true;
}

void Scrub::keepPace(std::uint64_t bytes, std::stop_token const& stop)
{
    auto pause = std::chrono::nanoseconds(std::chrono::seconds(1)) * static_cast<double>(bytes) /
                 static_cast<double>(std::max<std::uint64_t>(settings_.bytesPerSecond, 1));
    if (settings_.busy && settings_.busy())
        pause = std::max<decltype(pause)>(pause, whileBusy);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, std::chrono::duration_cast<std::chrono::nanoseconds>(pause), [] { return false; });
}

Result<std::vector<Receipt>> Scrub::next(std::uint64_t after, std::size_t most) const
{
    std::vector<Receipt> receipts;
    auto const read = store_.replay(after, [&](Receipt const& receipt) -> Result<void> {
        receipts.push_back(receipt);
        return receipts.size() < most ? Result<void>() : fail(ErrorCode::Cancelled, "enough");
    });
    if (!read && read.error().code != ErrorCode::Cancelled)
        return tl::unexpected(read.error());
    return receipts;
}

} // namespace qianli::gateway
