#include "gateway/association/peer_watch.h"

#include "common/base/text.h"
#include "gateway/configuration/address.h"

#include <fmt/format.h>
#include <utility>
#include <vector>

namespace qianli::gateway {

namespace {

constexpr std::size_t mostSubjects = 2000;
constexpr char everybody[] = "*@*";

std::string_view codeOf(PeerWatch::What what)
{
    return what == PeerWatch::What::Refused ? "refusals" : "malformed";
}

} // namespace

PeerWatch::Subjects::iterator PeerWatch::touch(Key const& key, Time now)
{
    auto const subject = subjects_.try_emplace(key).first;
    if (!subject->second.stands) {
        byAge_.erase({subject->second.last, key});
        byAge_.emplace(now, key);
    }
    subject->second.last = now;
    return subject;
}

void PeerWatch::stand(Subjects::iterator subject)
{
    if (std::exchange(subject->second.stands, true))
        return;
    byAge_.erase({subject->second.last, subject->first});
    ++standing_;
}

std::optional<std::string> PeerWatch::count(Key const& key, std::size_t enough, Time now)
{
    auto const subject = touch(key, now);
    auto& times = subject->second.times;
    times.push_back(now);
    while (times.size() > enough || times.front() + period < now)
        times.pop_front();
    if (!subject->second.stands && times.size() < enough)
        return std::nullopt;
    if (!subject->second.stands && standing_ >= mostAlarms) {
        auto const all = touch({key.first, everybody}, now);
        stand(all);
        return everybody;
    }
    stand(subject);
    return key.second;
}

void PeerWatch::makeRoom()
{
    while (subjects_.size() > mostSubjects && !byAge_.empty()) {
        subjects_.erase(byAge_.begin()->second);
        byAge_.erase(byAge_.begin());
    }
}

void PeerWatch::note(What what, std::string_view callingAe, std::string const& address, std::string const& reason,
                     std::string_view advice, Time now)
{
    auto const holder = holderOf(address);
    auto const whole = "*@" + holder, own = text::escapeControl(callingAe) + "@" + holder;
    auto enough = refusalsOfAddress;
    std::optional<std::string> subject;
    {
        std::lock_guard const lock(mutex_);
        subject = count({what, whole}, enough, now);
        if (!subject) {
            enough = what == What::Refused ? refusals : malformed;
            subject = count({what, own}, enough, now);
        }
        makeRoom();
    }
    if (!subject)
        return;
    auto const minutes = std::chrono::duration_cast<std::chrono::minutes>(period).count();
    observers_.raise(codeOf(what), *subject,
                     fmt::format("{} {} times or more within {} minutes; the last time: {}",
                                 what == What::Refused ? "turned away" : "sent what can't be read", enough, minutes,
                                 text::escapeControl(reason)),
                     std::string(advice));
}

std::size_t PeerWatch::size() const
{
    std::lock_guard const lock(mutex_);
    return subjects_.size();
}

void PeerWatch::look(Time now)
{
    std::vector<Key> over;
    {
        std::lock_guard const lock(mutex_);
        for (auto subject = subjects_.begin(); subject != subjects_.end();) {
            bool const isQuiet = subject->second.last + quiet <= now;
            if (isQuiet && subject->second.stands) {
                over.push_back(subject->first);
                --standing_;
            } else if (isQuiet) {
                byAge_.erase({subject->second.last, subject->first});
            }
            subject = isQuiet ? subjects_.erase(subject) : std::next(subject);
        }
    }
    for (auto const& [what, subject] : over)
        observers_.clear(codeOf(what), subject);
}

} // namespace qianli::gateway
