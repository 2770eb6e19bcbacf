// What the gateway has of a study: its series and images, in the order in which they are looked through.
#pragma once

#include "common/base/result.h"
#include "common/dicom/network/dicom_client.h"
#include "viewer/client/fetch_queue.h"

#include <functional>

namespace qianli::viewer {

// NotFound when there is no image. `cancelled` is asked between questions.
Result<std::vector<PlannedSeries>> planStudy(dicom::Destination const& gateway, std::string const& studyUid,
                                             std::function<bool()> const& cancelled);

// What to propose for taking images of a series by C-GET: what is stored is sent as it is, so each transfer syntax
// needs a context.
std::vector<dicom::ProposedContext> contextsFor(PlannedSeries const& series);

} // namespace qianli::viewer
