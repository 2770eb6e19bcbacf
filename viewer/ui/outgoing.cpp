#include "viewer/ui/outgoing.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/words.h"

namespace qianli::viewer {

Outgoing outgoingOf(ReportOutbox const& outbox)
{
    Outgoing result;
    for (OutboxEntry const& entry : outbox.entries())
        result.insert_or_assign(entry.task, entry.state);
    return result;
}

QString taskStateLine(model::ReadingTask const& task, std::string const& me, std::optional<OutboxEntry::State> outgoing)
{
    if (!outgoing || isOver(task.state))
        return taskStateLine(task, me);
    switch (*outgoing) {
    case OutboxEntry::State::Waiting:
        return say("已签名 待发送", "Signed, to be sent");
    case OutboxEntry::State::Sending:
        return say("已签名 发送中", "Signed, sending");
    case OutboxEntry::State::Refused:
        break;
    }
    return say("签发未被接受", "Signed, refused");
}

model::TaskState shownState(model::ReadingTask const& task, std::optional<OutboxEntry::State> outgoing)
{
    if (!outgoing || isOver(task.state))
        return task.state;
    return *outgoing == OutboxEntry::State::Refused ? model::TaskState::Returned : model::TaskState::Final;
}

} // namespace qianli::viewer
