#include "gateway/upkeep/silent_sites.h"

#include "gateway/upkeep/local_time.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr int historyDays = 8 * 7;
constexpr int leastUsualDays = 10; // two weeks
// So rarely may a usual day have been as quiet: once in forty days a silence is no silence.
constexpr int onceIn = 40;

// The days before `end` on which a site behaved as it usually does.
class UsualDays {
public:
    UsualDays(SiteActivity const& activity, int end) : activity_(activity)
    {
        if (activity.minutes.empty())
            return;
        int const begin = std::max(end - historyDays, activity.minutes.begin()->first);
        std::array<int, 7> days{}, active{};
        for (int day = begin; day < end; ++day) {
            auto const weekday = static_cast<std::size_t>(LocalMoment{day}.weekday());
            ++days[weekday];
            active[weekday] += activity.minutes.contains(day) ? 1 : 0;
        }
        // A weekday counts when something came on three of four: holidays and a broken scanner don't unmake it.
        for (std::size_t weekday = 0; weekday < 7; ++weekday)
            works_[weekday] = days[weekday] >= 2 && active[weekday] * 4 >= days[weekday] * 3;
        for (int day = begin; day < end; ++day)
            if (worksOn(day) && activity.minutes.contains(day))
                days_.push_back(day);
    }

    bool worksOn(int day) const { return works_[static_cast<std::size_t>(LocalMoment{day}.weekday())]; }
    int count() const { return static_cast<int>(days_.size()); }
    // On how many nothing came after `from` and up to `to`; `weekdayOf`: only those of its weekday.
    int empty(int from, int to, std::optional<int> weekdayOf = std::nullopt) const
    {
        return static_cast<int>(std::ranges::count_if(days_, [&](int day) {
            if (weekdayOf && LocalMoment{day}.weekday() != LocalMoment{*weekdayOf}.weekday())
                return false;
            auto const& minutes = activity_.minutes.at(day);
            auto const next = std::ranges::upper_bound(minutes, from);
            return next == minutes.end() || *next > to;
        }));
    }
    // On how many it was silent for longer, from the beginning of work to the last that came.
    int quietFor(int more, int begins) const
    {
        return static_cast<int>(std::ranges::count_if(days_, [&](int day) {
            int before = begins, longest = 0;
            for (int const minute : activity_.minutes.at(day)) {
                longest = std::max(longest, minute - before);
                before = std::max(before, minute);
            }
            return longest > more;
        }));
    }
    double studies() const
    {
        std::vector<double> counts;
        for (int const day : days_)
            counts.push_back(activity_.studies.contains(day) ? activity_.studies.at(day) : 0);
        if (counts.empty())
            return 0;
        auto const middle = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
        std::ranges::nth_element(counts, middle);
        return *middle;
    }

private:
    SiteActivity const& activity_;
    std::array<bool, 7> works_{};
    std::vector<int> days_;
};

// Whether this day alone shows a silence. Nothing: it doesn't say.
std::optional<Silence::State> judgeDay(Silence& silence, UsualDays const& usual, int silentAfter, int begins)
{
    if (silence.quietMinutes() < silentAfter)
        return std::nullopt;
    silence.empty = usual.empty(silence.fromMinute, silence.toMinute);
    // Whoever looks all day long sees the longest silence of the day: so it is compared with those, too.
    bool const unheardOf = silence.empty * onceIn <= silence.usualDays &&
                           usual.quietFor(silence.quietMinutes(), begins) * onceIn <= silence.usualDays &&
                           usual.empty(silence.fromMinute, silence.toMinute, silence.day) == 0;
    return unheardOf ? Silence::State::Silent : Silence::State::Sending;
}

} // namespace

Silence judgeSilence(SiteActivity const& activity, TimePoint now, AlarmSettings const& settings)
{
    Silence silence;
    silence.lastSeen = activity.lastSeen;
    if (!activity.lastSeen || activity.minutes.empty())
        return silence;
    auto const present = localMoment(now);
    auto const last = localMoment(*activity.lastSeen);
    auto const silentAfter =
        static_cast<int>(std::chrono::duration_cast<std::chrono::minutes>(settings.siteSilentAfter).count());
    int const begins = static_cast<int>(settings.workBegins) * 60, ends = static_cast<int>(settings.workEnds) * 60;
    // What it usually does is what it did before it fell silent, however long ago that is.
    UsualDays const usual(activity, last.day);
    silence.usualDays = usual.count();
    silence.studiesPerDay = usual.studies();
    if (usual.count() < leastUsualDays)
        return silence;
    silence.state = Silence::State::Sending;
    // Before work begins, yesterday tells; a silence lasts until something comes.
    for (int day = present.day; day >= std::max(last.day, present.day - 7); --day) {
        if (!usual.worksOn(day))
            continue;
        silence.day = day;
        silence.fromMinute = day == last.day ? std::max(begins, last.minute) : begins;
        silence.toMinute = day == present.day ? std::min(ends, present.minute) : ends;
        if (auto const state = judgeDay(silence, usual, silentAfter, begins); state == Silence::State::Silent) {
            silence.state = *state;
            return silence;
        }
    }
    return silence;
}

std::vector<Silence> judgeSilence(ArrivalHistory const& history, std::vector<model::Site> const& sites, TimePoint now,
                                  AlarmSettings const& settings)
{
    auto const activities = history.sites();
    std::vector<Silence> result;
    for (auto const& site : sites) {
        auto const found = activities.find(site.id);
        result.push_back(judgeSilence(found == activities.end() ? SiteActivity{} : found->second, now, settings));
        result.back().site = site.id;
    }
    return result;
}

std::string whyWords(Silence const& silence)
{
    if (silence.state != Silence::State::Silent)
        return {};
    return fmt::format("on {} of its last {} usual days something came between {} and {}",
                       silence.usualDays - silence.empty, silence.usualDays, minuteText(silence.fromMinute),
                       minuteText(silence.toMinute));
}

std::string inWords(Silence const& silence)
{
    if (silence.state != Silence::State::Silent)
        return {};
    auto const since = silence.lastSeen ? toLocalText(*silence.lastSeen) : std::string("weeks ago");
    return fmt::format("nothing since {}; {}", since, whyWords(silence));
}

} // namespace qianli::gateway
