// PictureCache: decoded pictures, made beside the window, what is on screen first, kept up to a number of bytes.
//
// Promise: no call blocks on decoding. Each owner (a viewport) says which pictures it wants in which order; a new wish
// replaces the old one at once. What is kept stays below the limit: of more wishes than fit, each owner's first ones
// are kept and the others are not even decoded, so that pictures don't push each other out for ever. What is being
// decoded at the same time stays below half of the limit, or is one picture.
#pragma once

#include "viewer/decoding/pixel_decoder.h"
#include "viewer/model/pixels.h"
#include "viewer/model/series.h"

#include <QObject>

#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace qianli::viewer {

class PictureCache : public QObject {
    Q_OBJECT

public:
    // A quarter of the machine's memory: room for the volume made of it, for the rest of the program and for others.
    static std::size_t usualLimit();
    explicit PictureCache(std::size_t byteLimit = usualLimit(), QObject* parent = nullptr);
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
    bool fits(std::vector<StackEntry> const& entries);
    void forget(void const* owner);
    // Nothing of the old study stays in memory.
    void clear();
    // Of all pictures that are kept; of those that are being decoded.
    std::size_t bytes();
    std::size_t bytesUnderWay();

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
        std::vector<StackEntry> entries;
        std::size_t next = 0;    // the first that may have to be decoded
        std::size_t granted = 0; // so many of them fit
        bool urgent = false;     // the first one is on screen
        std::size_t left() const { return granted - next; }
    };

    Result<std::shared_ptr<Pixels const>> decode(StackEntry const& entry, std::uint64_t era);
    static Key keyOf(StackEntry const& entry) { return {entry.image.get(), entry.frame}; }
    void run();
    void grant();
    bool isGranted(Key const& key);
    std::optional<StackEntry> nextWish();
    bool hasRoomFor(StackEntry const& entry) const;
    void keep(StackEntry const& entry, Picture picture);
    void makeRoom();

    std::size_t const byteLimit_;
    std::shared_ptr<PixelDecoder> decoder_;
    std::mutex mutex_; // guards all below but the threads
    std::condition_variable work_;
    std::map<void const*, Wishes> wishes_;
    std::set<Key> granted_; // of all wishes; made when somebody asks
    bool grantedIsOld_ = false;
    std::map<Key, Kept> kept_;
    std::list<Key> usage_; // most recent first
    std::set<Key> underway_;
    std::size_t bytes_ = 0, bytesUnderWay_ = 0;
    std::uint64_t generation_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> workers_;
};

} // namespace qianli::viewer
