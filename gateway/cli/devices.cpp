#include "gateway/cli/devices.h"

#include <fmt/format.h>

namespace qianli::gateway::cli {

std::string defectWords(dicom::Defects defects)
{
    std::vector<std::string_view> words;
    for (dicom::DefectKind const& kind : dicom::defectKinds())
        if ((defects & kind.bit) != 0)
            words.push_back(kind.english);
    return fmt::format("{}", fmt::join(words, ", "));
}

std::vector<std::string> defectCodes(dicom::Defects defects)
{
    std::vector<std::string> codes;
    for (dicom::DefectKind const& kind : dicom::defectKinds())
        if ((defects & kind.bit) != 0)
            codes.emplace_back(kind.code);
    return codes;
}

std::string deviceName(std::string_view manufacturer, std::string_view station)
{
    if (manufacturer.empty() || station.empty())
        return std::string(manufacturer.empty() ? station : manufacturer);
    return fmt::format("{}, {}", manufacturer, station);
}

} // namespace qianli::gateway::cli
