// DraftMarks: what is marked on the images beside a draft's text, as it travels to the gateway and back.
//
// Promise: whatever JSON comes is read without harm: what is not as we write it is left out, the rest comes back.
#pragma once

#include "common/model/report.h"
#include "viewer/model/measurement.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <vector>

namespace qianli::viewer {

// Of one draft: the gateway takes no more than 256 KiB.
inline constexpr std::size_t mostMeasurements = 400;

struct DraftMarks {
    std::vector<model::ImageReference> keyImages;
    std::vector<Measurement> measurements;

    bool empty() const { return keyImages.empty() && measurements.empty(); }
    bool operator==(DraftMarks const& other) const;
};

nlohmann::json toJson(DraftMarks const& marks);
DraftMarks draftMarksFromJson(nlohmann::json const& json);

nlohmann::json measurementsToJson(std::vector<Measurement> const& measurements);
std::vector<Measurement> measurementsFromJson(nlohmann::json const& json);

} // namespace qianli::viewer
