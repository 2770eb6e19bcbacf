// FetchQueue: which images of a study are asked for next: the one on the screen, then outwards from it, then the other
// series.
//
// Promise: an image is with one taker at a time; one that is given back without having come is asked for once more. Not
// for several threads: its owner locks.
#pragma once

#include "common/dicom/uid.h"

#include <optional>
#include <string>
#include <vector>

namespace qianli::viewer {

struct PlannedImage {
    dicom::Uid sopInstance, sopClass;
    std::string transferSyntax; // as it is stored; empty when the gateway does not say
};

struct PlannedSeries {
    std::string uid;
    int number = 0;
    std::vector<PlannedImage> images; // in the order in which they are looked through
};

class FetchQueue {
public:
    explicit FetchQueue(std::vector<PlannedSeries> series);

    // What somebody looks at now; without an instance: the series' middle. What was looked at before comes after it.
    void look(std::string const& series, std::string const& sopInstance);

    struct Request {
        std::size_t series = 0;
        std::vector<std::size_t> images;
    };
    // The next images to ask for, all of one series; nothing while all that is missing is with other takers.
    std::optional<Request> take(std::size_t most);
    // True for the first time.
    bool arrived(std::string const& sopInstance);
    // The taker is done with them. Those that have not come wait again, unless it was asked for in vain before and
    // `wasAnswered`: the gateway said that it won't send them.
    void giveBack(Request const& request, bool wasAnswered);

    PlannedSeries const& series(std::size_t index) const { return series_[index]; }
    std::size_t size() const;
    std::size_t count() const { return arrived_; } // of those that are here
    std::size_t refusedCount() const;
    // Nothing is waiting and nothing is with a taker.
    bool isSettled() const;

private:
    enum class State { Waiting, Asked, Here, GivenUp };
    struct Focus {
        std::size_t series, image;
    };
    std::optional<std::size_t> seriesOf(std::string const& uid) const;
    bool hasWaiting(std::size_t series) const;

    std::vector<PlannedSeries> series_;
    std::vector<std::vector<State>> states_;
    std::vector<std::vector<int>> refusals_;
    std::vector<Focus> looked_; // the newest first, each series once
    std::size_t arrived_ = 0;
};

} // namespace qianli::viewer
