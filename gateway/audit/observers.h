// Observers: whom a station tells what it sees. Either may be absent, in tests and in commands.
#pragma once

#include "gateway/alarm/alarm_board.h"
#include "gateway/audit/audit_trail.h"

#include <utility>

namespace qianli::gateway {

struct Observers {
    AlarmBoard* alarms = nullptr;
    AuditTrail* audit = nullptr;

    void record(AuditEvent event) const
    {
        if (audit != nullptr)
            audit->record(std::move(event));
    }
    // What was recorded before is there after a power cut, too; false when it may not be.
    bool isOnRecord() const { return audit == nullptr || audit->flush(); }
    // New work is to be refused: AuditTrail::mustStop().
    bool mustStop() const { return audit != nullptr && audit->mustStop(); }
    void raise(std::string_view code, std::string_view subject, std::string text, std::string advice,
               Alarm::Level level = Alarm::Level::Failure) const
    {
        if (alarms != nullptr)
            alarms->raise(code, subject, std::move(text), std::move(advice), level);
    }
    bool stands(std::string_view code, std::string_view subject, Alarm::Level atLeast = Alarm::Level::Warning) const
    {
        return alarms != nullptr && alarms->stands(code, subject, atLeast);
    }
    void clear(std::string_view code, std::string_view subject) const
    {
        if (alarms != nullptr)
            alarms->clear(code, subject);
    }
};

} // namespace qianli::gateway
