#include "viewer/model/ecg_lead.h"

#include "common/base/text.h"

#include <array>
#include <string>

namespace qianli::viewer {
namespace {

struct Entry {
    EcgLead lead;
    std::string_view name;
    std::string_view number; // the last part of the code in SCP-ECG (5.6.3-9-N) and in MDC (2:N)
};

constexpr std::array<Entry, ecgLeads> table{{{EcgLead::I, "I", "1"},
                                             {EcgLead::II, "II", "2"},
                                             {EcgLead::III, "III", "61"},
                                             {EcgLead::AVR, "aVR", "62"},
                                             {EcgLead::AVL, "aVL", "63"},
                                             {EcgLead::AVF, "aVF", "64"},
                                             {EcgLead::V1, "V1", "3"},
                                             {EcgLead::V2, "V2", "4"},
                                             {EcgLead::V3, "V3", "5"},
                                             {EcgLead::V4, "V4", "6"},
                                             {EcgLead::V5, "V5", "7"},
                                             {EcgLead::V6, "V6", "8"}}};

} // namespace

std::string_view leadName(EcgLead lead)
{
    return table[static_cast<std::size_t>(lead)].name;
}

std::optional<EcgLead> leadByCode(std::string_view scheme, std::string_view code)
{
    std::string_view const prefix = scheme == "SCPECG" ? "5.6.3-9-" : scheme == "MDC" ? "2:" : "";
    if (prefix.empty() || !code.starts_with(prefix))
        return std::nullopt;
    for (Entry const& entry : table)
        if (code.substr(prefix.size()) == entry.number)
            return entry.lead;
    return std::nullopt;
}

std::optional<EcgLead> leadByWords(std::string_view words)
{
    std::string plain = text::toUpperAscii(text::trim(words));
    if (plain.starts_with("LEAD "))
        plain.erase(0, 5);
    if (auto const bracket = plain.find(" ("); bracket != std::string::npos)
        plain.resize(bracket);
    for (Entry const& entry : table)
        if (plain == text::toUpperAscii(entry.name))
            return entry.lead;
    return std::nullopt;
}

} // namespace qianli::viewer
