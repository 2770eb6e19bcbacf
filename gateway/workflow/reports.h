// Reports: what was issued, every version, with its text and the UIDs of the signed objects.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/model/reading_task.h"
#include "common/model/report.h"
#include "common/model/user.h"

#include <optional>
#include <string>
#include <vector>

namespace qianli::gateway {

class Workflow;

struct IssuedReport {
    std::int64_t id = 0;
    model::TaskId task = 0;
    int version = 1;
    model::SiteId site;
    std::string studyUid, patientName, patientId;
    std::string srUid, pdfUid;
    model::ReportText text;
    std::string author, authorName; // user name and display name
    TimePoint signedAt{}, issuedAt{};
    model::TaskState state = model::TaskState::Issued; // of the task
};

class Reports {
public:
    explicit Reports(Workflow& workflow) : workflow_(workflow) {}

    // Newest first; limit 0: all.
    Result<std::vector<IssuedReport>> list(std::size_t limit = 0) const;
    Result<std::optional<IssuedReport>> newestOfTask(model::TaskId task) const;
    Result<std::optional<IssuedReport>> newestOfStudy(model::SiteId const& site, std::string_view studyUid,
                                                      int part) const;

    // A report whose objects were verified: the task passes submitted → final → issued, the report is written down, and
    // a delivery is put in the outbox for each peer of the site's `deliver`, all in one
    // transaction.
    struct Issue {
        model::TaskId task = 0;
        model::User author;
        std::string srUid, pdfUid;
        model::ReportText text; // as it stands in the SR
        TimePoint signedAt{};
    };
    Result<model::ReadingTask> issue(Issue const& issue);

    // Objects of issued reports that the index was not yet told to show to the site (StudyIndex::release).
    Result<std::vector<IssuedReport>> notReleased() const;
    Result<void> noteReleased(std::vector<IssuedReport> const& reports);
    // After a reindex, and at each start: all have to be released again.
    Result<void> forgetReleases();

private:
    Workflow& workflow_;
};

} // namespace qianli::gateway
