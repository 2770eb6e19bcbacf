#include "viewer/client/fetch_queue.h"

#include <algorithm>

namespace qianli::viewer {

namespace {
constexpr int mostRefusals = 2;
constexpr std::size_t crossSection = 3; // a series with fewer images is a scout or a radiograph

std::size_t distance(std::size_t left, std::size_t right)
{
    return left < right ? right - left : left - right;
}
} // namespace

FetchQueue::FetchQueue(std::vector<PlannedSeries> series) : series_(std::move(series))
{
    for (auto const& one : series_) {
        states_.emplace_back(one.images.size(), State::Waiting);
        refusals_.emplace_back(one.images.size(), 0);
    }
    // Until somebody looks: the cross section that will be hung, at its middle, where it is hung.
    auto const first =
        std::find_if(series_.begin(), series_.end(), [](auto const& one) { return one.images.size() >= crossSection; });
    if (first != series_.end())
        look(first->uid, {});
}

std::optional<std::size_t> FetchQueue::seriesOf(std::string const& uid) const
{
    auto const found = std::find_if(series_.begin(), series_.end(), [&](auto const& one) { return one.uid == uid; });
    return found == series_.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - series_.begin()));
}

void FetchQueue::look(std::string const& series, std::string const& sopInstance)
{
    auto const index = seriesOf(series);
    if (!index)
        return;
    auto const& images = series_[*index].images;
    auto const found = std::find_if(images.begin(), images.end(), [&](PlannedImage const& image) {
        return image.sopInstance.value() == sopInstance;
    });
    Focus const focus{*index,
                      found == images.end() ? images.size() / 2 : static_cast<std::size_t>(found - images.begin())};
    std::erase_if(looked_, [&](Focus const& other) { return other.series == focus.series; });
    looked_.insert(looked_.begin(), focus);
}

bool FetchQueue::hasWaiting(std::size_t series) const
{
    return std::find(states_[series].begin(), states_[series].end(), State::Waiting) != states_[series].end();
}

std::optional<FetchQueue::Request> FetchQueue::take(std::size_t most)
{
    std::optional<Focus> chosen;
    for (Focus const& focus : looked_)
        if (!chosen && hasWaiting(focus.series))
            chosen = focus;
    for (std::size_t series = 0; series < series_.size() && !chosen; ++series)
        if (hasWaiting(series))
            chosen = Focus{series, series_[series].images.size() / 2};
    if (!chosen)
        return {};
    Request request{chosen->series, {}};
    auto& states = states_[chosen->series];
    for (std::size_t image = 0; image < states.size(); ++image)
        if (states[image] == State::Waiting)
            request.images.push_back(image);
    std::stable_sort(request.images.begin(), request.images.end(), [&](std::size_t left, std::size_t right) {
        return distance(left, chosen->image) < distance(right, chosen->image);
    });
    request.images.resize(std::min(request.images.size(), most));
    for (std::size_t const image : request.images)
        states[image] = State::Asked;
    return request;
}

bool FetchQueue::arrived(std::string const& sopInstance)
{
    for (std::size_t series = 0; series < series_.size(); ++series)
        for (std::size_t image = 0; image < series_[series].images.size(); ++image)
            if (series_[series].images[image].sopInstance.value() == sopInstance) {
                bool const isNew = std::exchange(states_[series][image], State::Here) != State::Here;
                arrived_ += isNew ? 1 : 0;
                return isNew;
            }
    return false;
}

void FetchQueue::giveBack(Request const& request, bool wasAnswered)
{
    for (std::size_t const image : request.images) {
        State& state = states_[request.series][image];
        if (state != State::Asked)
            continue;
        int& refusals = refusals_[request.series][image];
        refusals += wasAnswered ? 1 : 0;
        state = refusals >= mostRefusals ? State::GivenUp : State::Waiting;
    }
}

std::size_t FetchQueue::size() const
{
    std::size_t all = 0;
    for (auto const& one : series_)
        all += one.images.size();
    return all;
}

std::size_t FetchQueue::refusedCount() const
{
    std::size_t all = 0;
    for (auto const& states : states_)
        all += static_cast<std::size_t>(std::count(states.begin(), states.end(), State::GivenUp));
    return all;
}

bool FetchQueue::isSettled() const
{
    for (auto const& states : states_)
        for (State const state : states)
            if (state == State::Waiting || state == State::Asked)
                return false;
    return true;
}

} // namespace qianli::viewer
