#include "gateway/association/peer_directory.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <tuple>

namespace qianli::gateway {

namespace {

using AddressBytes = std::vector<std::uint8_t>; // 4 or 16

std::optional<AddressBytes> parseAddress(std::string_view text)
{
    std::string const address(text);
    std::array<std::uint8_t, 16> bytes{};
    if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1)
        return AddressBytes(bytes.begin(), bytes.begin() + 4);
    if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1)
        return std::nullopt;
    constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}; // RFC 4291 2.5.5.2
    if (std::equal(mapped.begin(), mapped.end(), bytes.begin()))
        return AddressBytes(bytes.begin() + 12, bytes.end());
    return AddressBytes(bytes.begin(), bytes.end());
}

bool sharePrefix(AddressBytes const& a, AddressBytes const& b, unsigned bits)
{
    if (a.size() != b.size() || bits > a.size() * 8)
        return false;
    for (unsigned bit = 0; bit < bits; ++bit)
        if (((a[bit / 8] ^ b[bit / 8]) >> (7 - bit % 8)) & 1)
            return false;
    return true;
}

// Greater is better: exact AE title, site, narrower address, called by the site's own name for us.
using Rank = std::tuple<bool, bool, AddressFit, bool>;

std::optional<Rank> rankOf(model::CallerRule const& rule, AssociationRequest const& request, bool isSite, bool isCalled)
{
    bool const exact = rule.aeTitle == request.callingAe;
    if (!exact && rule.aeTitle != "*")
        return std::nullopt;
    auto const fit = addressFit(rule.address, request.address);
    if (!fit)
        return std::nullopt;
    return Rank{exact, isSite, *fit, isCalled};
}

constexpr RejectionCode codes[] = {
    {Rejection::NoReasonGiven, 1, 1, 1, "no reason given: a workstation without a valid session"},
    {Rejection::ApplicationContextNotSupported, 1, 1, 2, "application context name not supported"},
    {Rejection::CallingAeNotRecognised, 1, 1, 3, "calling AE title not recognized, or not at this address"},
    {Rejection::CalledAeNotRecognised, 1, 1, 7, "called AE title not recognized"},
    {Rejection::LocalLimitExceeded, 2, 3, 2, "local limit exceeded: too many associations, in all or of this site"},
};

Admission reject(Rejection rejection, std::string reason, std::string advice)
{
    return {std::nullopt, rejection, std::move(reason), std::move(advice), {}};
}

// How the configuration would name this caller.
std::string ruleFor(AssociationRequest const& request)
{
    return fmt::format("{{ ae_title = \"{}\", address = \"{}\" }}", request.callingAe, request.address);
}

Admission stranger(AssociationRequest const& request, std::string reason)
{
    auto const rule = ruleFor(request);
    auto const advice =
        request.certificateSubject.empty()
            ? fmt::format("add {} to the callers of its [[site]]", rule)
            : fmt::format("write certificate_subject = \"{}\" into its [[site]], or add {} to the callers of one",
                          request.certificateSubject, rule);
    return reject(Rejection::CallingAeNotRecognised, std::move(reason),
                  fmt::format("if this is a device of yours, {} and send the gateway a SIGHUP", advice));
}

bool isPrintable(std::string_view title)
{
    return std::ranges::all_of(title, [](char c) { return c >= 0x20 && c < 0x7F; });
}

// AE titles of the default repertoire; what else devices send is shown by its bytes.
std::string readableAe(std::string_view title)
{
    std::string readable;
    for (char const c : title)
        readable += c >= 0x20 && c < 0x7F ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    return readable;
}

} // namespace

std::span<RejectionCode const> rejectionCodes()
{
    return codes;
}

std::optional<AddressFit> addressFit(std::string_view rule, std::string_view address)
{
    if (rule == "any")
        return AddressFit::Any;
    auto const theirs = parseAddress(address);
    auto const slash = rule.find('/');
    auto const base = parseAddress(rule.substr(0, slash));
    if (!theirs || !base)
        return std::nullopt;
    if (slash == std::string_view::npos)
        return *theirs == *base ? std::optional(AddressFit::Exact) : std::nullopt;
    unsigned bits = 0;
    auto const digits = rule.substr(slash + 1);
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || !sharePrefix(*theirs, *base, bits))
        return std::nullopt;
    return AddressFit::Network;
}

PeerDirectory::PeerDirectory(Configuration const& configuration)
    : ownAe_(configuration.dicom.aeTitle), anyCalledAe_(configuration.dicom.anyCalledAe),
      quarantine_(configuration.dicom.quarantine), sites_(configuration.sites), stations_(configuration.stations),
      peers_(configuration.peers)
{
}

std::optional<model::Peer> PeerDirectory::peer(std::string_view aeTitle) const
{
    auto const found = std::ranges::find(peers_, aeTitle, &model::Peer::aeTitle);
    return found == peers_.end() ? std::nullopt : std::optional(*found);
}

// How sites behind one address are told apart that all call themselves "DR".
bool PeerDirectory::calls(model::Site const& site, std::string_view calledAe) const
{
    return site.called.empty() ? calledAe == ownAe_ : std::ranges::find(site.called, calledAe) != site.called.end();
}

bool PeerDirectory::isOwnAe(std::string_view calledAe) const
{
    return anyCalledAe_ || calledAe == ownAe_;
}

Admission PeerDirectory::admit(AssociationRequest const& request, PersonOfToken const& personOfToken) const
{
    // Also with called = "any": it goes into receipts and advice as it came.
    if (!isPrintable(request.calledAe))
        return reject(
            Rejection::CalledAeNotRecognised,
            fmt::format("the called AE title {} holds characters that none may have", readableAe(request.calledAe)),
            fmt::format("set the called AE title on the device to {}", ownAe_));
    auto admission = admitKnown(request, personOfToken);
    if (admission.caller)
        admission.caller->certificateSubject = request.certificateSubject;
    bool const isStranger = !admission.caller && admission.rejection == Rejection::CallingAeNotRecognised;
    return isStranger && quarantine_ && !request.callingAe.empty() ? admitToQuarantine(request) : admission;
}

// It may have a wrong name and a wrong address, but it must want to come to us.
Admission PeerDirectory::admitToQuarantine(AssociationRequest const& request) const
{
    bool const called = isOwnAe(request.calledAe) || std::ranges::any_of(sites_, [&](model::Site const& site) {
                            return std::ranges::find(site.called, request.calledAe) != site.called.end();
                        });
    if (!called)
        return reject(Rejection::CalledAeNotRecognised, "an unknown caller called another AE title",
                      fmt::format("set the called AE title on the device to {}", ownAe_));
    Caller caller;
    caller.quarantined = true;
    caller.certificateSubject = request.certificateSubject;
    caller.allow = {model::Service::Echo, model::Service::Store};
    caller.sender.callingAe = readableAe(request.callingAe);
    caller.sender.calledAe = request.calledAe;
    caller.sender.address = request.address;
    caller.label = "unknown caller";
    return {std::move(caller), {}, {}, {}, "unknown callers"};
}

Admission PeerDirectory::admitKnown(AssociationRequest const& request, PersonOfToken const& personOfToken) const
{
    if (request.callingAe.empty() || !isPrintable(request.callingAe))
        return reject(Rejection::CallingAeNotRecognised,
                      "calling AE title is empty or holds characters that none may have",
                      "set an AE title of letters, digits and _ on the device");
    if (auto const* site = siteOfCertificate(request.certificateSubject))
        return admitByCertificate(*site, request);
    return admitByRules(request, personOfToken);
}

model::Site const* PeerDirectory::siteOfCertificate(std::string const& subject) const
{
    if (subject.empty())
        return nullptr;
    auto const found = std::ranges::find(sites_, subject, &model::Site::certificateSubject);
    return found == sites_.end() ? nullptr : &*found;
}

// Its callers say from where; a site without any may call from anywhere.
Admission PeerDirectory::admitByCertificate(model::Site const& site, AssociationRequest const& request) const
{
    bool const fits = site.callers.empty() || std::ranges::any_of(site.callers, [&](model::CallerRule const& rule) {
                          return addressFit(rule.address, request.address).has_value();
                      });
    if (!fits)
        return reject(
            Rejection::NoReasonGiven,
            fmt::format("the certificate of site {} was shown from another address", site.id.value),
            fmt::format("if the site moved, add {} to its callers; if not, revoke the certificate: its key is "
                        "in other hands",
                        ruleFor(request)));
    return admitSite(site, request);
}

Admission PeerDirectory::admitByRules(AssociationRequest const& request, PersonOfToken const& personOfToken) const
{
    std::optional<Rank> best;
    model::Site const* site = nullptr;
    model::Station const* station = nullptr;
    for (auto const& candidate : sites_)
        for (auto const& rule : candidate.callers)
            if (auto const rank = rankOf(rule, request, true, calls(candidate, request.calledAe));
                rank && (!best || *rank > *best)) {
                best = rank;
                site = &candidate;
            }
    for (auto const& candidate : stations_)
        if (auto const rank = rankOf(candidate.caller, request, false, false); rank && (!best || *rank > *best)) {
            best = rank;
            site = nullptr;
            station = &candidate;
        }
    if (site != nullptr && !site->certificateSubject.empty())
        return reject(Rejection::NoReasonGiven,
                      fmt::format("site {} is entered with its certificate only, and {}", site->id.value,
                                  request.certificateSubject.empty() ? "none was shown" : "another was shown"),
                      fmt::format("let the device speak TLS and show the certificate {}", site->certificateSubject));
    if (site != nullptr)
        return admitSite(*site, request);
    if (station != nullptr)
        return admitStation(*station, request, personOfToken);
    return stranger(request, "in no [[site]] and no [[station]]");
}

Admission PeerDirectory::admitSite(model::Site const& site, AssociationRequest const& request) const
{
    bool const called = site.called.empty()
                            ? isOwnAe(request.calledAe)
                            : anyCalledAe_ || std::ranges::find(site.called, request.calledAe) != site.called.end();
    if (!called)
        return reject(Rejection::CalledAeNotRecognised, fmt::format("site {} called another AE title", site.id.value),
                      fmt::format("set the called AE title on the device to {}, or add \"{}\" to `called` of site {}",
                                  site.called.empty() ? ownAe_ : site.called.front(), readableAe(request.calledAe),
                                  site.id.value));
    Caller caller;
    caller.allow = site.allow;
    caller.sender.origin = Origin::Site;
    caller.sender.site = site.id;
    caller.sender.siteCharset = site.charset;
    caller.sender.stat = site.stat;
    caller.sender.visibleSites = {site.id};
    caller.sender.callingAe = request.callingAe;
    caller.sender.calledAe = request.calledAe;
    caller.sender.address = request.address;
    caller.scope.sites = {site.id};
    caller.fuzzyNames = site.fuzzyNames;
    caller.destinations = site.destinations;
    caller.label = "site " + site.id.value;
    auto countsAs = caller.label;
    return {std::move(caller), {}, {}, {}, std::move(countsAs)};
}

Admission PeerDirectory::admitStation(model::Station const& station, AssociationRequest const& request,
                                      PersonOfToken const& personOfToken) const
{
    if (!isOwnAe(request.calledAe))
        return reject(Rejection::CalledAeNotRecognised, "a station called another AE title",
                      fmt::format("set the called AE title on the workstation to {}", ownAe_));
    // Behind "*" anybody may stand; who brings no token at all is most likely a device that nobody entered yet.
    if (request.token.empty() && station.caller.aeTitle == "*")
        return stranger(request, "in no [[site]], and it brought no session token of a person");
    if (request.token.empty() || !personOfToken)
        return reject(Rejection::NoReasonGiven, "a station brought no session token",
                      "only the viewer of a signed-in person may use a [[station]]");
    auto const person = personOfToken(request.token);
    if (!person || person->disabled)
        return reject(Rejection::NoReasonGiven, "a station's session token is not valid",
                      "the person has to sign in again");

    Caller caller;
    caller.sender.origin = Origin::Station;
    caller.sender.person = person->name;
    caller.sender.seesAll = station.seesAll;
    caller.sender.visibleSites = station.sees;
    caller.sender.callingAe = request.callingAe;
    caller.sender.calledAe = request.calledAe;
    caller.sender.address = request.address;
    // A report that was signed and not issued is nothing to look at: it may have been refused.
    caller.scope = {station.seesAll, station.sees, false};
    caller.allow = {model::Service::Echo, model::Service::Store, model::Service::Find, model::Service::Get};
    if (person->role == model::Role::Site) {
        // A township's person looks at its own studies and issued reports, and stores nothing.
        bool const visible =
            person->site && (station.seesAll || std::ranges::find(station.sees, *person->site) != station.sees.end());
        auto const own = visible ? std::vector{*person->site} : std::vector<model::SiteId>();
        caller.scope = {false, own, false};
        caller.sender.seesAll = false;
        caller.sender.visibleSites = own;
        caller.allow.erase(model::Service::Store);
    }
    caller.label = "station " + person->name;
    auto countsAs = caller.label;
    return {std::move(caller), {}, {}, {}, std::move(countsAs)};
}

} // namespace qianli::gateway
