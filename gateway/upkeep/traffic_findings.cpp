#include "gateway/upkeep/traffic_findings.h"

#include "gateway/upkeep/disk_forecast.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr char clockAdvice[] =
    "`timedatectl` shows the state; let a time server keep the clock (chrony, systemd-timesyncd)";

std::string spanWords(Duration span)
{
    auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::abs(span)).count();
    return seconds < 120    ? fmt::format("{} s", seconds)
           : seconds < 7200 ? fmt::format("{} min", seconds / 60)
                            : fmt::format("{} h", seconds / 3600);
}

double gib(std::uint64_t bytes)
{
    return static_cast<double>(bytes) / (1ull << 30);
}

} // namespace

bool isSilentAsAWhole(std::vector<Silence> const& silences)
{
    auto const silent = std::ranges::count(silences, Silence::State::Silent, &Silence::state);
    auto const sending = std::ranges::count(silences, Silence::State::Sending, &Silence::state);
    return silent >= 3 && silent >= sending;
}

std::vector<Finding> silentSiteFindings(std::vector<Silence> const& silences)
{
    std::vector<Finding> found;
    std::vector<std::string> names;
    for (auto const& silence : silences) {
        if (silence.state != Silence::State::Silent)
            continue;
        names.push_back(silence.site.value);
        found.push_back({"silent-site", silence.site.value, fmt::format("{}: {}", silence.site.value, inWords(silence)),
                         "`site silent` says whether its end answers; telephone them"});
    }
    if (!isSilentAsAWhole(silences))
        return found;
    auto const known = silences.size() - static_cast<std::size_t>(
                                             std::ranges::count(silences, Silence::State::TooLittle, &Silence::state));
    return {{"silent-site", "",
             fmt::format("{} of {} sites that usually send at this time are silent: {}", names.size(), known,
                         fmt::join(names, ", ")),
             "a holiday needs nothing; otherwise look at our own line, firewall and port first"}};
}

Finding queueFinding(StuckQueue const& queue)
{
    return {"queue", queue.peer, inWords(queue),
            fmt::format("`queue list --to {}`; when its side is well again: `queue retry {}`", queue.peer,
                        queue.givenUp > 0 ? "--given-up" : "ID")};
}

std::optional<Finding> forecastFinding(std::map<int, std::uint64_t> const& bytesByDay, int today, std::uint64_t free,
                                       std::uint64_t reserve, std::uint32_t days)
{
    std::uint64_t const usable = free > reserve ? free - reserve : 0;
    auto const forecast = forecastDisk(bytesByDay, today, usable);
    if (!forecast || forecast->daysLeft >= days)
        return std::nullopt;
    return Finding{"disk-forecast", "",
                   fmt::format("the archive's disk is full in {} {}: {:.1f} GiB come a day, and {:.1f} GiB are left "
                               "above the reserve",
                               forecast->daysLeft, forecast->daysLeft == 1 ? "day" : "days", gib(forecast->bytesPerDay),
                               gib(usable)),
                   "enlarge the disk, or see what may go: `purge --dry-run`"};
}

Finding clockFinding(Duration behind)
{
    return {"clock", "",
            fmt::format("most devices are ahead of this machine's clock, by {} in the middle", spanWords(behind)),
            clockAdvice};
}

Finding clockSetFinding(Duration by, TimePoint at)
{
    return {"clock", "",
            fmt::format("this machine's clock was set {} by {} at {}", by.count() < 0 ? "back" : "forward",
                        spanWords(by), toLocalText(at)),
            clockAdvice};
}

Finding noTimeServerFinding()
{
    return {"clock", "", "no time server keeps this machine's clock", clockAdvice};
}

} // namespace qianli::gateway
