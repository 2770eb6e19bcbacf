// What the command line says of time: device clocks, ages, and what is still missing of a study.
#pragma once

#include "common/model/age.h"
#include "gateway/index/study_index.h"

#include <string>
#include <string_view>

namespace qianli::gateway::cli {

// "8 h", "9,461 d", "12 min", "40 s": the largest unit of which there are two, else the next smaller one.
std::string spanForPeople(Duration span);
// "device clock 8 h ahead", "device clock 8 h behind, or sent late"; "" where the two agree.
std::string clockWords(std::optional<Duration> skew);

model::AgeJudgement ageOf(StudyRecord const& study);
// "given 045Y; 66 y by birth date on the study's date: they disagree"; "" where nothing is known.
std::string ageWords(StudyRecord const& study);

// ReadingTask::missing in words; "" for "".
std::string missingWords(std::string_view missing);

} // namespace qianli::gateway::cli
