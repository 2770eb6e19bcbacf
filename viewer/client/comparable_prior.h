// Which earlier study is laid beside a case, and how its images are asked for.
#pragma once

#include "viewer/client/gateway_client.h"
#include "viewer/client/study_plan.h"

namespace qianli::viewer {

// Indices of `priors`, the best comparison first: the same modality and body part before the same modality before all
// else, the newest of each first. Without what came after the case, and without studies that have no pictures.
std::vector<std::size_t> byComparability(std::vector<PriorStudy> const& priors, model::ReadingTask const& task);

WantedStudy wantedStudy(PriorStudy const& prior);

} // namespace qianli::viewer
