// Site, station, peer: who may talk to us and whom we call, as the operator wrote it (config/gateway.toml).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace qianli::model {

struct SiteId {
    std::string value;
    auto operator<=>(SiteId const&) const = default;
};

enum class Service { Echo, Store, Find, Get, Move };

struct CallerRule {
    std::string aeTitle; // "*": any
    std::string address; // IP, CIDR or "any"
};

// A person as one site knows it: variant 0 is who came first under that Patient ID, the others disagree with it in
// name, sex or birth date.
struct PatientKey {
    SiteId site;
    std::string id; // Patient ID; "" where the study had none
    int variant = 0;
    std::string studyUid; // which study, where there was no Patient ID: each of those is a patient of its own
    auto operator<=>(PatientKey const&) const = default;
};

struct Site {
    SiteId id;
    std::string name;
    std::vector<CallerRule> callers;
    std::set<Service> allow;
    std::vector<std::string> called;       // accepted called AE titles; empty: the gateway's own
    std::vector<std::string> destinations; // C-MOVE targets: AE titles of peers
    std::string charset;
    std::vector<std::string> deliver; // AE titles of peers that get its reports
    bool stat = false;                // everything it sends is urgent
    bool fuzzyNames = false;          // its C-FIND also matches pinyin
    std::string certificateSubject; // RFC 2253; with TLS this subject is this site, whatever AE title it uses; "": none
    bool inConfiguration = true;    // false: added at the command line, in data/sites/
};

struct Station {
    CallerRule caller;
    bool seesAll = true;
    std::vector<SiteId> sees; // when not all
};

struct Peer {
    std::string aeTitle;
    std::string host;
    std::uint16_t port = 104;
    bool tls = false;
};

} // namespace qianli::model

template <>
struct std::hash<qianli::model::SiteId> {
    std::size_t operator()(qianli::model::SiteId const& id) const noexcept
    {
        return std::hash<std::string>{}(id.value);
    }
};
