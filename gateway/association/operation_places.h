// OperationPlaces: the bounded number of operations in progress ([dicom] max_active), and who waits for one.
//
// Waiting costs no thread: who gets no place is told later, through the function that was given, either that it has one
// or that its patience is over. Urgent callers are first in line, but for every ninth place; in either line who holds
// the fewest places is next, however many it asks for. Thread-safe; the functions are called without a lock.
#pragma once

#include "gateway/association/fair_queue.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace qianli::gateway {

class OperationPlaces {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Answer = std::function<void(bool given)>;

    explicit OperationPlaces(std::uint64_t places) : free_(places), places_(places) {}

    // True: there is one. False: `answer` comes later, once. `key`: whose share it is (a site).
    bool take(std::string const& key, Urgency urgency, Time patienceEnds, Answer answer);
    void release(std::string const& key);
    // Tells those whose patience is over; with `everybody` all.
    enum class Whom { Impatient, Everybody };
    void refuse(Time now, Whom whom);
    std::uint64_t taken() const;

private:
    struct Waiting {
        Time patienceEnds;
        Answer answer;
    };
    using Line = std::map<std::string, std::deque<Waiting>>; // by key, each in the order of their coming

    std::uint64_t held(std::string const& key) const;
    std::optional<Answer> hand(Line& line);

    mutable std::mutex mutex_; // guards all below
    std::uint64_t free_;
    std::uint64_t const places_;
    std::map<std::string, std::uint64_t> held_; // by key, none of them 0
    Line urgent_, waiting_;
    int urgentServed_ = 0; // in a row
};

} // namespace qianli::gateway
