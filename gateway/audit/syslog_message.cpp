#include "gateway/audit/syslog_message.h"

#include <fmt/format.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

constexpr int authorization = 10; // facility authpriv
constexpr int notice = 5, warning = 4;

// HOSTNAME: printable ASCII without spaces, or "-".
std::string hostOf(std::string const& name)
{
    bool const fits =
        !name.empty() && name.size() <= 255 && std::ranges::all_of(name, [](char c) { return c > 32 && c < 127; });
    return fits ? name : "-";
}

} // namespace

std::string syslogFrame(AuditEntry const& entry, std::string_view line, AuditSource const& source)
{
    bool const isSeal = entry.seal.has_value();
    int const severity = !isSeal && entry.event.outcome != AuditOutcome::Success ? warning : notice;
    // sequenceId ends at 2147483647 and begins again (RFC 5424 7.3.1); the chain's own number does not. 32473 is the
    // number for examples (RFC 5612): we own none.
    auto const message = fmt::format(
        "<{}>1 {} {} qianli-gateway {} {} [meta sequenceId=\"{}\"][chain@32473 n=\"{}\" hash=\"{}\"] \xEF\xBB\xBF{}",
        authorization * 8 + severity, entry.timeText, hostOf(source.host), ::getpid(),
        isSeal ? "QIANLI-SEAL" : "DICOM+RFC3881", (entry.sequence - 1) % 2147483647 + 1, entry.sequence, entry.hash,
        isSeal ? std::string(line) : auditMessageXml(entry, source, AuditIds::Masked));
    return fmt::format("{} {}", message.size(), message);
}

} // namespace qianli::gateway
