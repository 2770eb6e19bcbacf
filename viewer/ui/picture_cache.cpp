#include "viewer/ui/picture_cache.h"

#include "viewer/decoding/machine_memory.h"
#include "viewer/model/pixel_loader.h"

#include <malloc.h>

namespace qianli::viewer {

namespace {
constexpr std::size_t leastLimit = 256u << 20;

// As Pixels holds them.
std::size_t bytesOf(StackEntry const& entry)
{
    PixelFormat const& format = entry.image->format;
    std::size_t const pixels = std::size_t{format.rows} * format.columns;
    return pixels * (format.samplesPerPixel > 1 || format.photometric == "PALETTE COLOR" ? 4 : 2);
}
} // namespace

std::size_t PictureCache::usualLimit()
{
    return std::max<std::size_t>(machineMemory() / 4, leastLimit);
}

PictureCache::PictureCache(std::size_t byteLimit, QObject* parent)
    : QObject(parent), byteLimit_(byteLimit), decoder_(sharedDecoder())
{
    unsigned const count = std::clamp(std::thread::hardware_concurrency(), 2u, 4u);
    for (unsigned index = 0; index < count; ++index)
        workers_.emplace_back([this] { run(); });
}

PictureCache::~PictureCache()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    work_.notify_all();
    decoder_->startAnew(); // nobody waits at the end for a file that hangs a decoder
    for (std::thread& worker : workers_)
        worker.join();
}

PictureCache::Picture PictureCache::find(StackEntry const& entry)
{
    std::lock_guard const lock(mutex_);
    auto const found = kept_.find(keyOf(entry));
    if (found == kept_.end())
        return {};
    usage_.splice(usage_.begin(), usage_, found->second.used);
    return found->second.picture;
}

bool PictureCache::holds(StackEntry const& entry)
{
    std::lock_guard const lock(mutex_);
    return kept_.contains(keyOf(entry));
}

std::size_t PictureCache::bytes()
{
    std::lock_guard const lock(mutex_);
    return bytes_;
}

std::size_t PictureCache::bytesUnderWay()
{
    std::lock_guard const lock(mutex_);
    return bytesUnderWay_;
}

void PictureCache::want(void const* owner, std::vector<StackEntry> entries)
{
    {
        std::lock_guard const lock(mutex_);
        wishes_[owner] = Wishes{std::move(entries), 0, 0, true};
        grant();
    }
    work_.notify_all();
}

void PictureCache::forget(void const* owner)
{
    std::lock_guard const lock(mutex_);
    wishes_.erase(owner);
    grant();
}

// Each owner's first, then each one's second, and so on, as long as they fit.
void PictureCache::grant()
{
    grantedIsOld_ = true;
    std::size_t bytes = 0;
    std::size_t longest = 0;
    for (auto& [owner, wishes] : wishes_) {
        wishes.granted = wishes.entries.size();
        longest = std::max(longest, wishes.entries.size());
        for (StackEntry const& entry : wishes.entries)
            bytes += bytesOf(entry);
    }
    if (bytes <= byteLimit_)
        return;
    for (auto& [owner, wishes] : wishes_)
        wishes.granted = 0;
    bytes = 0;
    for (std::size_t rank = 0; rank < longest; ++rank)
        for (auto& [owner, wishes] : wishes_) {
            if (rank >= wishes.entries.size())
                continue;
            bytes += bytesOf(wishes.entries[rank]);
            if (bytes > byteLimit_ && rank > 0)
                return;
            ++wishes.granted;
        }
}

bool PictureCache::isGranted(Key const& key)
{
    if (std::exchange(grantedIsOld_, false)) {
        granted_.clear();
        for (auto const& [owner, wishes] : wishes_)
            for (std::size_t index = 0; index < wishes.granted; ++index)
                granted_.insert(keyOf(wishes.entries[index]));
    }
    return granted_.contains(key);
}

bool PictureCache::fits(std::vector<StackEntry> const& entries)
{
    std::lock_guard const lock(mutex_);
    std::size_t bytes = 0;
    bool wanted = true;
    for (StackEntry const& entry : entries) {
        bytes += bytesOf(entry);
        wanted = wanted && isGranted(keyOf(entry));
    }
    return wanted || bytes <= byteLimit_ / 4;
}

void PictureCache::clear()
{
    {
        std::lock_guard const lock(mutex_);
        wishes_.clear();
        grant();
        kept_.clear();
        usage_.clear();
        underway_.clear(); // what of it is wanted again must come again
        bytes_ = 0;
        ++generation_;
    }
    decoder_->startAnew();
    ::malloc_trim(0); // to the system: the next study may be large
}

Result<std::shared_ptr<Pixels const>> PictureCache::decode(StackEntry const& entry, std::uint64_t era)
{
    // A library's exception (memory, most likely) costs this picture, not the program.
    try {
        if (bytesOf(entry) > byteLimit_)
            return fail(ErrorCode::LimitExceeded, "the picture is larger than this machine's memory allows");
        return loadPixels(*decoder_, *entry.image, entry.frame, era);
    } catch (std::exception const& error) {
        return fail(ErrorCode::Internal, error.what());
    }
}

// What is on a screen before what is near it; then whoever waits for most.
std::optional<StackEntry> PictureCache::nextWish()
{
    Wishes* chosen = nullptr;
    for (auto& [owner, wishes] : wishes_) {
        while (wishes.next < wishes.granted) {
            Key const key = keyOf(wishes.entries[wishes.next]);
            if (!kept_.contains(key) && !underway_.contains(key))
                break;
            ++wishes.next;
            wishes.urgent = false;
        }
        if (wishes.next >= wishes.granted)
            continue;
        bool const better = chosen == nullptr || (wishes.urgent && !chosen->urgent) ||
                            (wishes.urgent == chosen->urgent && wishes.left() > chosen->left());
        if (better)
            chosen = &wishes;
    }
    if (chosen == nullptr || !hasRoomFor(chosen->entries[chosen->next]))
        return {};
    chosen->urgent = false;
    return chosen->entries[chosen->next++];
}

// A picture takes about twice its size while it is made.
bool PictureCache::hasRoomFor(StackEntry const& entry) const
{
    return bytesUnderWay_ == 0 || bytesUnderWay_ + bytesOf(entry) <= byteLimit_ / 2;
}

void PictureCache::run()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        std::optional<StackEntry> entry;
        work_.wait(lock, [&] { return stopping_ || (entry = nextWish()).has_value(); });
        if (stopping_)
            return;
        Key const key = keyOf(*entry);
        std::size_t const room = bytesOf(*entry);
        underway_.insert(key);
        bytesUnderWay_ += room;
        auto const generation = generation_;
        auto const era = decoder_->era(); // the case may be closed before the decoder is asked
        lock.unlock();
        auto decoded = decode(*entry, era);
        lock.lock();
        bytesUnderWay_ -= room;
        work_.notify_all(); // somebody may have waited for that room
        if (generation != generation_)
            continue;
        underway_.erase(key);
        keep(*entry, decoded ? Picture{*decoded, {}} : Picture{nullptr, decoded.error()});
        lock.unlock();
        emit arrived(reinterpret_cast<quintptr>(key.first), key.second);
        entry.reset();
        decoded = fail(ErrorCode::Cancelled, "");
        lock.lock();
    }
}

void PictureCache::keep(StackEntry const& entry, Picture picture)
{
    Key const key = keyOf(entry);
    if (kept_.contains(key))
        return;
    bytes_ += picture.pixels ? picture.pixels->bytes() : 0;
    usage_.push_front(key);
    kept_[key] = Kept{entry, std::move(picture), usage_.begin()};
    if (bytes_ > byteLimit_)
        makeRoom();
}

// What nobody wants any more, the longest unused first.
void PictureCache::makeRoom()
{
    for (bool const wantedToo : {false, true})
        for (auto used = usage_.end(); bytes_ > byteLimit_ && usage_.size() > 1 && used != usage_.begin();) {
            --used;
            if (!wantedToo && isGranted(*used))
                continue;
            auto const oldest = kept_.find(*used);
            bytes_ -= oldest->second.picture.pixels ? oldest->second.picture.pixels->bytes() : 0;
            kept_.erase(oldest);
            used = usage_.erase(used);
        }
}

} // namespace qianli::viewer
