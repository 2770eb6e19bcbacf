#include "gateway/audit/audit_message.h"

#include "common/base/text.h"
#include "gateway/audit/audit_query.h"
#include "gateway/audit/audit_words.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

using Kind = AuditEventKind;

struct Code {
    std::string_view value, name;
    std::string_view scheme = "DCM"; // PS3.16
};

// PS3.15 A.5.3 and PS3.16 CID 400, 401; where the standard has no event of its own, the nearest one with ours as type.
struct Meaning {
    Code event;
    Code type; // empty: none of the standard's
    char action = 'E';
};

constexpr Code alert{"110113", "Security Alert"};
constexpr Code accessed{"110103", "DICOM Instances Accessed"};
constexpr Code transferred{"110104", "DICOM Instances Transferred"};
constexpr Code authentication{"110114", "User Authentication"};
constexpr Code activity{"110100", "Application Activity"};

Meaning meaningOf(Kind kind)
{
    switch (kind) {
    case Kind::ApplicationStart:
        return {activity, {"110120", "Application Start"}};
    case Kind::ApplicationStop:
        return {activity, {"110121", "Application Stop"}};
    case Kind::AuditLogUsed:
        return {{"110101", "Audit Log Used"}, {}, 'R'};
    case Kind::BeginTransferringInstances:
        return {{"110102", "Begin Transferring DICOM Instances"}, {}};
    case Kind::DataExport:
        return {{"110106", "Export"}, {}, 'R'};
    case Kind::DataImport:
        return {{"110107", "Import"}, {}, 'C'};
    case Kind::InstancesAccessed:
        return {accessed, {}, 'R'};
    case Kind::InstancesTransferred:
        return {transferred, {}, 'C'};
    case Kind::NetworkEntry:
        return {{"110108", "Network Entry"}, {"110124", "Attach"}};
    case Kind::Query:
        return {{"110112", "Query"}, {}};
    case Kind::SecurityAlert:
        return {alert, {}};
    case Kind::StudyDeleted:
        return {{"110105", "DICOM Study Deleted"}, {}, 'D'};
    case Kind::UserLogin:
        return {authentication, {"110122", "Login"}};
    case Kind::UserLogout:
        return {authentication, {"110123", "Logout"}};
    case Kind::AssociationAccepted:
        return {{"association", "Association accepted", "99QIANLI"}, {}};
    case Kind::AssociationRefused:
        return {alert, {"110126", "Node Authentication"}};
    case Kind::ReportSigned:
        return {accessed, {}, 'C'};
    case Kind::ReportVerified:
        return {accessed, {}, 'R'};
    case Kind::ReportDelivered:
        return {transferred, {}, 'R'};
    case Kind::ReportClaimBroken:
        return {{"110111", "Procedure Record"}, {}, 'U'};
    case Kind::PatientMerged:
        return {{"110110", "Patient Record"}, {}, 'U'};
    case Kind::ConfigurationChanged:
        return {alert, {"110129", "Security Configuration"}};
    case Kind::UserChanged:
        return {alert, {"110137", "User Security Attributes Changed"}};
    case Kind::AlarmRaised:
    case Kind::AlarmCleared:
    case Kind::VersionConflict:
        return {alert, {}};
    case Kind::QuarantineDecided:
    case Kind::StudyHeld:
    case Kind::StudyRecoded:
        return {accessed, {}, 'U'};
    case Kind::BackupMade:
        return {{"110106", "Export"}, {}, 'R'};
    case Kind::BackupRestored:
        return {{"110107", "Import"}, {}, 'C'};
    case Kind::IdsRevealed:
        return {alert, {"110132", "Use of Restricted Function"}};
    case Kind::AuditLogTrimmed:
        return {{"110101", "Audit Log Used"}, {}, 'D'};
    }
    return {alert, {}};
}

int indicatorOf(AuditOutcome outcome)
{
    switch (outcome) {
    case AuditOutcome::Success:
        return 0;
    case AuditOutcome::MinorFailure:
        return 4;
    case AuditOutcome::SeriousFailure:
        return 8;
    case AuditOutcome::MajorFailure:
        return 12;
    }
    return 12;
}

std::string escaped(std::string_view value)
{
    std::string result;
    for (char const c : text::escapeControl(value)) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

std::string base64(std::string_view bytes)
{
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    auto const size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<unsigned char const*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::string coded(std::string_view element, Code const& code)
{
    return fmt::format(R"(<{} csd-code="{}" codeSystemName="{}" displayName="{}" originalText="{}"/>)", element,
                       code.value, code.scheme, code.name, code.name);
}

constexpr Code application{"110150", "Application"};
constexpr Code destination{"110152", "Destination Role ID"};
constexpr Code source{"110153", "Source Role ID"};

std::string aeTitles(std::string const& aeTitle)
{
    return aeTitle.empty() ? "" : fmt::format(" AlternativeUserID=\"AETITLES={}\"", escaped(aeTitle));
}

bool isTransfer(Kind kind)
{
    return kind == Kind::InstancesTransferred || kind == Kind::BeginTransferringInstances ||
           kind == Kind::ReportDelivered;
}

// The person or the machine at the other end; the requestor, unless it is we who send by ourselves.
std::string otherParticipant(AuditEvent const& event)
{
    // Of a delivery, the other end is the one that we call.
    auto const& ae = event.kind == Kind::ReportDelivered ? event.calledAe : event.callingAe;
    std::string id = !event.person.empty() ? event.person : !ae.empty() ? ae : event.address;
    if (id.empty())
        return {};
    std::string const name = event.certificateSubject.empty() ? event.site : event.certificateSubject;
    std::string text = fmt::format(
        R"(<ActiveParticipant UserID="{}"{}{} UserIsRequestor="{}"{}>)", escaped(id), aeTitles(ae),
        name.empty() ? "" : fmt::format(" UserName=\"{}\"", escaped(name)), event.kind != Kind::ReportDelivered,
        event.address.empty()
            ? ""
            : fmt::format(R"( NetworkAccessPointID="{}" NetworkAccessPointTypeCode="2")", escaped(event.address)));
    if (isTransfer(event.kind))
        text += coded("RoleIDCode", event.sent ? destination : source);
    return text + "</ActiveParticipant>";
}

std::string ownParticipant(AuditEvent const& event, AuditSource const& by, bool alone)
{
    std::string text = fmt::format(
        R"(<ActiveParticipant UserID="{}@{}"{} UserIsRequestor="{}" NetworkAccessPointID="{}" NetworkAccessPointTypeCode="1">)",
        escaped(by.aeTitle), escaped(by.host), aeTitles(by.aeTitle), alone || event.kind == Kind::ReportDelivered,
        escaped(by.host));
    if (event.kind == Kind::ApplicationStart || event.kind == Kind::ApplicationStop)
        text += coded("RoleIDCode", application);
    if (isTransfer(event.kind))
        text += coded("RoleIDCode", event.sent ? source : destination);
    return text + "</ActiveParticipant>";
}

std::string object(std::string_view id, int type, int role, Code const& idType, std::string_view inside)
{
    return fmt::format(R"(<ParticipantObjectIdentification ParticipantObjectID="{}" ParticipantObjectTypeCode="{}" )"
                       R"(ParticipantObjectTypeCodeRole="{}">{}{}</ParticipantObjectIdentification>)",
                       escaped(id), type, role, coded("ParticipantObjectIDTypeCode", idType), inside);
}

std::string named(std::string_view name)
{
    return fmt::format("<ParticipantObjectName>{}</ParticipantObjectName>", escaped(name));
}

// How many objects, and which, where one study has them all.
std::string contentOf(AuditEvent const& event)
{
    if (event.studies.size() != 1 || (event.objects.empty() && event.objectCount == 0))
        return {};
    std::string instances;
    for (auto const& uid : event.objects)
        instances += fmt::format(R"(<Instance UID="{}"/>)", escaped(uid));
    return fmt::format(R"(<ParticipantObjectDescription><SOPClass NumberOfInstances="{}">{}</SOPClass>)"
                       "</ParticipantObjectDescription>",
                       std::max<std::uint64_t>(event.objectCount, event.objects.size()), instances);
}

std::string objectsOf(AuditEvent const& event, AuditIds ids)
{
    std::string text;
    // The keys are left out: they name patients (docs/decisions/0021).
    constexpr std::string_view noKeys = "<ParticipantObjectQuery></ParticipantObjectQuery>";
    if (event.kind == Kind::Query && !event.objects.empty())
        text += object(event.objects.front(), 2, 24, {"110181", "SOP Class UID"}, noKeys);
    else if (event.kind == Kind::Query)
        text += object("reading list", 2, 24, {"12", "URI", "RFC-3881"}, noKeys);
    if (event.kind == Kind::AuditLogUsed || event.kind == Kind::AuditLogTrimmed)
        text += object("file:data/audit", 2, 13, {"12", "URI", "RFC-3881"}, named("Security Audit Log"));
    for (auto const& study : event.studies)
        text += object(study, 2, 3, {"110180", "Study Instance UID"}, named("study") + contentOf(event));
    if (!event.patient.empty()) {
        auto const id = ids == AuditIds::Masked ? maskedPatient(event.patient) : event.patient;
        text += object(id, 1, 1, {"2", "Patient Number", "RFC-3881"}, named(id));
    }
    if (meaningOf(event.kind).event.value == alert.value && !event.detail.empty())
        text += object(
            event.site.empty() ? "gateway" : event.site, 2, 13, {"12", "URI", "RFC-3881"},
            named(code(event.kind)) +
                fmt::format(R"(<ParticipantObjectDetail type="Alert Description" value="{}"/>)", base64(event.detail)));
    return text;
}

} // namespace

std::string_view standardName(AuditEventKind kind)
{
    return meaningOf(kind).event.name;
}

std::string auditMessageXml(AuditEntry const& entry, AuditSource const& by, AuditIds ids)
{
    auto const& event = entry.event;
    auto const meaning = meaningOf(event.kind);
    bool const reads = event.kind == Kind::InstancesTransferred && event.sent;
    std::string text = fmt::format(
        R"(<AuditMessage><EventIdentification EventActionCode="{}" EventDateTime="{}" EventOutcomeIndicator="{}">)",
        reads ? 'R' : meaning.action, entry.timeText, indicatorOf(event.outcome));
    text += coded("EventID", meaning.event);
    if (!meaning.type.value.empty())
        text += coded("EventTypeCode", meaning.type);
    text += coded("EventTypeCode", {code(event.kind), code(event.kind), "99QIANLI"});
    if (!event.detail.empty())
        text += fmt::format("<EventOutcomeDescription>{}</EventOutcomeDescription>", escaped(event.detail));
    text += "</EventIdentification>";
    auto const other = otherParticipant(event);
    text += other + ownParticipant(event, by, other.empty());
    text += fmt::format(R"(<AuditSourceIdentification AuditSourceID="{}@{}"><AuditSourceTypeCode csd-code="4"/>)"
                        "</AuditSourceIdentification>",
                        escaped(by.aeTitle), escaped(by.host));
    return text + objectsOf(event, ids) + "</AuditMessage>";
}

std::string machineName()
{
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

} // namespace qianli::gateway
