// Outgoing: reports that were signed at this workstation and that the gateway has not issued yet, as the list tells of
// them. The gateway's own state of such a study, or an old list's, still says that its report is being written.
#pragma once

#include "viewer/client/report_outbox.h"

#include <map>

namespace qianli::viewer {

using Outgoing = std::map<model::TaskId, OutboxEntry::State>;

Outgoing outgoingOf(ReportOutbox const& outbox);

// "已签名 待发送"; what the gateway says where nothing of it is here, or where it is out already.
QString taskStateLine(model::ReadingTask const& task, std::string const& me,
                      std::optional<OutboxEntry::State> outgoing);
// The state whose shape and colour stand beside those words.
model::TaskState shownState(model::ReadingTask const& task, std::optional<OutboxEntry::State> outgoing);

} // namespace qianli::viewer
