#include "gateway/configuration/alarms_section.h"

namespace qianli::gateway {

void readAlarms(Section section, AlarmSettings& alarms)
{
    section.duration("site_silent_after", alarms.siteSilentAfter);
    section.number("work_begins", alarms.workBegins, 0, 23);
    section.number("work_ends", alarms.workEnds, 1, 24);
    if (alarms.workBegins >= alarms.workEnds)
        section.problem("work_begins is not before work_ends");
    section.duration("backup_stale_after", alarms.backupStaleAfter);
    section.duration("certificate_expires_within", alarms.certificateDays);
    section.number("disk_percent", alarms.diskPercent, 1, 100);
    section.number("disk_days", alarms.diskDays, 0, 3650);
    section.duration("clock_offset", alarms.clockOffset);
    section.finish();
}

} // namespace qianli::gateway
