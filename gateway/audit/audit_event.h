// AuditEvent: one thing that happened and matters, as PS3.15 A.5 and ours name them: what, who, from where, to what,
// and whether it succeeded.
#pragma once

#include "common/base/clock.h"

#include <cstdint>
#include <string>
#include <vector>

namespace qianli::gateway {

enum class AuditEventKind {
    // PS3.15 A.5.3
    ApplicationStart,
    ApplicationStop,
    AuditLogUsed,
    BeginTransferringInstances, // we begin to send (C-MOVE, delivery)
    DataExport,                 // to files, by the command line
    DataImport,                 // from files, by the command line
    InstancesAccessed,          // seen, changed or deleted
    InstancesTransferred,       // received or sent; one for each study of an association
    NetworkEntry,
    Query,
    SecurityAlert, // alarms, refused certificates, malformed input
    StudyDeleted,
    UserLogin,
    UserLogout,
    // Ours
    AssociationAccepted,
    AssociationRefused,
    ReportSigned,
    ReportVerified,
    ReportDelivered,
    ReportClaimBroken, // somebody's claim was taken away or expired
    PatientMerged,     // also linked, unlinked, unmerged: `detail` says which
    ConfigurationChanged,
    UserChanged, // added, disabled, another password or role
    AlarmRaised,
    AlarmCleared,
    QuarantineDecided,
    StudyHeld, // and taken off hold, and another patient class
    BackupMade,
    BackupRestored,
    StudyRecoded,    // its text is read by another character set
    VersionConflict, // another content under a SOP Instance UID that we have
    IdsRevealed,     // somebody saw national IDs in full
    AuditLogTrimmed, // the oldest part went after its time
};

enum class AuditOutcome { Success, MinorFailure, SeriousFailure, MajorFailure }; // PS3.15 A.5.2 EventOutcomeIndicator

struct AuditEvent {
    AuditEventKind kind = AuditEventKind::SecurityAlert;
    AuditOutcome outcome = AuditOutcome::Success;
    std::string person;              // user name; of the operating system for commands
    std::string callingAe, calledAe; // of an association
    std::string address;             // of the other end
    std::string certificateSubject;  // of the other end, where it showed one
    std::string site;
    std::vector<std::string> studies; // Study Instance UIDs
    std::vector<std::string> objects; // SOP Instance UIDs; many are counted instead. Query: the SOP class asked
    std::uint64_t objectCount = 0;    // Query: answers
    bool sent = false;                // transfers: from us to them
    std::string patient;              // "puzi/000123": the Patient ID is the trail's to mask when it shows it
    std::string detail;               // one sentence in English; never a patient's name
};

} // namespace qianli::gateway
