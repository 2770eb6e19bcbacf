#include "viewer/ui/picture_cache.h"

namespace qianli::viewer {

PictureCache::PictureCache(std::size_t byteLimit, QObject* parent)
    : QObject(parent), byteLimit_(byteLimit), decoder_(makeLocalDecoder())
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
    for (std::thread& worker : workers_)
        worker.join();
}

PictureCache::Picture PictureCache::find(StackEntry const& entry)
{
    std::lock_guard const lock(mutex_);
    auto const found = kept_.find({entry.image.get(), entry.frame});
    if (found == kept_.end())
        return {};
    usage_.splice(usage_.begin(), usage_, found->second.used);
    return found->second.picture;
}

bool PictureCache::holds(StackEntry const& entry)
{
    std::lock_guard const lock(mutex_);
    return kept_.contains({entry.image.get(), entry.frame});
}

void PictureCache::want(void const* owner, std::vector<StackEntry> entries)
{
    {
        std::lock_guard const lock(mutex_);
        Wishes& wishes = wishes_[owner];
        wishes.entries.clear();
        wishes.urgent = true;
        // Not more than half of what may be kept, or the pictures would push each other out for ever.
        std::size_t bytes = 0;
        for (StackEntry& entry : entries) {
            bytes += entry.image->format.sampleCount() * 2;
            if (!wishes.entries.empty() && bytes > byteLimit_ / 2)
                break;
            wishes.entries.push_back(std::move(entry));
        }
    }
    work_.notify_all();
}

bool PictureCache::fits(std::vector<StackEntry> const& entries) const
{
    std::size_t bytes = 0;
    for (StackEntry const& entry : entries)
        bytes += entry.image->format.sampleCount() * 2;
    return bytes <= byteLimit_ / 2;
}

void PictureCache::forget(void const* owner)
{
    std::lock_guard const lock(mutex_);
    wishes_.erase(owner);
}

void PictureCache::clear()
{
    std::lock_guard const lock(mutex_);
    wishes_.clear();
    kept_.clear();
    usage_.clear();
    bytes_ = 0;
    ++generation_;
}

Result<std::shared_ptr<Pixels const>> PictureCache::decode(StackEntry const& entry)
{
    // A library's exception (memory, most likely) costs this picture, not the program.
    try {
        QIANLI_ASSIGN(auto const frame, decoder_->decode(entry.image->file, entry.frame));
        return preparePixels(frame, *entry.image);
    } catch (std::exception const& error) {
        return fail(ErrorCode::Internal, error.what());
    }
}

// What is on a screen before what is near it; then whoever waits for most.
std::optional<StackEntry> PictureCache::nextWish()
{
    Wishes* chosen = nullptr;
    for (auto& [owner, wishes] : wishes_) {
        while (!wishes.entries.empty()) {
            Key const key{wishes.entries.front().image.get(), wishes.entries.front().frame};
            if (!kept_.contains(key) && !underway_.contains(key))
                break;
            wishes.entries.pop_front();
            wishes.urgent = false;
        }
        if (wishes.entries.empty())
            continue;
        bool const better = chosen == nullptr || (wishes.urgent && !chosen->urgent) ||
                            (wishes.urgent == chosen->urgent && wishes.entries.size() > chosen->entries.size());
        if (better)
            chosen = &wishes;
    }
    if (chosen == nullptr)
        return {};
    StackEntry entry = std::move(chosen->entries.front());
    chosen->entries.pop_front();
    chosen->urgent = false;
    return entry;
}

void PictureCache::run()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        std::optional<StackEntry> entry;
        work_.wait(lock, [&] { return stopping_ || (entry = nextWish()).has_value(); });
        if (stopping_)
            return;
        Key const key{entry->image.get(), entry->frame};
        underway_.insert(key);
        auto const generation = generation_;
        lock.unlock();
        auto decoded = decode(*entry);
        lock.lock();
        underway_.erase(key);
        if (generation != generation_)
            continue;
        keep(*entry, decoded ? Picture{*decoded, {}} : Picture{nullptr, decoded.error()});
        lock.unlock();
        emit arrived(reinterpret_cast<quintptr>(key.first), key.second);
        lock.lock();
    }
}

void PictureCache::keep(StackEntry const& entry, Picture picture)
{
    Key const key{entry.image.get(), entry.frame};
    if (kept_.contains(key))
        return;
    bytes_ += picture.pixels ? picture.pixels->bytes() : 0;
    usage_.push_front(key);
    kept_[key] = Kept{entry, std::move(picture), usage_.begin()};
    while (bytes_ > byteLimit_ && usage_.size() > 1) {
        auto const oldest = kept_.find(usage_.back());
        bytes_ -= oldest->second.picture.pixels ? oldest->second.picture.pixels->bytes() : 0;
        kept_.erase(oldest);
        usage_.pop_back();
    }
}

} // namespace qianli::viewer
