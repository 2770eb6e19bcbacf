// DICOM's forms of names, ages and times as a Chinese report prints them.
#pragma once

#include "common/model/report.h"

#include <string>
#include <string_view>

namespace qianli::viewer {

// "Zhang^San=张^三" → "张三": the ideographic group where there is one (PS3.5 6.2.1), without the component marks.
std::string printedName(std::string_view personName);
std::string printedSex(std::string_view sex); // M → 男
// "056Y" → "56岁"; without an age from birth date and study date; "" when neither says it. Where birth date and study
// date say quite another one, both.
std::string printedAge(model::ReportSubject const& subject);
// "20261122", "102305.1" → "2026-11-22 10:23"; what is no date comes back as it is.
std::string printedDateTime(std::string_view date, std::string_view time);
std::string printedBodyPart(std::string_view bodyPart); // CHEST → 胸部; unknown terms as they are
std::string printedModality(std::string_view modality); // CT → CT; DX → 数字X线摄影(DX)

} // namespace qianli::viewer
