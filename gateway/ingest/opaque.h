// Objects in a private transfer syntax whose header cannot be read: they are kept as they came, under what the C-STORE
// command says of them. Study and series are ours: one study for each device (that is a caller;
// for imports: a site) and day.
#pragma once

#include "gateway/ingest/ingest.h"

namespace qianli::gateway {

dicom::InstanceHeader opaqueHeader(Announcement const& announcement, Sender const& sender, TimePoint receivedAt);

// What a reindex finds again, whatever the limits and the time zone are then.
bool isOpaque(Receipt const& receipt);
dicom::InstanceHeader opaqueHeader(Receipt const& receipt);

} // namespace qianli::gateway
