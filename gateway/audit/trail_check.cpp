#include "gateway/audit/trail_check.h"

#include "common/base/enduring.h"
#include "common/base/log.h"
#include "common/base/text.h"

#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr std::uint64_t breath = 1 << 20; // bytes between two looks at the time

std::filesystem::path toldFile(TrailPlace const& place)
{
    return place.keys / "audit.told";
}

std::string nameOf(TrailFault const& fault)
{
    return fmt::format("{} {} {}", code(fault.kind), fault.sequence, fault.digest);
}

std::set<std::string> seenIn(TrailPlace const& place)
{
    std::set<std::string> seen;
    if (auto const known = readFile(toldFile(place), 1 << 20))
        for (auto const& line : text::split(*known, '\n'))
            if (!line.empty())
                seen.insert(line);
    return seen;
}

} // namespace

Result<void> noteSeen(TrailPlace const& place, TrailJudgement const& judgement)
{
    auto seen = seenIn(place);
    for (TrailFault const& fault : judgement.faults)
        seen.insert(nameOf(fault));
    return writeFileDurably(toldFile(place), fmt::format("{}\n", fmt::join(seen, "\n")));
}

TrailCheck::TrailCheck(TrailCheckSettings settings) : settings_(std::move(settings)) {}

TrailCheck::~TrailCheck()
{
    stop();
}

void TrailCheck::start()
{
    thread_ = std::thread([this] {
        for (bool on = waits(settings_.first); on; on = waitsForNext())
            endure([this] { look(); });
    });
}

void TrailCheck::stop()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

bool TrailCheck::waits(Duration time)
{
    std::unique_lock lock(mutex_);
    return !wake_.wait_for(lock, time, [this] { return stopping_; });
}

bool TrailCheck::waitsForNext()
{
    for (auto left = settings_.every; left > Duration(0); left -= settings_.glance) {
        if (!waits(std::min(left, settings_.glance)))
            return false;
        endure([this] { lookWhetherSeen(); });
    }
    return true;
}

void TrailCheck::lookWhetherSeen()
{
    if (last_ && !last_->good() && seenIn(settings_.place) != seen_)
        tell();
}

void TrailCheck::look()
{
    auto judgement = judge();
    // While it was read its oldest file may have had its time, and gone.
    if (judgement && !judgement->good())
        judgement = judge();
    if (judgement) {
        last_ = *std::move(judgement);
        tell();
    } else if (judgement.error().code == ErrorCode::NotFound) {
        log::debug("the audit trail can't be checked yet: {}", judgement.error().message);
    } else if (judgement.error().code != ErrorCode::Cancelled && settings_.alarms != nullptr) {
        settings_.alarms->raise("audit", "verify",
                                fmt::format("the audit trail can't be checked: {}", judgement.error().message),
                                "`audit verify`; look at the disk and at data/keys");
    }
}

Result<TrailJudgement> TrailCheck::judge()
{
    auto const& place = settings_.place;
    std::uint64_t at = 0;
    return verifyTrail({place.folder, place.keys / "audit.pub", place.keys / "audit.head"},
                       [&](std::uint64_t done, std::uint64_t) {
                           if (settings_.bytesPerSecond == 0 || done - at < breath)
                               return true;
                           Duration const share((done - at) * 1000 / settings_.bytesPerSecond);
                           at = done;
                           return waits(share);
                       });
}

void TrailCheck::tell()
{
    seen_ = seenIn(settings_.place);
    if (settings_.alarms == nullptr)
        return;
    std::string first;
    std::size_t fresh = 0;
    for (TrailFault const& fault : last_->faults) {
        if (seen_.contains(nameOf(fault)))
            continue;
        if (fresh++ == 0)
            first = fmt::format("{}: {}", code(fault.kind), fault.text);
    }
    if (fresh == 0)
        return settings_.alarms->clear("audit", "verify");
    settings_.alarms->raise("audit", "verify",
                            fmt::format("the audit trail is not as it was written: {}{}", first,
                                        fresh == 1 ? "" : fmt::format("; and {} more", fresh - 1)),
                            "copy data/audit and data/keys/audit.* away, say `audit verify`, compare with the "
                            "collector's copy; when it is known why, `audit verify --seen REASON` ends this");
}

} // namespace qianli::gateway
