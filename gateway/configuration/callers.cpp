#include "gateway/configuration/callers.h"

#include "common/base/text.h"
#include "gateway/configuration/address.h"
#include "gateway/configuration/certificate_subject.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <tuple>

namespace qianli::gateway {
namespace {

bool isSiteId(std::string_view text)
{
    auto const letterOrDigit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !text.empty() && text.size() <= 32 && letterOrDigit(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return letterOrDigit(c) || c == '-' || c == '_'; });
}

// What domain.md 4.2 knows as a site's policy; the standard's terms and the names people use.
bool isCharacterSet(std::string_view text)
{
    static constexpr std::string_view known[] = {
        "",           "GB18030",    "GBK",        "GB2312",     "UTF-8",         "ISO_IR 192", "ISO_IR 100",
        "ISO_IR 101", "ISO_IR 109", "ISO_IR 110", "ISO_IR 144", "ISO_IR 127",    "ISO_IR 126", "ISO_IR 138",
        "ISO_IR 148", "ISO_IR 13",  "ISO_IR 166", "ISO_IR 6",   "ISO 2022 IR 58"};
    return std::find(std::begin(known), std::end(known), text) != std::end(known);
}

std::optional<model::CallerRule> readRule(Section& section)
{
    model::CallerRule rule;
    auto const* title = section.text("ae_title", rule.aeTitle);
    auto const* address = section.text("address", rule.address);
    if (title == nullptr || address == nullptr) {
        if (!section.has("ae_title") || !section.has("address"))
            section.problem("expected ae_title and address");
        return std::nullopt;
    }
    if (rule.aeTitle != "*" && !isAeTitle(rule.aeTitle))
        section.problem(*title, "ae_title", fmt::format("{}, or \"*\"", expectedAeTitle));
    if (rule.address != "any" && !isIpAddressOrNetwork(rule.address))
        section.problem(
            *address, "address",
            fmt::format("expected an IP address, a network such as \"10.8.0.0/16\" or \"any\", found \"{}\"",
                        text::escapeControl(rule.address)));
    return rule;
}

void readAllow(Section& section, std::set<model::Service>& allow)
{
    static std::map<std::string, model::Service> const available = {{"echo", model::Service::Echo},
                                                                    {"store", model::Service::Store},
                                                                    {"find", model::Service::Find},
                                                                    {"get", model::Service::Get},
                                                                    {"move", model::Service::Move}};
    allow = {model::Service::Echo, model::Service::Store};
    std::vector<std::string> words;
    auto const* value = section.texts("allow", words);
    if (value == nullptr)
        return;
    allow.clear();
    for (TomlValue const& item : value->items) {
        if (auto const found = available.find(item.text); found != available.end())
            allow.insert(found->second);
        else if (item.text == "worklist" || item.text == "mpps" || item.text == "commitment")
            section.notAvailableWord(item, "allow");
        else if (item.kind == TomlValue::Kind::Text)
            section.problem(item, "allow",
                            fmt::format("expected \"echo\", \"store\", \"find\", \"get\" or \"move\", found \"{}\"",
                                        text::escapeControl(item.text)));
    }
}

// A list of AE titles of peers; every one must be a [[peer]].
void readPeerNames(Section& section, std::string_view key, std::vector<std::string>& target,
                   Configuration const& configuration)
{
    auto const* value = section.texts(key, target);
    if (value == nullptr)
        return;
    for (TomlValue const& item : value->items)
        if (item.kind == TomlValue::Kind::Text && configuration.peer(item.text) == nullptr)
            section.problem(
                item, key,
                fmt::format("expected the ae_title of a [[peer]], found \"{}\"", text::escapeControl(item.text)));
}

// `origin`: where the earlier ones are, when not in the same file.
void readIdentity(Section& section, model::Site& site, Configuration const& configuration, std::string_view origin)
{
    if (auto const* id = section.text("id", site.id.value); id == nullptr) {
        if (!section.has("id"))
            section.problem("expected an id");
    } else if (!isSiteId(site.id.value)) {
        section.problem(*id, "id",
                        fmt::format("expected 1 to 32 small letters, digits, \"-\" or \"_\", found \"{}\"",
                                    text::escapeControl(site.id.value)));
    } else if (configuration.site(site.id) != nullptr) {
        section.problem(*id, "id",
                        fmt::format("\"{}\" is the id of an earlier [[site]]{}; expected a new one", site.id.value,
                                    origin.empty() ? "" : fmt::format(" in {}", origin)));
    }
    auto const* name = section.text("name", site.name);
    if (name != nullptr && text::escapeControl(site.name) != site.name)
        section.problem(*name, "name", "expected a name in one line");
    if (site.name.empty())
        site.name = site.id.value;
}

// Kept as TLS will say it: what is compared here is what a caller is compared with.
// Two sites with one certificate: nobody could say whose study it is.
void readCertificateSubject(Section& section, model::Site& site, Configuration const& configuration)
{
    auto const* subject = section.text("certificate_subject", site.certificateSubject);
    if (subject == nullptr || site.certificateSubject.empty())
        return;
    site.certificateSubject = readSubject(site.certificateSubject);
    if (text::trim(site.certificateSubject).empty() || !text::isUtf8(site.certificateSubject))
        section.problem(*subject, "certificate_subject",
                        "expected a subject such as \"CN=puzi,O=Puzi\", or \"\" for none");
    if (configuration.dicom.tlsPort == 0)
        section.problem(*subject, "certificate_subject",
                        "without [dicom.tls] port nobody can show a certificate, and this site could not send");
    for (model::Site const& earlier : configuration.sites)
        if (earlier.certificateSubject == site.certificateSubject)
            section.problem(*subject, "certificate_subject",
                            fmt::format("is that of site \"{}\" already; expected one of its own", earlier.id.value));
}

model::Site readSite(Section& section, Configuration const& configuration, std::string_view origin = {})
{
    model::Site site;
    readIdentity(section, site, configuration, origin);
    for (Section& caller : section.list("callers")) {
        if (auto rule = readRule(caller))
            site.callers.push_back(std::move(*rule));
        caller.finish();
    }
    readAllow(section, site.allow);
    if (auto const* called = section.texts("called", site.called))
        for (TomlValue const& item : called->items)
            if (item.kind == TomlValue::Kind::Text && !isAeTitle(item.text))
                section.problem(item, "called", std::string(expectedAeTitle));
    readPeerNames(section, "destinations", site.destinations, configuration);
    readPeerNames(section, "deliver", site.deliver, configuration);
    if (auto const* charset = section.text("charset", site.charset);
        charset != nullptr && !isCharacterSet(site.charset))
        section.problem(
            *charset, "charset",
            fmt::format("expected a character set such as \"GB18030\", \"UTF-8\" or \"ISO_IR 100\", found \"{}\"",
                        text::escapeControl(site.charset)));
    section.boolean("stat", site.stat);
    section.boolean("fuzzy_names", site.fuzzyNames);
    readCertificateSubject(section, site, configuration);
    section.notAvailable("worklist_charset");
    section.finish();
    return site;
}

model::Peer readPeer(Section& section, Configuration const& configuration)
{
    model::Peer peer;
    if (auto const* title = section.text("ae_title", peer.aeTitle); title == nullptr) {
        if (!section.has("ae_title"))
            section.problem("expected an ae_title");
    } else if (!isAeTitle(peer.aeTitle)) {
        section.problem(*title, "ae_title", std::string(expectedAeTitle));
    } else if (configuration.peer(peer.aeTitle) != nullptr) {
        section.problem(*title, "ae_title",
                        fmt::format("\"{}\" is an earlier [[peer]]; expected a new one", peer.aeTitle));
    }
    auto const* host = section.text("host", peer.host);
    if (!section.has("host"))
        section.problem("expected a host");
    else if (host != nullptr &&
             (peer.host.empty() || peer.host.size() > 253 || peer.host.find_first_of(" \t/") != std::string::npos ||
              text::escapeControl(peer.host) != peer.host))
        section.problem(*host, "host", "expected a host name or an IP address");
    section.number("port", peer.port, 1, 65535);
    section.boolean("tls", peer.tls);
    if (peer.tls && configuration.dicom.tls.trust.empty())
        section.problem("tls = true needs [dicom.tls] trust: the authorities of the peers that we call");
    section.finish();
    return peer;
}

model::Station readStation(Section& section, Configuration const& configuration)
{
    model::Station station;
    if (auto rule = readRule(section))
        station.caller = std::move(*rule);
    auto const* sees = section.any("sees");
    if (sees != nullptr && sees->kind == TomlValue::Kind::Array) {
        station.seesAll = false;
        std::vector<std::string> ids;
        section.texts("sees", ids);
        for (TomlValue const& item : sees->items) {
            if (item.kind == TomlValue::Kind::Text && configuration.site({item.text}) == nullptr)
                section.problem(
                    item, "sees",
                    fmt::format("expected the id of a [[site]], found \"{}\"", text::escapeControl(item.text)));
            station.sees.push_back({item.text});
        }
    } else if (sees != nullptr && (sees->kind != TomlValue::Kind::Text || sees->text != "all")) {
        section.problem(*sees, "sees", "expected \"all\" or a list of site ids");
    }
    section.finish();
    return station;
}

// Two sites with the same rule that call us by the same name: nobody could say whose study it is.
void checkRulesDiffer(std::vector<Section>& sections, Configuration const& configuration)
{
    std::map<std::tuple<std::string, std::string, std::string>, std::size_t> seen;
    auto const& sites = configuration.sites;
    for (std::size_t i = 0; i < sites.size(); ++i)
        for (auto const& rule : sites[i].callers) {
            auto const called =
                sites[i].called.empty() ? std::vector<std::string>{configuration.dicom.aeTitle} : sites[i].called;
            for (std::string const& name : called) {
                auto const [found, isNew] = seen.emplace(std::tuple(rule.aeTitle, rule.address, name), i);
                auto const& earlier = sites[found->second];
                // Certificates tell two sites apart that are never entered without.
                if (isNew || (!earlier.certificateSubject.empty() && !sites[i].certificateSubject.empty()))
                    continue;
                sections[i].problem(fmt::format("caller {} at {} already belongs to site \"{}\"; expected each caller "
                                                "once, or a `called` of its own for each of the sites",
                                                rule.aeTitle, rule.address, earlier.id.value));
                break;
            }
        }
}

} // namespace

void readCallers(Section& root, AddedSites& added, Configuration& configuration)
{
    for (Section& section : root.list("peer"))
        configuration.peers.push_back(readPeer(section, configuration));
    auto sites = root.list("site");
    for (Section& section : sites)
        configuration.sites.push_back(readSite(section, configuration));
    for (AddedSites::File& file : added.files()) {
        sites.emplace_back(file.document, "", file.problems);
        auto site = readSite(sites.back(), configuration, configuration.file.string());
        site.inConfiguration = false;
        if (site.id.value != file.path.stem().string())
            sites.back().problem(
                fmt::format("expected the site \"{}\", as the file is named", file.path.stem().string()));
        configuration.sites.push_back(std::move(site));
    }
    checkRulesDiffer(sites, configuration);
    for (Section& section : root.list("station"))
        configuration.stations.push_back(readStation(section, configuration));
}

} // namespace qianli::gateway
