// Report: what the radiologist writes, and who it is about.
#pragma once

#include "common/base/clock.h"
#include "common/model/site.h"

#include <string>
#include <vector>

namespace qianli::model {

// 检查所见 / 影像诊断 / 建议, UTF-8.
struct ReportText {
    std::string findings;
    std::string impression;
    std::string recommendation;
    bool operator==(ReportText const&) const = default;
};

// Whom and what the report is about. The images read, the task and the SR must agree on studyUid, patientName, patientId and site.
struct ReportSubject {
    std::string studyUid;
    std::string patientName, patientId, issuerOfPatientId, sex, birthDate, age;
    std::string accessionNumber, studyId, studyDate, studyTime, studyDescription, modality, bodyPart, referringPhysician;
    SiteId site;
    std::string siteName;
};

// An image referenced by the report.
struct ImageReference {
    std::string studyUid, seriesUid, sopClassUid, sopInstanceUid;
    int frame = 0; // 0: the whole object
};

struct Report {
    ReportSubject subject;
    ReportText text;
    std::string method; // 检查方法
    std::string hospital; // the issuing hospital
    std::string author;      // display name of the person who wrote and signs
    std::string authorLogin; // user name
    TimePoint writtenAt{};
    TimePoint signedAt{};
    std::vector<ImageReference> evidence;  // the images of the study that was read
    std::vector<ImageReference> keyImages;
    std::string srUid, pdfUid, srSeriesUid, pdfSeriesUid; // fixed before the first attempt, the same on every retry
};

} // namespace qianli::model
