// OperationPlaces: the bounded number of operations in progress ([dicom] max_active), and who waits for one.
//
// Waiting costs no thread: who gets no place is told later, through the function that was given, either that it has one
// or that its patience is over. Urgent callers are first in line, but for every ninth place. Thread-safe; the functions
// are called without a lock.
#pragma once

#include "gateway/association/fair_queue.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>

namespace qianli::gateway {

class OperationPlaces {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Answer = std::function<void(bool given)>;

    explicit OperationPlaces(std::uint64_t places) : free_(places), places_(places) {}

    // True: there is one. False: `answer` comes later, once.
    bool take(Urgency urgency, Time patienceEnds, Answer answer);
    void release();
    // Tells those whose patience is over; with `everybody` all.
    enum class Whom { Impatient, Everybody };
    void refuse(Time now, Whom whom);
    std::uint64_t taken() const;

private:
    struct Waiting {
        Time patienceEnds;
        Answer answer;
    };
    mutable std::mutex mutex_; // guards all below
    std::uint64_t free_;
    std::uint64_t const places_;
    std::deque<Waiting> urgent_, waiting_;
    int urgentServed_ = 0; // in a row
};

} // namespace qianli::gateway
