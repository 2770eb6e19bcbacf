// What the gateway has of a study that can be looked at: its series and images in the order in which they are looked
// through, then its pages (electrocardiograms, structured reports, PDFs).
#pragma once

#include "common/base/result.h"
#include "common/dicom/network/dicom_client.h"
#include "common/model/reading_task.h"
#include "viewer/client/fetch_queue.h"

#include <functional>

namespace qianli::viewer {

// A study, and whose: two patients or two sites may have it under one UID (docs/http-api.md).
struct WantedStudy {
    std::string uid;
    std::string patientId = {}, issuer = {};                // (0010,0020), (0010,0021): the site's id; empty: any
    std::string patientName = {}, birthDate = {}, sex = {}; // where two people share UID and ID; empty: any
    bool operator==(WantedStudy const&) const = default;
};
WantedStudy wantedStudy(model::ReadingTask const& task);
void nameStudy(dicom::Identifier& identifier, WantedStudy const& study);

// NotFound when there is nothing of the kind. `cancelled` is asked between questions.
Result<std::vector<PlannedSeries>> planStudy(dicom::Destination const& gateway, WantedStudy const& study,
                                             std::function<bool()> const& cancelled);

// What to propose for taking images of a series by C-GET: what is stored is sent as it is, so each transfer syntax
// needs a context.
std::vector<dicom::ProposedContext> contextsFor(PlannedSeries const& series);

} // namespace qianli::viewer
