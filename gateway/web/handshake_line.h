// HandshakeLine: whose TLS handshake goes on. Its arithmetic is done on the network thread, where everybody's answers
// and events are sent too: so few are under way at a time, of each address a share of them, and addresses take turns.
// Whoever waits is not read from. Of the network thread.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace qianli::gateway {

class HandshakeLine {
public:
    HandshakeLine(std::size_t most, std::size_t mostFromOne) : most_(most), mostFromOne_(mostFromOne) {}

    // Calls `start` at once, or when it is its turn. `who` tells those of one address apart.
    void enter(std::string const& address, void const* who, std::function<void()> start)
    {
        places_[address].waiting.emplace_back(who, std::move(start));
        enroll(address);
        go();
    }

    // It is done, or gone while it waited.
    void leave(std::string const& address, void const* who)
    {
        auto const found = places_.find(address);
        if (found == places_.end())
            return;
        auto& place = found->second;
        if (std::erase_if(place.waiting, [who](auto const& one) { return one.first == who; }) == 0 &&
            place.underWay > 0) {
            --place.underWay;
            --underWay_;
        }
        if (place.underWay == 0 && place.waiting.empty() && !place.inLine)
            places_.erase(found);
        else
            enroll(address);
        go();
    }

private:
    struct Place {
        std::size_t underWay = 0;
        std::deque<std::pair<void const*, std::function<void()>>> waiting;
        bool inLine = false;
    };

    void enroll(std::string const& address)
    {
        auto& place = places_[address];
        if (place.inLine || place.waiting.empty() || place.underWay >= mostFromOne_)
            return;
        place.inLine = true;
        line_.push_back(address);
    }

    void go()
    {
        while (underWay_ < most_ && !line_.empty()) {
            auto const address = std::move(line_.front());
            line_.pop_front();
            auto& place = places_[address];
            place.inLine = false;
            if (place.waiting.empty()) {
                if (place.underWay == 0)
                    places_.erase(address);
                continue;
            }
            auto const start = std::move(place.waiting.front().second);
            place.waiting.pop_front();
            ++place.underWay;
            ++underWay_;
            enroll(address);
            start();
        }
    }

    std::size_t const most_, mostFromOne_;
    std::size_t underWay_ = 0;
    std::map<std::string, Place> places_;
    std::deque<std::string> line_; // addresses whose next one may begin
};

} // namespace qianli::gateway
