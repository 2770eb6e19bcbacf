// ReportIssuer: decides whether two signed objects become the report of a task.
//
// Promise: a task becomes `issued`, and its site sees the report, only when SR and PDF are committed in the archive for
// this study and site, came from a station and this person, verify against our CA, and name the patient that the index
// knows.
#pragma once

#include "common/base/result.h"
#include "common/model/reading_task.h"
#include "common/model/user.h"
#include "gateway/archive/blob_store.h"
#include "gateway/index/study_index.h"
#include "gateway/workflow/signer_certificates.h"
#include "gateway/workflow/workflow.h"

#include <mutex>
#include <string_view>

namespace qianli::gateway {

class ReportIssuer {
public:
    // All must outlive the issuer.
    ReportIssuer(Workflow& workflow, StudyIndex& index, BlobStore const& store, SignerCertificates const& certificates)
        : workflow_(workflow), index_(index), store_(store), certificates_(certificates)
    {
    }

    // Repeating it with the same UIDs is fine. NotFound when an object is not here yet; InvalidInput when a signature,
    // the PDF's relation or the identity doesn't hold; Conflict when another report was issued or another person holds
    // the task.
    Result<model::ReadingTask> issue(model::TaskId task, model::User const& user, std::string_view srUid,
                                     std::string_view pdfUid);

    // Tells the index which issued reports the sites may see; what fails is tried again by the next call.
    Result<void> releaseIssued();

private:
    Result<Receipt> committedObject(model::ReadingTask const& task, model::User const& user, std::string_view uid,
                                    std::string_view sopClass) const;
    Result<void> mustLieWith(model::ReadingTask const& task, dicom::Uid const& sopInstance) const;
    Result<TimePoint> verify(model::ReadingTask const& task, model::User const& user, Receipt const& sr,
                             Receipt const& pdf) const;

    Workflow& workflow_;
    StudyIndex& index_;
    BlobStore const& store_;
    SignerCertificates const& certificates_;
    std::mutex releasing_; // one release at a time, so that none is noted that did not happen
};

} // namespace qianli::gateway
