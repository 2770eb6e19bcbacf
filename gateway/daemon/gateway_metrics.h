// What /metrics says of a gateway, and whether it can store. No patient data: strangers on the list may read it.
#pragma once

#include "gateway/alarm/alarm_board.h"
#include "gateway/association/dicom_server.h"
#include "gateway/audit/observers.h"
#include "gateway/configuration/configuration.h"
#include "gateway/ingest/ingest.h"
#include "gateway/upkeep/arrival_history.h"
#include "gateway/workflow/workflow.h"

#include <optional>
#include <string>

namespace qianli::gateway {

struct MetricsSource {
    Configuration const& configuration; // as of the start; the certificates' places
    BlobStore const& store;
    Workflow const& workflow;
    AlarmBoard const& alarms;
    ArrivalHistory& history;
    DicomStatistics dicom;
    std::uint64_t quarantinedObjects = 0;
    std::uint64_t flushes = 0;
    TimePoint startedAt{}, now{};
};

std::string gatewayMetrics(MetricsSource const& source);

// In a word or two for /healthz: why nothing can be stored or done. Nothing: all is well.
std::optional<std::string> storingTrouble(BlobStore const& store, std::uint64_t diskReserveBytes,
                                          Observers const& observers, bool indexIsMadeAgain);

} // namespace qianli::gateway
