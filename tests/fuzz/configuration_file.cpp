#include "common/base/text.h"
#include "gateway/configuration/address.h"
#include "gateway/configuration/configuration.h"
#include "tests/fuzz/expectation.h"
#include "tests/fuzz/targets.h"

#include <algorithm>
#include <bit>
#include <set>

namespace qianli::fuzz {
namespace {

using gateway::Configuration;

template <typename T>
bool between(T value, T least, T most)
{
    return value >= least && value <= most;
}

// About how large each number is, and how long names are: reading one takes the same edges as reading any other.
void tellNumbers(Configuration const& configuration)
{
    auto const& limits = configuration.dicom.limits;
    auto const& alarms = configuration.alarms;
    std::size_t kind = 0;
    for (std::uint64_t const number :
         {std::uint64_t{limits.contexts}, std::uint64_t{limits.depth}, std::uint64_t{limits.deflateRatio},
          std::uint64_t{configuration.dicom.maxAssociations}, std::uint64_t{configuration.dicom.maxActive},
          std::uint64_t{alarms.workBegins}, std::uint64_t{alarms.diskPercent}}) {
        seen(kind + static_cast<std::size_t>(std::bit_width(number)));
        kind += 65;
    }
    for (auto const& site : configuration.sites)
        seen(kind + std::min<std::size_t>(site.id.value.size(), 40));
}

void checkNumbers(Configuration const& configuration)
{
    using std::chrono::milliseconds;
    auto const& limits = configuration.dicom.limits;
    expect(between<std::uint32_t>(limits.pduBytes, 4096, 1 << 20), "a PDU has 4 KiB to 1 MiB");
    expect(between<std::uint32_t>(limits.contexts, 1, 128), "an association has 1 to 128 contexts");
    expect(between<std::uint32_t>(limits.depth, 1, 1024), "the depth of sequences is bounded");
    expect(limits.deflateRatio >= 1, "a deflate ratio is a number above zero");
    expect(between<std::uint32_t>(configuration.dicom.maxAssociations, 1, 65536), "associations are bounded");
    expect(between<std::uint32_t>(configuration.dicom.maxActive, 1, 4096), "operations at a time are bounded");
    expect(configuration.alarms.workBegins <= 23, "work begins within the day");
    expect(between<std::uint32_t>(configuration.alarms.diskPercent, 1, 100), "a share of the disk is a share");
    expect(configuration.delivery.longestRetry > milliseconds(0), "a wait is longer than nothing");
    auto const longest = std::chrono::days(3650);
    for (auto const duration :
         {limits.firstByte, limits.idle, limits.operation, configuration.dicom.quietTime,
          configuration.delivery.firstRetry, configuration.delivery.giveUpAfter, configuration.reading.claimExpires})
        expect(duration > milliseconds(0) && duration <= longest, "a duration is above zero and below ten years");
}

void checkNames(Configuration const& configuration)
{
    std::set<std::string> ids;
    for (auto const& site : configuration.sites) {
        expect(!site.id.value.empty() && site.id.value.size() <= 64 &&
                   site.id.value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos,
               "a site's id may be part of a path");
        expect(ids.insert(site.id.value).second, "a site's id is there once");
        for (auto const& rule : site.callers)
            expect(rule.aeTitle == "*" || gateway::isAeTitle(rule.aeTitle), "a caller has an AE title");
        for (auto const& rule : site.callers)
            expect(rule.address == "any" ||
                       (gateway::isIpAddressOrNetwork(rule.address) &&
                        rule.address.find_first_not_of("0123456789abcdefABCDEF.:/") == std::string::npos),
                   "a caller has an address that is nothing but an address");
        for (auto const& peer : site.destinations)
            expect(configuration.peer(peer) != nullptr, "a destination is a peer");
        for (auto const& peer : site.deliver)
            expect(configuration.peer(peer) != nullptr, "reports are delivered to peers");
    }
    for (auto const& peer : configuration.peers)
        expect(gateway::isAeTitle(peer.aeTitle) && peer.port != 0, "a peer can be called");
    for (auto const& bind : {configuration.dicom.bind, configuration.http.bind})
        expect(bind.find('\0') == std::string::npos, "an address has no NUL");
}

void checkDoors(Configuration const& configuration)
{
    expect(gateway::isAeTitle(configuration.dicom.aeTitle), "we have an AE title");
    auto const& http = configuration.http;
    expect(http.certificate.empty() == http.key.empty(), "certificate and key are there both or none");
    if (http.port != 0 && http.certificate.empty())
        expect(gateway::isLoopback(http.bind), "passwords do not travel in clear");
}

} // namespace

void configurationFile(Input input)
{
    MemoryFile const file(input);
    auto const loaded = Configuration::load(file.path());
    if (!loaded) {
        expect(!loaded.error().message.empty(), "a refusal has a reason");
        for (auto const& line : text::split(loaded.error().message, '\n'))
            expect(text::escapeControl(line) == line, "no control character reaches a log raw");
        return;
    }
    expect(!loaded->data.empty(), "there is a folder for the data");
    tellNumbers(*loaded);
    checkNumbers(*loaded);
    checkNames(*loaded);
    checkDoors(*loaded);
}

} // namespace qianli::fuzz
