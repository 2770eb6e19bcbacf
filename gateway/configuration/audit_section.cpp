#include "gateway/configuration/audit_section.h"

#include "gateway/configuration/tls_section.h"

namespace qianli::gateway {
namespace {

// Half a year: the least that the law asks (网络安全法 21; R44).
constexpr Duration leastKept = std::chrono::hours(24 * 180);

} // namespace

void readAudit(Section section, AuditSettings& audit, std::filesystem::path const& folder)
{
    section.duration("keep", audit.keep);
    if (audit.keep < leastKept)
        section.problem("keep: expected at least \"180 d\", which the law asks for");
    section.boolean("stop_on_failure", audit.stopOnFailure);
    section.text("syslog_host", audit.syslogHost);
    section.number("syslog_port", audit.syslogPort, 1, 65535);
    readTlsFiles(section, audit.syslogTls, folder);
    if (!audit.syslogHost.empty() && audit.syslogTls.trust.empty())
        section.problem("syslog_host needs `trust`: nobody else than your collector may get the trail");
    section.finish();
}

} // namespace qianli::gateway
