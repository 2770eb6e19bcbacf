#include "gateway/association/peer_watch.h"

#include "common/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace qianli::gateway {

namespace {

constexpr std::size_t mostSubjects = 2000; // whoever was last seen longest ago makes room

std::string_view codeOf(PeerWatch::What what)
{
    return what == PeerWatch::What::Refused ? "refusals" : "malformed";
}

} // namespace

// Whether there are enough of them in the period.
bool PeerWatch::count(Key const& key, std::size_t enough, Time now)
{
    auto& subject = subjects_[key];
    subject.last = now;
    subject.times.push_back(now);
    while (subject.times.size() > enough || subject.times.front() + period < now)
        subject.times.pop_front();
    subject.stands = subject.stands || subject.times.size() >= enough;
    return subject.stands;
}

void PeerWatch::note(What what, std::string_view callingAe, std::string const& address, std::string const& reason,
                     std::string_view advice, Time now)
{
    auto const whole = "*@" + address, own = text::escapeControl(callingAe) + "@" + address;
    auto const enough = what == What::Refused ? refusals : malformed;
    std::string subject;
    {
        std::lock_guard const lock(mutex_);
        if (count({what, whole}, refusalsOfAddress, now))
            subject = whole;
        else if (count({what, own}, enough, now))
            subject = own;
        if (subjects_.size() > mostSubjects)
            subjects_.erase(std::ranges::min_element(
                subjects_, {}, [](auto const& entry) { return std::pair(entry.second.stands, entry.second.last); }));
    }
    if (subject.empty())
        return;
    auto const minutes = std::chrono::duration_cast<std::chrono::minutes>(period).count();
    observers_.raise(codeOf(what), subject,
                     fmt::format("{} {} times or more within {} minutes; the last time: {}",
                                 what == What::Refused ? "turned away" : "sent what can't be read",
                                 subject == whole ? refusalsOfAddress : enough, minutes, text::escapeControl(reason)),
                     std::string(advice));
}

void PeerWatch::look(Time now)
{
    std::vector<Key> over;
    {
        std::lock_guard const lock(mutex_);
        for (auto subject = subjects_.begin(); subject != subjects_.end();) {
            bool const isQuiet = subject->second.last + quiet <= now;
            if (isQuiet && subject->second.stands)
                over.push_back(subject->first);
            subject = isQuiet ? subjects_.erase(subject) : std::next(subject);
        }
    }
    for (auto const& [what, subject] : over)
        observers_.clear(codeOf(what), subject);
}

} // namespace qianli::gateway
