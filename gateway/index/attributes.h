// The attributes that the index holds: where each is kept, at which level, and how it is compared.
#pragma once

#include "common/dicom/tag.h"
#include "gateway/index/study_index.h"

#include <span>
#include <string_view>

namespace qianli::gateway {

enum class Comparison { Text, Uid, Name, Date, Time, Number, Modalities, None };

struct Attribute {
    dicom::Tag tag;
    Level level;
    Comparison comparison;
    std::string_view column; // SQL over p, s, e, i, h: patient, study, series, instances_of() and shared
};

// Sorted by level from Patient to Image. At the levels below Patient the demographics are those of the study.
std::span<Attribute const> attributes();
// Null when the index does not hold it at that level or above.
Attribute const* findAttribute(Level level, dicom::Tag tag);
// The column for rows of that level.
std::string_view columnAt(Attribute const& attribute, Level level);

} // namespace qianli::gateway
