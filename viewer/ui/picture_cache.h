// PictureCache: decoded pictures, made in worker threads, what is on screen first, kept up to a number of bytes.
//
// Promise: no call blocks on decoding. Each owner (a viewport) says which pictures it wants in which order; a new wish
// replaces the old one at once.
#pragma once

#include "viewer/decoding/pixel_decoder.h"
#include "viewer/model/pixels.h"
#include "viewer/model/series.h"

#include <QObject>

#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace qianli::viewer {

class PictureCache : public QObject {
    Q_OBJECT

public:
    explicit PictureCache(std::size_t byteLimit = 1200u << 20, QObject* parent = nullptr);
    ~PictureCache() override;

    struct Picture {
        std::shared_ptr<Pixels const> pixels; // null: not here yet
        std::optional<Error> error;           // could not be decoded
    };
    // What is there now; counts as used.
    Picture find(StackEntry const& entry);
    bool holds(StackEntry const& entry);
    // The first is needed now, the others soon.
    void want(void const* owner, std::vector<StackEntry> entries);
    // Whether all of them will be here at the same time once they are wanted.
    bool fits(std::vector<StackEntry> const& entries) const;
    void forget(void const* owner);
    // Nothing of the old study stays in memory.
    void clear();
    // Decodes one picture here and now: for worker threads.
    Result<std::shared_ptr<Pixels const>> decode(StackEntry const& entry);

signals:
    // A picture came, or failed. From a worker thread: connect queued.
    void arrived(quintptr image, unsigned frame);

private:
    using Key = std::pair<ImageAttributes const*, std::uint32_t>;
    struct Kept {
        StackEntry entry; // keeps the key's address alive
        Picture picture;
        std::list<Key>::iterator used;
    };

    struct Wishes {
        std::deque<StackEntry> entries;
        bool urgent = false; // the first one is on screen
    };

    void run();
    std::optional<StackEntry> nextWish();
    void keep(StackEntry const& entry, Picture picture);

    std::size_t const byteLimit_;
    std::unique_ptr<PixelDecoder> decoder_;
    std::mutex mutex_; // guards all below but the threads
    std::condition_variable work_;
    std::map<void const*, Wishes> wishes_;
    std::map<Key, Kept> kept_;
    std::list<Key> usage_; // most recent first
    std::set<Key> underway_;
    std::size_t bytes_ = 0;
    std::uint64_t generation_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> workers_;
};

} // namespace qianli::viewer
