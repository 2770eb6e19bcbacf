#include "common/dicom/tag.h"

#include <fmt/format.h>

namespace qianli::dicom {

std::string toString(Tag tag)
{
    return fmt::format("({:04X},{:04X})", tag.group, tag.element);
}

} // namespace qianli::dicom
