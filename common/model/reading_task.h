// ReadingTask: one study waiting for, being given, or having its report; its states and the ways between them (interfaces.md).
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/model/site.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::model {

enum class TaskState {
    Receiving, Incomplete, Ready, Claimed, Drafting, Preliminary, Submitted, Returned, Final, Issued, Delivered, Amended, Withdrawn, Rejected
};

std::string_view code(TaskState state);    // "receiving"
std::string_view chinese(TaskState state); // "接收中"
Result<TaskState> parseTaskState(std::string_view code);
// The table of interfaces.md; Receiving ↔ Ready may also go back when late images arrive before a claim.
bool mayBecome(TaskState from, TaskState to);

using TaskId = std::int64_t;

struct ReadingTask {
    TaskId id = 0;
    SiteId site;
    std::string siteName;
    std::string studyUid;
    TaskState state = TaskState::Receiving;
    std::string patientName, patientId, sex, birthDate, age; // as in the index: UTF-8, DICOM formats
    std::string modalities, bodyPart, description, accessionNumber, studyDate, studyTime;
    TimePoint receivedAt{};     // first instance
    TimePoint lastReceivedAt{}; // newest instance
    int series = 0;
    int instances = 0;
    bool studyConflict = false; // the Study Instance UID is also held by another site
    bool stat = false; // urgent: it is to be read first
    bool versionConflict = false; // an instance came twice with different content
    int part = 0;                 // which patient of a Study Instance UID that holds several; 0: the first
    bool identityConflict = false; // another person is known under this Patient ID at this site
    bool splitStudy = false;       // the Study Instance UID holds several patients, and nobody said that they are one
    bool severalParts = false;     // it holds several, whatever was said: images are asked for by name
    int charsetRule = 1;           // how the text was read (domain.md 4.2)
    bool charsetCorrected = false; // otherwise than declared
    bool charsetUncertain = false;
    std::optional<std::int64_t> clockSkewSeconds; // received minus what the device's clock said
    std::string missing;     // of an incomplete study: "received=137;expected=350;z=-12.5..310.0"
    std::string linkedSites; // names of other sites that know the same person, joined by '\\'
    std::string claimedBy, claimedByName; // user and display name; empty: nobody
    std::optional<TimePoint> claimedAt;
    std::string reportSrUid, reportPdfUid; // of the newest issued version
    std::optional<TimePoint> issuedAt, deliveredAt;
    std::string deliveryNote; // e.g. "PUZI_PACS: given up: …"
};

} // namespace qianli::model
