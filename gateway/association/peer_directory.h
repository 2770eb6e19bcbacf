// PeerDirectory: who calls, and may they. Decides once, at the association request, by calling AE title, address,
// called AE title and the person's session token.
//
// Promise: nobody gets in who is in no [[site]] and no [[station]] (R20); where unknown callers go to quarantine, such
// a one may verify and store, and sees nothing. AE titles are compared exactly (R21). An exact AE title beats
// "*", a site beats a station, a single address beats a network, a network beats "any"; where sites still tie, the
// called AE title decides. A certificate beats all of this: whoever shows that of a site is that site, whatever AE
// title it uses, and a site that has one is never entered without it (R22).
#pragma once

#include "common/model/user.h"
#include "gateway/configuration/configuration.h"
#include "gateway/service/caller.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

// The person of a session token; any error: no such session, or the user is disabled.
using PersonOfToken = std::function<Result<model::User>(std::string_view token)>;

struct AssociationRequest {
    std::string callingAe, calledAe, address; // the address as the kernel prints it
    std::string token;                        // User Identity (PS3.7 D.3.3.7), "" for none
    std::string certificateSubject = {};      // of the certificate it showed, RFC 2253; "" for none
};

// Why a caller is turned away; each has its A-ASSOCIATE-RJ (PS3.8 9.3.4).
enum class Rejection {
    CallingAeNotRecognised,
    CalledAeNotRecognised,
    ApplicationContextNotSupported,
    NoReasonGiven,
    LocalLimitExceeded
};
struct RejectionCode {
    Rejection rejection;
    std::uint8_t result, source, reason; // PS3.8 table 9-21
    std::string_view meaning;
};
std::span<RejectionCode const> rejectionCodes();

struct Admission {
    std::optional<Caller> caller; // empty: rejected
    Rejection rejection = Rejection::CallingAeNotRecognised;
    std::string reason;   // for the log
    std::string advice;   // what to do about it, for whoever reads that
    std::string countsAs; // whose limit of associations it uses
};

class PeerDirectory {
public:
    explicit PeerDirectory(Configuration const& configuration);

    Admission admit(AssociationRequest const& request, PersonOfToken const& personOfToken) const;
    std::optional<model::Peer> peer(std::string_view aeTitle) const;

private:
    model::Site const* siteOfCertificate(std::string const& subject) const;
    Admission admitByCertificate(model::Site const& site, AssociationRequest const& request) const;
    Admission admitByRules(AssociationRequest const& request, PersonOfToken const& personOfToken) const;
    Admission admitKnown(AssociationRequest const& request, PersonOfToken const& personOfToken) const;
    Admission admitToQuarantine(AssociationRequest const& request) const;
    Admission admitSite(model::Site const& site, AssociationRequest const& request) const;
    Admission admitStation(model::Station const& station, AssociationRequest const& request,
                           PersonOfToken const& personOfToken) const;
    bool calls(model::Site const& site, std::string_view calledAe) const;
    bool isOwnAe(std::string_view calledAe) const;

    std::string ownAe_;
    bool anyCalledAe_;
    bool quarantine_; // what strangers send is kept
    std::vector<model::Site> sites_;
    std::vector<model::Station> stations_;
    std::vector<model::Peer> peers_;
};

// How well a rule's address ("any", an IP, a CIDR network) fits; nothing when it doesn't. IPv4 in IPv6 counts as IPv4.
enum class AddressFit { Any, Network, Exact };
std::optional<AddressFit> addressFit(std::string_view rule, std::string_view address);

} // namespace qianli::gateway
