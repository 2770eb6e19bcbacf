#include "tests/conformance/statement.h"

#include "common/dicom/network/associate_request.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"
#include "gateway/association/negotiation.h"
#include "gateway/association/peer_directory.h"
#include "gateway/configuration/configuration.h"
#include "gateway/service/dimse_status.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::test {
namespace {

using dicom::Uid;
using model::Service;

struct Named {
    char const* uid;
    char const* name;
};

// PS3.6 table A-1: the transfer syntaxes with their names. Which of them are taken, the code says.
constexpr Named transferSyntaxes[] = {
    {"1.2.840.10008.1.2", "Implicit VR Little Endian"},
    {"1.2.840.10008.1.2.1", "Explicit VR Little Endian"},
    {"1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian"},
    {"1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian"},
    {"1.2.840.10008.1.2.2", "Explicit VR Big Endian (retired)"},
    {"1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)"},
    {"1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 and 4)"},
    {"1.2.840.10008.1.2.4.57", "JPEG Lossless, Non-Hierarchical (Process 14)"},
    {"1.2.840.10008.1.2.4.70", "JPEG Lossless, Non-Hierarchical, First-Order Prediction"},
    {"1.2.840.10008.1.2.4.80", "JPEG-LS Lossless"},
    {"1.2.840.10008.1.2.4.81", "JPEG-LS Near-lossless"},
    {"1.2.840.10008.1.2.4.90", "JPEG 2000, Lossless Only"},
    {"1.2.840.10008.1.2.4.91", "JPEG 2000"},
    {"1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2, Lossless Only"},
    {"1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2"},
    {"1.2.840.10008.1.2.4.94", "JPIP Referenced"},
    {"1.2.840.10008.1.2.4.95", "JPIP Referenced Deflate"},
    {"1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level"},
    {"1.2.840.10008.1.2.4.101", "MPEG2 Main Profile / High Level"},
    {"1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1"},
    {"1.2.840.10008.1.2.4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"},
    {"1.2.840.10008.1.2.4.104", "MPEG-4 AVC/H.264 High Profile / Level 4.2, 2D video"},
    {"1.2.840.10008.1.2.4.105", "MPEG-4 AVC/H.264 High Profile / Level 4.2, 3D video"},
    {"1.2.840.10008.1.2.4.106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"},
    {"1.2.840.10008.1.2.4.107", "HEVC/H.265 Main Profile / Level 5.1"},
    {"1.2.840.10008.1.2.4.108", "HEVC/H.265 Main 10 Profile / Level 5.1"},
    {"1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000, Lossless Only"},
    {"1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 with RPCL Options, Lossless Only"},
    {"1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000"},
    {"1.2.840.10008.1.2.4.204", "JPIP HTJ2K Referenced"},
    {"1.2.840.10008.1.2.4.205", "JPIP HTJ2K Referenced Deflate"},
    {"1.2.840.10008.1.2.5", "RLE Lossless"},
    {"1.2.840.10008.1.2.7.1", "SMPTE ST 2110-20 Uncompressed Progressive Active Video"},
    {"1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression"},
};

constexpr Named services[] = {
    {dicom::sop::verification, "Verification"},
    {dicom::sop::patientRootFind, "Patient Root Query/Retrieve - FIND"},
    {dicom::sop::studyRootFind, "Study Root Query/Retrieve - FIND"},
    {dicom::sop::patientRootMove, "Patient Root Query/Retrieve - MOVE"},
    {dicom::sop::studyRootMove, "Study Root Query/Retrieve - MOVE"},
    {dicom::sop::patientRootGet, "Patient Root Query/Retrieve - GET"},
    {dicom::sop::studyRootGet, "Study Root Query/Retrieve - GET"},
};

gateway::Caller everythingAllowed()
{
    gateway::Caller caller;
    caller.allow = {Service::Echo, Service::Store, Service::Find, Service::Get, Service::Move};
    return caller;
}

// What the code answers to one context with these transfer syntaxes.
gateway::Negotiated answerTo(std::string const& abstractSyntax, std::vector<std::string> const& proposed,
                             std::optional<dicom::Roles> roles = std::nullopt)
{
    dicom::AssociateRequest request;
    request.contexts.push_back({1, abstractSyntax, proposed});
    if (roles)
        request.roles[abstractSyntax] = *roles;
    return gateway::negotiate(request, everythingAllowed(), 1);
}

std::string acceptedSyntaxes(std::string const& abstractSyntax)
{
    std::string taken;
    for (auto const& syntax : transferSyntaxes)
        if (!answerTo(abstractSyntax, {syntax.uid}).accepted.empty())
            taken += fmt::format("{}{} ({})", taken.empty() ? "" : ", ", syntax.name, syntax.uid);
    return taken;
}

std::string seconds(Duration duration)
{
    return fmt::format("{} s", std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

std::string policies()
{
    gateway::Configuration const defaults;
    auto const& dicomDefaults = defaults.dicom;
    auto const& limits = dicomDefaults.limits;
    MarkdownTable table({"What", "Default", "Key"});
    table.row({"AE title", dicomDefaults.aeTitle, "`dicom.ae_title`"});
    table.row({"Called AE title", dicomDefaults.anyCalledAe ? "any" : "exactly ours, or one of the site's",
               "`dicom.called`, `site.called`"});
    table.row({"Port, plain", std::to_string(dicomDefaults.port), "`dicom.port`"});
    table.row({"Port, TLS", dicomDefaults.tlsPort == 0 ? "none (2762 is usual)" : std::to_string(dicomDefaults.tlsPort),
               "`dicom.tls.port`"});
    table.row({"Associations open at the same time", std::to_string(dicomDefaults.maxAssociations),
               "`dicom.max_associations`"});
    table.row(
        {"of one site", std::to_string(dicomDefaults.maxAssociationsPerSite), "`dicom.max_associations_per_site`"});
    table.row({"with an operation in progress", std::to_string(dicomDefaults.maxActive), "`dicom.max_active`"});
    table.row({"Presentation contexts accepted of one association", std::to_string(limits.contexts),
               "`dicom.limits.contexts`"});
    table.row({"Largest PDU received (bytes)", std::to_string(limits.pduBytes), "`dicom.limits.pdu`"});
    table.row(
        {"Largest data set of one object (bytes)", std::to_string(limits.dataSetBytes), "`dicom.limits.dataset`"});
    table.row({"Nesting of sequences", std::to_string(limits.depth), "`dicom.limits.depth`"});
    table.row({"One element of a header or identifier (bytes)", std::to_string(limits.elementBytes),
               "`dicom.limits.element`"});
    table.row({"Inflated bytes for one deflated", std::to_string(limits.deflateRatio), "`dicom.limits.deflate_ratio`"});
    table.row({"Answers of one C-FIND", std::to_string(limits.answers), "`dicom.limits.answers`"});
    table.row({"From connecting to the whole A-ASSOCIATE-RQ (ARTIM)", seconds(limits.firstByte),
               "`dicom.limits.first_byte`"});
    table.row({"Silence between operations", seconds(limits.idle), "`dicom.limits.idle`"});
    table.row({"Silence within an operation", seconds(limits.operation), "`dicom.limits.operation`"});
    table.row({"From the first byte of a message to its last", seconds(limits.request), "`dicom.limits.request`"});
    return table.text();
}

std::string rejections()
{
    MarkdownTable table({"Result", "Source", "Reason", "When"});
    for (auto const& code : gateway::rejectionCodes())
        table.row({fmt::format("{} {}", code.result, code.result == 1 ? "permanent" : "transient"),
                   std::to_string(code.source), std::to_string(code.reason), std::string(code.meaning)});
    return table.text();
}

std::string serviceContexts()
{
    MarkdownTable table({"Abstract syntax", "UID", "Transfer syntaxes", "Role", "Extended negotiation"});
    for (auto const& service : services) {
        auto const answer = answerTo(service.uid, {dicom::transfer::explicitLittle});
        table.row({service.name, service.uid, acceptedSyntaxes(service.uid),
                   answer.accepted.empty() || !answer.accepted.front().weProvide ? "none" : "SCP", "none"});
    }
    return table.text();
}

std::string storageSyntaxes()
{
    MarkdownTable table({"Transfer syntax", "UID", "Stored and sent"});
    for (auto const& syntax : transferSyntaxes)
        table.row({syntax.name, syntax.uid,
                   answerTo("1.2.840.10008.5.1.4.1.1.2", {syntax.uid}).accepted.empty()
                       ? "no: it does not hold the pixels"
                       : "yes"});
    bool const takesPrivate = !answerTo("1.2.840.10008.5.1.4.1.1.2", {"1.2.840.113619.5.2"}).accepted.empty();
    table.row({"Private transfer syntaxes", "", takesPrivate ? "yes" : "no"});
    return table.text();
}

std::string rolesAnswered()
{
    MarkdownTable table(
        {"Proposed for a storage SOP Class (SCU, SCP)", "We are SCP of C-STORE", "We are SCU of C-STORE"});
    for (auto const& [words, roles] : {std::pair{"no role selection", std::optional<dicom::Roles>()},
                                       {"1, 0", std::optional(dicom::Roles{true, false})},
                                       {"0, 1", std::optional(dicom::Roles{false, true})},
                                       {"1, 1", std::optional(dicom::Roles{true, true})}}) {
        auto const answer = answerTo("1.2.840.10008.5.1.4.1.1.2", {dicom::transfer::explicitLittle}, roles);
        bool const good = !answer.accepted.empty();
        table.row({words, good && answer.accepted.front().weProvide ? "yes" : "no",
                   good && answer.accepted.front().weInvoke ? "yes" : "no"});
    }
    return table.text();
}

std::string chosen(std::vector<std::string> const& proposed)
{
    auto const answer = answerTo("1.2.840.10008.5.1.4.1.1.2", proposed);
    for (auto const& syntax : transferSyntaxes)
        if (!answer.accepted.empty() && answer.accepted.front().transferSyntax.value() == syntax.uid)
            return syntax.name;
    return "none";
}

std::string choices()
{
    using namespace dicom::transfer;
    constexpr char jpeg[] = "1.2.840.10008.1.2.4.70";
    MarkdownTable table({"Proposed in one context, in this order", "Taken"});
    table.row({"Implicit Little, Explicit Little", chosen({implicitLittle, explicitLittle})});
    table.row({"Implicit Little, Explicit Big", chosen({implicitLittle, explicitBig})});
    table.row({"JPEG Lossless, Implicit Little", chosen({jpeg, implicitLittle})});
    table.row({"Implicit Little, JPEG Lossless", chosen({implicitLittle, jpeg})});
    table.row({"JPIP Referenced, JPEG Lossless", chosen({"1.2.840.10008.1.2.4.94", jpeg})});
    return table.text();
}

std::string statuses(std::initializer_list<Service> wanted)
{
    MarkdownTable table({"Status", "Meaning"});
    for (auto const& one : gateway::statusMeanings())
        if (std::ranges::any_of(wanted, [&](Service service) {
                return std::ranges::find(one.services, service) != one.services.end();
            }))
            table.row({fmt::format("{:04X}H", one.code), std::string(one.meaning)});
    return table.text();
}

} // namespace

std::string networkingPart()
{
    return fmt::format(
        R"(
## 3 Implementation identifying information
| | |
| --- | --- |
| Implementation Class UID | {} |
| Implementation Version Name | {} |
| Application Context Name | {} |

## 4 Networking
### 4.1 Implementation model
One Application Entity. It waits for associations, and begins them for three reasons only: a C-MOVE that a caller asked for, the delivery of an issued report to a `[[peer]]`, and an
operator's `site silent`, which verifies.

- **Storage SCP**: Success (0000H) is answered when the object is on stable storage and a restart will find it. Storage Level 2 (full): every attribute is kept, private ones too, byte for
  byte. The same object again is Success and changes nothing. Other content under a known SOP Instance UID is kept as a second version. Digital Signature Level 3: signatures are kept as they came.
  No element coercion.
- **Query/Retrieve SCP**: answers of the caller's own studies only; a station of a signed-in person sees what it is configured to see.
- **Storage SCU**: for C-GET, C-MOVE and delivery.

### 4.2 AE specification
#### 4.2.1 Association policies
{}
One operation at a time on an association (no asynchronous operations window). One application context. User Identity Negotiation (PS3.7 D.3.3.7): type 1 (username), which carries the session
of a signed-in person; required of stations.

An association is rejected with

{}
#### 4.2.2 Association initiation
| For | Proposed | Behaviour |
| --- | --- | --- |
| C-MOVE sub-operations | each stored SOP Class with the transfer syntax in which the objects are stored, one context for each pair | objects whose context is not accepted count as failed; Move Originator AE title and message ID are sent |
| Delivery of a report | Basic Text SR and Encapsulated PDF in the transfer syntax they were signed in; Secondary Capture Image in Explicit and in Implicit VR Little Endian | where the PDF is not accepted, its pages are sent as Secondary Capture; tried again with growing delay from {} to {}, for {} h |
| `site silent` | Verification, Implicit VR Little Endian | C-ECHO, release |

Warning statuses of a C-STORE response count as accepted and are noted. With `tls = true` of the `[[peer]]` the connection is TLS (section 7).

#### 4.2.3 Association acceptance
What a caller may use is configured for each site; a context for anything else is answered with result 1 (user rejection), an unknown service with 3 (abstract syntax not
supported).

{}
**Storage**: every SOP Class of section 8.1, and every abstract syntax that PS3.6 does not list as another service, in

{}
One transfer syntax of a context is taken: the first proposed, when it is compressed; otherwise Explicit VR Little Endian, Implicit VR Little Endian, the first usable:

{}
SCP/SCU role selection (PS3.7 D.3.3.4), as C-GET needs it, of a caller that may store and get:

{}
#### 4.2.4 Status codes
Error Comment (0000,0902) says why, in up to 64 characters; Offending Element (0000,0901) names the attribute, with A900H and C000H of C-STORE.

C-ECHO:

{}
C-STORE:

{}
C-FIND:

{}
C-GET and C-MOVE:

{}
Not implemented commands (N-services, C-CANCEL of nothing) are answered with 0211H or ignored. A DIMSE response to nothing, a malformed PDU or a data set beyond a limit of the association ends it with A-ABORT.

### 4.3 Network interfaces
TCP/IP, IPv4 and IPv6, on the port above. TCP_NODELAY is set.

### 4.4 Configuration
One file ([config/gateway.toml](../config/gateway.toml) names every key); sites, stations and peers are read again on SIGHUP.
)",
        dicom::implementationClassUid().value(), dicom::implementationVersionName, dicom::applicationContextName,
        policies(), rejections(), seconds(gateway::DeliverySettings().firstRetry),
        seconds(gateway::DeliverySettings().longestRetry),
        std::chrono::duration_cast<std::chrono::hours>(gateway::DeliverySettings().giveUpAfter).count(),
        serviceContexts(), storageSyntaxes(), choices(), rolesAnswered(), statuses({Service::Echo}),
        statuses({Service::Store}), statuses({Service::Find}), statuses({Service::Get, Service::Move}));
}

} // namespace qianli::test
