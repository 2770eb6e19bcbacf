// The written form of a PatientKey: "puzi/000123", "puzi/000123#1", "puzi/study:1.2.3" for a study without Patient ID.
#pragma once

#include "common/base/result.h"
#include "common/model/site.h"

#include <string>
#include <string_view>

namespace qianli::model {

std::string toText(PatientKey const& key);
// InvalidInput, with the form that is expected.
Result<PatientKey> parsePatientKey(std::string_view text);

} // namespace qianli::model
