#include "gateway/audit/audit_query.h"

#include "common/model/national_id.h"

#include <algorithm>

namespace qianli::gateway {

bool AuditFilter::matches(AuditEntry const& entry) const
{
    auto const& event = entry.event;
    auto const fits = [](std::string const& wanted, std::string const& found) {
        return wanted.empty() || wanted == found;
    };
    return !entry.seal && (!from || entry.time >= *from) && (!to || entry.time <= *to) &&
           (kinds.empty() || std::ranges::find(kinds, event.kind) != kinds.end()) && fits(person, event.person) &&
           fits(site, event.site) && (study.empty() || std::ranges::find(event.studies, study) != event.studies.end());
}

Result<std::vector<AuditEntry>> auditEntries(std::filesystem::path const& folder, AuditFilter const& filter)
{
    QIANLI_ASSIGN(auto segments, segmentsIn(folder));
    std::vector<AuditEntry> found;
    for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
        std::vector<AuditEntry> here;
        QIANLI_TRY(forEachLine(segment->file, segment->bytes, [&](std::string_view line, std::uint64_t) {
            if (auto entry = entryOfLine(line); entry && filter.matches(*entry))
                here.push_back(*std::move(entry));
            return true;
        }));
        for (auto entry = here.rbegin(); entry != here.rend(); ++entry) {
            if (filter.limit != 0 && found.size() == filter.limit)
                return found;
            found.push_back(std::move(*entry));
        }
    }
    return found;
}

std::string maskedPatient(std::string const& patient)
{
    auto const slash = patient.find('/');
    auto const begin = slash == std::string::npos ? 0 : slash + 1;
    auto const end = std::min(patient.find('#', begin), patient.size());
    return patient.substr(0, begin) + model::maskedId(patient.substr(begin, end - begin)) + patient.substr(end);
}

} // namespace qianli::gateway
