#include "viewer/ui/page_cache.h"

#include "viewer/client/background.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {

namespace {
constexpr std::size_t mostMade = 6;
constexpr double coarsest = 0.5, finest = 16; // pixels a millimetre: an A4 page of 64 MB
} // namespace

void PageCache::setSource(std::shared_ptr<PageSource const> source)
{
    source_ = std::move(source);
    made_.clear();
    wanted_.reset();
}

PageCache::Made const* PageCache::take(std::size_t page, double scale)
{
    scale = std::clamp(scale, coarsest, finest);
    auto const found = std::find_if(made_.begin(), made_.end(), [page](Made const& one) { return one.page == page; });
    Made const* const here = found == made_.end() ? nullptr : &*found;
    if (here == nullptr || (!here->error && std::abs(here->scale / scale - 1) > 0.02))
        make(page, scale);
    return here;
}

// What was wanted meanwhile is made next; what was wanted before that is not.
void PageCache::make(std::size_t page, double scale)
{
    if (underway_) {
        wanted_ = {page, scale};
        return;
    }
    underway_ = true;
    inBackground<QImage>(
        this, [source = source_, page, scale] { return source->picture(page, scale); },
        [this, source = source_, page, scale](Result<QImage> picture) {
            underway_ = false;
            if (source == source_) {
                std::erase_if(made_, [page](Made const& one) { return one.page == page; });
                if (made_.size() >= mostMade)
                    made_.erase(made_.begin());
                made_.push_back({page, scale, picture ? *picture : QImage(),
                                 picture ? std::nullopt : std::optional(picture.error())});
            }
            if (auto const next = std::exchange(wanted_, std::nullopt))
                make(next->first, next->second);
            emit arrived();
        });
}

} // namespace qianli::viewer
