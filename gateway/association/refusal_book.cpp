#include "gateway/association/refusal_book.h"

#include <algorithm>

namespace qianli::gateway {
namespace {

constexpr std::size_t most = 100; // the oldest makes room

} // namespace

void RefusalBook::note(Refusal refusal, std::string const& kind)
{
    auto const key = std::to_string(static_cast<int>(refusal.what)) + '\n' + refusal.callingAe + '\n' +
                     refusal.address + '\n' + kind;
    std::lock_guard const lock(mutex_);
    auto const [place, isNew] = entries_.try_emplace(key);
    refusal.count = place->second.count + 1;
    place->second = std::move(refusal);
    if (isNew && entries_.size() > most)
        entries_.erase(std::ranges::min_element(entries_, {}, [](auto const& entry) { return entry.second.lastAt; }));
}

std::vector<Refusal> RefusalBook::newest() const
{
    std::vector<Refusal> list;
    {
        std::lock_guard const lock(mutex_);
        for (auto const& [key, refusal] : entries_)
            list.push_back(refusal);
    }
    std::ranges::sort(list, std::ranges::greater{}, &Refusal::lastAt);
    return list;
}

} // namespace qianli::gateway
